// Numbers and strings in the binary records of the cache: little-endian, one
// character a byte. The reader never throws on damaged bytes: what lies beyond
// the end, or beyond a limit, sets `isDamaged`, and the decoder says no.

import { DIGEST_BYTES, digestAt, NO_DIGEST, type Digest } from "../base/digest.ts";

export class Writer {
  /** Since the last block. */
  #parts: string[] = [];
  /** What was written before that, in pieces: blocks are large, and copied once. */
  readonly #pieces: Buffer[] = [];

  u8(value: number): this {
    this.#parts.push(String.fromCharCode(value & 255));
    return this;
  }

  u16(value: number): this {
    this.#parts.push(String.fromCharCode(value & 255, (value >>> 8) & 255));
    return this;
  }

  u32(value: number): this {
    this.#parts.push(String.fromCharCode(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24));
    return this;
  }

  u64(value: bigint): this {
    return this.u32(Number(value & 0xffffffffn)).u32(Number((value >> 32n) & 0xffffffffn));
  }

  /** With its length in 16 bits. */
  text(value: string): this {
    this.u16(value.length);
    this.#parts.push(value);
    return this;
  }

  /** Without a length. */
  raw(value: string): this {
    this.#parts.push(value);
    return this;
  }

  /** With its length in 32 bits. The bytes must stay as they are until they are taken. */
  block(value: Buffer): this {
    this.u32(value.length).#close();
    this.#pieces.push(value);
    return this;
  }

  digest(value: Digest): this {
    return this.raw(digestBytes(value));
  }

  /** Everything so far, one character a byte. */
  string(): string {
    return this.#pieces.length === 0 ? this.#parts.join("") : this.buffer().toString("latin1");
  }

  buffer(): Buffer {
    this.#close();
    return Buffer.concat(this.#pieces);
  }

  #close(): void {
    this.#pieces.push(Buffer.from(this.#parts.join(""), "latin1"));
    this.#parts = [];
  }
}

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  isDamaged = false;

  constructor(bytes: Buffer | string) {
    this.#bytes = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  }

  /** Where the next `length` bytes begin; damage, and nothing is read, when there are fewer. */
  #take(length: number): number | null {
    const from = this.#at;
    if (from + length > this.#bytes.length) {
      this.isDamaged = true;
      return null;
    }
    this.#at = from + length;
    return from;
  }

  u8(): number {
    const at = this.#take(1);
    return at === null ? 0 : this.#bytes.readUInt8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at === null ? 0 : this.#bytes.readUInt16LE(at);
  }

  u32(): number {
    const at = this.#take(4);
    return at === null ? 0 : this.#bytes.readUInt32LE(at);
  }

  u64(): bigint {
    return BigInt(this.u32()) | (BigInt(this.u32()) << 32n);
  }

  raw(length: number): string {
    const at = this.#take(length);
    return at === null ? "" : this.#bytes.toString("latin1", at, at + length);
  }

  /** With its length in 32 bits; not copied. */
  block(): Buffer {
    const length = this.count(Number.MAX_SAFE_INTEGER, 1);
    const at = this.#take(length);
    return at === null ? Buffer.alloc(0) : this.#bytes.subarray(at, at + length);
  }

  text(bytesMax: number): string {
    const length = this.u16();
    if (length > bytesMax) this.isDamaged = true;
    return this.isDamaged ? "" : this.raw(length);
  }

  digest(): Digest {
    const at = this.#take(DIGEST_BYTES);
    return at === null ? NO_DIGEST : digestAt(this.#bytes, at);
  }

  /** A count of things that take at least `bytesEach`: what cannot fit is damage, so nobody allocates for it. */
  count(max: number, bytesEach: number): number {
    const count = this.u32();
    if (count <= max && count * bytesEach <= this.#bytes.length - this.#at) return count;
    this.isDamaged = true;
    return 0;
  }

  /** Checks that a fixed beginning is there. */
  expect(bytes: string): this {
    if (this.raw(bytes.length) !== bytes) this.isDamaged = true;
    return this;
  }

  /** True when nothing was wrong and nothing is left. */
  isFinished(): boolean {
    return !this.isDamaged && this.#at === this.#bytes.length;
  }
}

export const digestBytes = (digest: Digest): string => Buffer.from(digest, "hex").toString("latin1");
