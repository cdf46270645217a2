// What a workspace is at one moment, as the addon lists it, without a string for each of
// ten thousands of names: they are found by their bytes, and read where they lie.

import { toBuffer } from "../base/path.ts";
import { SIGNATURE_BYTES, type Signature } from "../base/signature.ts";
import type { IndexEntry } from "./git-index.ts";
import { isGuarded, type Was } from "./was.ts";

const [MTIME_AT, MODE_AT] = [24, 40];
const [TYPE_BITS, REGULAR] = [0o170000, 0o100000];
const HIGH = 0x100000000;
const DOT = 0x2e;
/** A name of one letter, no target, a NUL behind each, and the state. */
const NAME_BYTES_MIN = 3 + SIGNATURE_BYTES;
/** Places of the table for each name, at least. */
const ROOM = 2;

export class States {
  readonly bytes: Buffer;
  /** Where the path of each begins, and where its state. */
  readonly #starts: Uint32Array;
  readonly #states: Uint32Array;
  readonly #table: Int32Array;
  readonly count: number;

  private constructor(bytes: Buffer, starts: Uint32Array, states: Uint32Array, table: Int32Array) {
    this.bytes = bytes;
    this.#starts = starts;
    this.#states = states;
    this.#table = table;
    this.count = starts.length;
  }

  /** Null: not what `statesOf` gives. Of one from a disk the paths are still to be checked. */
  static of(bytes: Buffer): States | null {
    const most = Math.floor(bytes.length / NAME_BYTES_MIN);
    const [starts, states, hashes] = [new Uint32Array(most), new Uint32Array(most), new Int32Array(most)];
    let count = 0;
    for (let at = 0; at < bytes.length;) {
      const start = at;
      let hash = SEED;
      for (let byte = bytes[at]; byte !== 0; byte = bytes[++at]) {
        if (byte === undefined) return null;
        hash = mixed(hash, byte);
      }
      const targetEnd = bytes.indexOf(0, at + 1);
      const end = targetEnd + 1 + SIGNATURE_BYTES;
      if (targetEnd < 0 || end > bytes.length) return null;
      if (bytes[start] !== DOT || isGuarded(bytes.toString("latin1", start, at))) {
        starts[count] = start;
        states[count] = targetEnd + 1;
        hashes[count++] = hash;
      }
      at = end;
    }
    const table = new Int32Array(1 << Math.ceil(Math.log2(Math.max(1, count) * ROOM))).fill(-1);
    for (let index = 0; index < count; index++) {
      let slot = (hashes[index] ?? 0) & (table.length - 1);
      while ((table[slot] ?? -1) >= 0) slot = (slot + 1) & (table.length - 1);
      table[slot] = index;
    }
    return new States(bytes, starts.subarray(0, count), states.subarray(0, count), table);
  }

  /** Which name it is, of the path in these bytes; -1: none of them. */
  find(path: Uint8Array, from = 0, to = path.length): number {
    let hash = SEED;
    for (let at = from; at < to; at++) hash = mixed(hash, path[at] ?? 0);
    for (let slot = hash & (this.#table.length - 1); ; slot = (slot + 1) & (this.#table.length - 1)) {
      const index = this.#table[slot] ?? -1;
      if (index < 0 || this.#isAt(index, path, from, to)) return index;
    }
  }

  #isAt(index: number, path: Uint8Array, from: number, to: number): boolean {
    const start = this.#start(index);
    for (let at = from; at < to; at++) if (this.bytes[start + at - from] !== path[at]) return false;
    return this.bytes[start + to - from] === 0;
  }

  #start(index: number): number {
    return this.#starts[index] ?? 0;
  }

  #state(index: number): number {
    return this.#states[index] ?? 0;
  }

  path(index: number): string {
    const start = this.#start(index);
    return this.bytes.toString("latin1", start, this.bytes.indexOf(0, start));
  }

  signature(index: number): Signature {
    const at = this.#state(index);
    return this.bytes.toString("latin1", at, at + SIGNATURE_BYTES) as Signature; // As it was written.
  }

  isOf(index: number, entry: IndexEntry): boolean {
    return entry.isOf(this.bytes, this.#state(index));
  }

  isFile(index: number): boolean {
    return (this.bytes.readUInt32LE(this.#state(index) + MODE_AT) & TYPE_BITS) === REGULAR;
  }

  /** For putting many in order, where one that is as old to the microsecond may come first. */
  mtimeMs(index: number): number {
    const at = this.#state(index) + MTIME_AT;
    return (this.bytes.readUInt32LE(at + 4) * HIGH + this.bytes.readUInt32LE(at)) / 1e6;
  }

  beginsWith(index: number, prefix: Uint8Array): boolean {
    const start = this.#start(index);
    let at = 0;
    while (at < prefix.length && this.bytes[start + at] === prefix[at]) at++;
    return at === prefix.length;
  }

  get(path: string): Was | undefined {
    const index = this.find(toBuffer(path));
    return index < 0 ? undefined : this.#was(index);
  }

  /** Of each name: for who has to look at all of them. */
  all(): Map<string, Was> {
    const all = new Map<string, Was>();
    for (let index = 0; index < this.count; index++) all.set(this.path(index), this.#was(index));
    return all;
  }

  #was(index: number): Was {
    const target = this.bytes.indexOf(0, this.#start(index)) + 1;
    return { signature: this.signature(index), target: this.bytes.toString("latin1", target, this.#state(index) - 1), digest: null, object: "" };
  }
}

const SEED = 0x811c9dc5;
/** FNV-1a of 32 bits. */
const mixed = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);
