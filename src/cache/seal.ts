// Paths with the states they must be in, in the form in which the kernel's
// answers come: comparing a thousand of them is one call and one comparison of
// memory. What a witness is made of.

import { EACCES, ENOENT, pathBytes, STATE_BYTES, type Disk, type StateAt } from "../base/disk.ts";
import { isAbsPath, toBuffer, type AbsPath } from "../base/path.ts";
import { modeOf, SIGNATURE_BYTES, type Signature } from "../base/signature.ts";
import type { Reader, Writer } from "./wire.ts";

export interface Seal {
  /** Each followed by a NUL. */
  readonly paths: Buffer;
  /** As Disk.states gives them; of zeros with error 0, which never comes, where no state is proof. */
  readonly states: Buffer;
}

/** Paths of which only some bits of the mode matter. */
export interface ModeSeal {
  readonly paths: Buffer;
  /** Two 32-bit numbers for each: mask and value. */
  readonly modes: Buffer;
}

export interface Sealed {
  readonly path: AbsPath;
  /** What was seen: null where nothing was. "unproven": a state that would not mean the same next time. */
  readonly state: Signature | null | "denied" | "unproven";
  /** As Disk.states gave it when it was seen. Null: it is asked for again. */
  readonly asSeen?: StateAt | null;
}

export interface SealedMode {
  readonly path: AbsPath;
  readonly mask: number;
  readonly mode: number;
}

const MODE_AT = 40;

const pathsOf = (items: readonly { readonly path: AbsPath }[]): Buffer => pathBytes(items.map(({ path }) => path));

/** What has changed since it was seen is not proven. But that nothing is there will mean that nothing is there, whoever has made something meanwhile. */
export function seal(items: readonly Sealed[], disk: Disk): Seal {
  const paths = pathsOf(items);
  const states = statesOf(items, paths, disk);
  for (const [index, { state }] of items.entries()) {
    const at = index * STATE_BYTES;
    const error = states.readUInt32LE(at + SIGNATURE_BYTES);
    const isSame = error === 0 ? states.toString("latin1", at, at + SIGNATURE_BYTES) === state : state === (error === EACCES ? "denied" : null);
    if (isSame) continue;
    states.fill(0, at, at + STATE_BYTES);
    if (state === null) states.writeUInt32LE(ENOENT, at + SIGNATURE_BYTES);
  }
  return { paths, states };
}

function statesOf(items: readonly Sealed[], paths: Buffer, disk: Disk): Buffer {
  if (items.some(({ asSeen }) => (asSeen ?? null) === null)) return Buffer.from(disk.states(paths));
  const states = Buffer.allocUnsafe(items.length * STATE_BYTES);
  let at = 0;
  for (const { asSeen } of items) at += asSeen?.states.copy(states, at, asSeen.at, asSeen.at + STATE_BYTES) ?? 0;
  return states;
}

/** By path: in which state it was sealed last, and in which bytes. */
export type SealedBefore = Map<AbsPath, { readonly state: Sealed["state"]; readonly bytes: string }>;

/** The same for paths that nobody changes while `before` is kept: asked for is only what was not sealed in this state yet. */
export function sealOnce(items: readonly Sealed[], before: SealedBefore, disk: Disk): Seal {
  const fresh: Sealed[] = [];
  const bytes = items.map((item) => {
    const known = before.get(item.path);
    if (known?.state === item.state) return known.bytes;
    fresh.push(item);
    return null;
  });
  const asked = fresh.length === 0 ? null : seal(fresh, disk).states.toString("latin1");
  let at = 0;
  for (const [index, item] of items.entries()) {
    if (asked === null || bytes[index] !== null) continue;
    const found = asked.slice(at, at + STATE_BYTES);
    at += STATE_BYTES;
    bytes[index] = found;
    before.set(item.path, { state: item.state, bytes: found });
  }
  return { paths: pathsOf(items), states: toBuffer(bytes.join("")) };
}

export function sealModes(items: readonly SealedMode[]): ModeSeal {
  const modes = Buffer.alloc(8 * items.length);
  for (const [index, { mask, mode }] of items.entries()) {
    modes.writeUInt32LE(mask, 8 * index);
    modes.writeUInt32LE(mode & mask, 8 * index + 4);
  }
  return { paths: pathsOf(items), modes };
}

export const sealHolds = ({ paths, states }: Seal, disk: Disk): boolean => paths.length === 0 ? states.length === 0 : disk.states(paths).equals(states);

export function modesHold({ paths, modes }: ModeSeal, disk: Disk): boolean {
  if (paths.length === 0) return modes.length === 0;
  const states = disk.states(paths);
  if (states.length / STATE_BYTES !== modes.length / 8) return false;
  for (let at = 0, mode = 0; at < states.length; at += STATE_BYTES, mode += 8) {
    if (states.readUInt32LE(at + SIGNATURE_BYTES) !== 0) return false;
    // The mask is unsigned in the record; "&" makes both sides signed.
    if ((states.readUInt32LE(at + MODE_AT) & modes.readUInt32LE(mode)) !== (modes.readUInt32LE(mode + 4) | 0)) return false;
  }
  return true;
}

/** What was sealed: null for what was not there, "" for what is not proven. */
export function unseal({ paths, states }: Seal): { readonly path: AbsPath; readonly proof: Signature | "" | null }[] {
  const count = states.length / STATE_BYTES;
  return namesOf(paths).slice(0, count).map((path, index) => {
    const at = index * STATE_BYTES;
    const signature = states.toString("latin1", at, at + SIGNATURE_BYTES) as Signature;
    const error = states.readUInt32LE(at + SIGNATURE_BYTES);
    if (error !== 0) return { path, proof: error === EACCES ? "" : null };
    return { path, proof: modeOf(signature) === 0 ? "" : signature };
  });
}

/** The bytes in which each state was sealed. */
export function statesByPath({ paths, states }: Seal): ReadonlyMap<AbsPath, Buffer> {
  return new Map(namesOf(paths).map((path, index) => [path, states.subarray(STATE_BYTES * index, STATE_BYTES * (index + 1))]));
}

/** Whether a seal, of either kind, speaks of this path. */
export function speaksOf({ paths }: Pick<Seal, "paths">, path: AbsPath): boolean {
  const name = toBuffer(`${path}\0`);
  for (let at = paths.indexOf(name); at >= 0; at = paths.indexOf(name, at + 1)) if (at === 0 || paths[at - 1] === 0) return true;
  return false;
}

const namesOf = (paths: Buffer): AbsPath[] => (paths.length === 0 ? [] : paths.toString("latin1", 0, paths.length - 1).split("\0").filter(isAbsPath));

export function writeSeal(writer: Writer, { paths, states }: Seal): void {
  writer.block(paths).block(states);
}

export function writeModeSeal(writer: Writer, { paths, modes }: ModeSeal): void {
  writer.block(paths).block(modes);
}

/** A witness is a record of our own store, so its shape is all that is checked: what was damaged does not compare equal. */
export const readSeal = (reader: Reader): Seal => ({ paths: readPaths(reader), states: reader.block() });

export const readModeSeal = (reader: Reader): ModeSeal => ({ paths: readPaths(reader), modes: reader.block() });

function readPaths(reader: Reader): Buffer {
  const paths = reader.block();
  if (paths.length > 0 && paths[paths.length - 1] !== 0) reader.isDamaged = true;
  return paths;
}
