// Git's own list of what it has, read without asking git: a file whose state is the
// one that git wrote down is what git has, whenever anybody looks. Source:
// gitformat-index(5). What is not plainly so is left to git itself (git-state.ts).

import { toBuffer } from "../base/path.ts";
import type { Signature } from "../base/signature.ts";

/** The file, and its state when it was read. */
export interface GitIndex {
  readonly bytes: Buffer;
  readonly signature: Signature;
}

export interface IndexEntry {
  /** Where its bytes are in the index. */
  readonly from: number;
  readonly to: number;
  readonly path: string;
  readonly object: string;
  /** Git wrote the state that lies there (a signature's bytes) down when it had looked at the content, and compares it. */
  isOf(states: Buffer, at: number): boolean;
}

const HEAD_BYTES = 12;
/** Up to the object's name, that of SHA-1, and what follows it. */
const STATE_BYTES = 40;
const OBJECT_BYTES = 20;
const ENTRY_BYTES = STATE_BYTES + OBJECT_BYTES + 2;
const ASSUME_VALID = 0x8000;
const EXTENDED = 0x4000;
const STAGE = 0x3000;
/** Of version 2 and 3: an entry ends with as many NULs as it takes, one at least. */
const ALIGN = 8;
/** Regular files, executable or not. */
const FILE_MODES: ReadonlySet<number> = new Set([0o100644, 0o100755]);
/** An index in parts. Others that begin with a small letter change what an index means as well. */
const isMandatory = (first: number): boolean => first >= 0x61 && first <= 0x7a;

const [INODE_AT, SIZE_AT, MTIME_AT, CTIME_AT] = [8, 16, 24, 32];
const NS = 1_000_000_000;
const HIGH = 0x100000000;

/** Whether the time there is `seconds` and `ns`: of a number that a double does not hold the low half exactly, and the whole nearly. */
function isTime(states: Buffer, at: number, seconds: number, ns: number): boolean {
  const low = states.readUInt32LE(at);
  return (Math.imul(seconds, NS) + ns) >>> 0 === low && Math.abs(seconds * NS + ns - (states.readUInt32LE(at + 4) * HIGH + low)) < HIGH / 2;
}

/** Null: an index that only git itself understands. `of`: the state of the file that `index` is. */
export function readIndex(index: Buffer, of: Signature): readonly IndexEntry[] | null {
  if (index.length < HEAD_BYTES || index.toString("latin1", 0, 4) !== "DIRC") return null;
  const [version, count] = [index.readUInt32BE(4), index.readUInt32BE(8)];
  if (version !== 2 && version !== 3) return null;
  const entries: IndexEntry[] = [];
  const state = toBuffer(of);
  let at = HEAD_BYTES;
  for (let which = 0; which < count; which++) {
    if (at + ENTRY_BYTES > index.length) return null;
    const flags = index.readUInt16BE(at + STATE_BYTES + OBJECT_BYTES);
    const nameAt = at + ENTRY_BYTES + ((flags & EXTENDED) === 0 ? 0 : 2);
    const end = index.indexOf(0, nameAt);
    if (end <= nameAt) return null;
    const isTrusted = (flags & (ASSUME_VALID | EXTENDED | STAGE)) === 0 && FILE_MODES.has(index.readUInt32BE(at + 24));
    entries.push(new Entry(index, at, nameAt, end, isTrusted, state));
    at += Math.ceil((end + 1 - at) / ALIGN) * ALIGN;
  }
  // Extensions: a name, a size, and then so many bytes; the checksum is last.
  for (; at + OBJECT_BYTES < index.length; at += 8 + index.readUInt32BE(at + 4)) if (isMandatory(index.readUInt8(at))) return null;
  return at + OBJECT_BYTES === index.length ? entries : null;
}

class Entry implements IndexEntry {
  readonly from: number;
  readonly to: number;
  readonly #index: Buffer;
  readonly #at: number;
  readonly #isTrusted: boolean;
  readonly #of: Buffer;

  constructor(index: Buffer, at: number, from: number, to: number, isTrusted: boolean, of: Buffer) {
    this.from = from;
    this.to = to;
    this.#index = index;
    this.#at = at;
    this.#isTrusted = isTrusted;
    this.#of = of;
  }

  get path(): string {
    return this.#index.toString("latin1", this.from, this.to);
  }

  get object(): string {
    return this.#index.toString("hex", this.#at + STATE_BYTES, this.#at + STATE_BYTES + OBJECT_BYTES);
  }

  isOf(states: Buffer, from: number): boolean {
    const [index, at] = [this.#index, this.#at];
    return this.#isTrusted && isTime(states, from + MTIME_AT, index.readUInt32BE(at + 8), index.readUInt32BE(at + 12)) && isTime(states, from + CTIME_AT, index.readUInt32BE(at), index.readUInt32BE(at + 4)) &&
      index.readUInt32BE(at + 20) === states.readUInt32LE(from + INODE_AT) && index.readUInt32BE(at + 36) === states.readUInt32LE(from + SIZE_AT) && states.readUInt32LE(from + SIZE_AT + 4) === 0 && isOlder(states, from, this.#of);
  }
}

/** A file that was written as late as the index may have been written once more since, in the same tick. */
function isOlder(states: Buffer, from: number, index: Buffer): boolean {
  const [high, other] = [states.readUInt32LE(from + MTIME_AT + 4), index.readUInt32LE(MTIME_AT + 4)];
  return high < other || (high === other && states.readUInt32LE(from + MTIME_AT) < index.readUInt32LE(MTIME_AT));
}
