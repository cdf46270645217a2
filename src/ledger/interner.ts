// Equal looks as one object. A compiler asks the same few thousand questions for
// each file that it compiles, and of a build's records all but a few are equal to
// an earlier one but for their place in the order: those are told apart by their
// bytes and are neither decoded nor kept again.

import type { LedgerRecord } from "./layout.ts";

/** So much is kept of one run; then it begins anew. What was given out stays as it is. */
const KEPT_BYTES_MAX = 1 << 24;
const WORD_BYTES = 4;
const SLOTS_MIN = 1 << 12;

/** Multiplicative hashing, one step a word; equal sums are compared. */
function hashOf(kind: number, words: Int32Array, from: number, to: number): number {
  let hash = kind;
  for (let at = from; at < to; at += 1) {
    hash = Math.imul(hash ^ (words[at] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

export class Interner {
  /** Of all that is kept, one behind the other: kind and flags, and the rest. */
  #words = new Int32Array(SLOTS_MIN);
  #used = 0;
  /** Where the words of each begin; one more than there are. */
  #starts: number[] = [0];
  #records: LedgerRecord[] = [];
  /** Open addressing; the number of one, counted from 1; 0: free. A power of two. */
  #slots = new Int32Array(SLOTS_MIN);

  /** The record of this kind, with its flags in the upper half, in chunk words [from, to): from before, or as `decode` gives it. Null is not kept. */
  get(kind: number, words: Int32Array, from: number, to: number, decode: () => LedgerRecord | null): LedgerRecord | null {
    const hash = hashOf(kind, words, from, to);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let number = this.#slots[slot] ?? 0; number !== 0; slot = (slot + 1) & mask, number = this.#slots[slot] ?? 0) {
      if (this.#isAt(number - 1, kind, words, from, to)) return this.#records[number - 1] ?? null;
    }
    const record = decode();
    if (record !== null) this.#keep(record, kind, words, from, to, slot);
    return record;
  }

  #isAt(index: number, kind: number, words: Int32Array, from: number, to: number): boolean {
    const start = this.#starts[index] ?? 0;
    const kept = this.#words;
    if (kept[start] !== kind || (this.#starts[index + 1] ?? 0) - start !== 1 + to - from) return false;
    for (let at = from, here = start + 1; at < to; at += 1, here += 1) if (kept[here] !== words[at]) return false;
    return true;
  }

  #keep(record: LedgerRecord, kind: number, words: Int32Array, from: number, to: number, slot: number): void {
    const count = 1 + to - from;
    if ((this.#used + count) * WORD_BYTES > KEPT_BYTES_MAX) return this.#clear();
    this.#reserve(count);
    this.#words[this.#used] = kind;
    this.#words.set(words.subarray(from, to), this.#used + 1);
    this.#used += count;
    this.#starts.push(this.#used);
    this.#slots[slot] = this.#records.push(record);
    if (this.#records.length * 2 > this.#slots.length) this.#grow();
  }

  #clear(): void {
    this.#used = 0;
    this.#starts = [0];
    this.#records = [];
    this.#slots.fill(0);
  }

  #reserve(words: number): void {
    if (this.#used + words <= this.#words.length) return;
    const before = this.#words;
    this.#words = new Int32Array(Math.max(before.length * 2, this.#used + words));
    this.#words.set(before);
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    for (let index = 0; index < this.#records.length; index += 1) {
      const start = this.#starts[index] ?? 0;
      let slot = hashOf(this.#words[start] ?? 0, this.#words, start + 1, this.#starts[index + 1] ?? 0) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}
