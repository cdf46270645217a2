// Numbers and strings of a trace: numbers take as many bytes as they need, seven
// bits each. The reader never throws on damaged bytes: what lies beyond the end,
// or is larger than it may be, sets `isDamaged`, and the decoder says no.

import { DIGEST_BYTES, digestAt, NO_DIGEST, type Digest } from "../base/digest.ts";

const ROOM_BYTES_MIN = 1 << 12;
const MORE = 0x80;

export class TraceWriter {
  #bytes = Buffer.allocUnsafe(ROOM_BYTES_MIN);
  #used = 0;

  get sizeBytes(): number {
    return this.#used;
  }

  /** A whole number from 0 to 2^53 - 1. */
  number(value: number): this {
    this.#reserve(8);
    let rest = value;
    while (rest >= MORE) {
      this.#bytes[this.#used++] = (rest % MORE) | MORE;
      rest = Math.floor(rest / MORE);
    }
    this.#bytes[this.#used++] = rest;
    return this;
  }

  /** Bytes without their length. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
    return this;
  }

  hex(digits: string): this {
    this.#reserve(digits.length / 2);
    this.#used += this.#bytes.write(digits, this.#used, "hex");
    return this;
  }

  /** One character a byte, with its length. */
  text(value: string): this {
    this.number(value.length).#reserve(value.length);
    this.#used += this.#bytes.write(value, this.#used, "latin1");
    return this;
  }

  buffer(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + bytes));
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }
}

export class TraceReader {
  readonly #bytes: Buffer;
  #at = 0;
  isDamaged = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  number(): number {
    const only = this.#bytes[this.#at];
    // Nearly all are small.
    if (only !== undefined && only < MORE) {
      this.#at += 1;
      return only;
    }
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= MORE) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value += (byte % MORE) * scale;
      if (byte < MORE) return Number.isSafeInteger(value) ? value : this.#damaged();
    }
    return this.#damaged();
  }

  /** A number of things of at least one byte each: what cannot fit is damage, so that nobody allocates for it. */
  count(): number {
    const count = this.number();
    return count <= this.#bytes.length - this.#at ? count : this.#damaged();
  }

  text(): string {
    return this.#taken("latin1", this.count());
  }

  digest(): Digest {
    if (!this.#hasRoom(DIGEST_BYTES)) return NO_DIGEST;
    this.#at += DIGEST_BYTES;
    return digestAt(this.#bytes, this.#at - DIGEST_BYTES);
  }

  hex(bytes: number): string {
    return this.#taken("hex", bytes).padEnd(bytes * 2, "0");
  }

  raw(bytes: number): Buffer {
    return Buffer.from(this.#take(bytes));
  }

  /** Nothing was wrong and nothing is left. */
  isFinished(): boolean {
    return !this.isDamaged && this.#at === this.#bytes.length;
  }

  isAtEnd(): boolean {
    return this.isDamaged || this.#at >= this.#bytes.length;
  }

  /** Without a buffer in between: of a large run a million are read. */
  #taken(encoding: "latin1" | "hex", bytes: number): string {
    if (!this.#hasRoom(bytes)) return "";
    this.#at += bytes;
    return this.#bytes.toString(encoding, this.#at - bytes, this.#at);
  }

  #take(bytes: number): Buffer {
    if (!this.#hasRoom(bytes)) return Buffer.alloc(0);
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }

  #hasRoom(bytes: number): boolean {
    if (this.isDamaged || this.#at + bytes > this.#bytes.length) this.#damaged();
    return !this.isDamaged;
  }

  #damaged(): number {
    this.isDamaged = true;
    return 0;
  }
}
