// Seals of many units as one: each path once, in the order of paths, so that one folder
// is looked at in one go. Where two say different things of one path they cannot both
// hold, and nobody needs to ask.

import { pathBytes, STATE_BYTES } from "../base/disk.ts";
import { byteOrder, isAbsPath, type AbsPath } from "../base/path.ts";
import type { ModeSeal, Seal } from "./seal.ts";

/** A mask and a value. */
const MODE_BYTES = 8;
const MASK_BYTES = 4;

/** What is said of paths, in pieces of one size. */
export class PathBytes {
  readonly #pieces = new Map<string, { readonly path: AbsPath; readonly bytes: Buffer }>();
  #isSound = true;

  /** `keyBytes`: pieces of one path that begin with other bytes are about something else. */
  #add(paths: Buffer, all: Buffer, pieceBytes: number, keyBytes: number): void {
    const names = paths.length === 0 ? [] : paths.toString("latin1", 0, paths.length - 1).split("\0");
    if (names.length * pieceBytes !== all.length) this.#isSound = false;
    for (const [index, path] of names.entries()) {
      const bytes = all.subarray(index * pieceBytes, (index + 1) * pieceBytes);
      const key = `${path}\0${bytes.toString("latin1", 0, keyBytes)}`;
      const before = this.#pieces.get(key);
      if (!isAbsPath(path) || (before !== undefined && !before.bytes.equals(bytes))) this.#isSound = false;
      else this.#pieces.set(key, { path, bytes });
    }
  }

  /** Null: not all of it can be true. */
  #together(): { readonly paths: Buffer; readonly bytes: Buffer } | null {
    if (!this.#isSound) return null;
    const sorted = [...this.#pieces.entries()].sort(([a], [b]) => byteOrder(a, b)).map(([, piece]) => piece);
    return { paths: pathBytes(sorted.map(({ path }) => path)), bytes: Buffer.concat(sorted.map(({ bytes }) => bytes)) };
  }

  static ofSeals(seals: readonly Seal[]): Seal | null {
    const all = new PathBytes();
    for (const { paths, states } of seals) all.#add(paths, states, STATE_BYTES, 0);
    const found = all.#together();
    return found === null ? null : { paths: found.paths, states: found.bytes };
  }

  static ofModes(seals: readonly ModeSeal[]): ModeSeal | null {
    const all = new PathBytes();
    for (const { paths, modes } of seals) all.#add(paths, modes, MODE_BYTES, MASK_BYTES);
    const found = all.#together();
    return found === null ? null : { paths: found.paths, modes: found.bytes };
  }
}
