// The records of an image's ledger, as bytes: most of them are looks at what nobody
// asks about, and are stepped over by their heads. Damage ends the reading: a trace
// may know less, never more.

import { wordsOf, WORD_BYTES } from "../ledger/decode.ts";
import { ALIGN_BYTES, HEAD_BYTES, readRecord, type LedgerRecord } from "../ledger/layout.ts";

/** One record: from its head on, at byte `at` and word `word` of a chunk. */
export interface RawRecord {
  readonly chunk: Buffer;
  readonly words: Int32Array;
  kind: number;
  at: number;
  word: number;
  /** Behind it. */
  end: number;
}

/** The same object each time: there are many of them. */
export function eachRecord(chunks: readonly Buffer[], visit: (record: RawRecord) => void): void {
  for (const chunk of chunks) {
    const record: RawRecord = { chunk, words: wordsOf(chunk), kind: 0, at: 0, word: 0, end: 0 };
    while (record.end + HEAD_BYTES <= chunk.length) {
      record.at = record.end;
      record.word = record.at / WORD_BYTES;
      const size = record.words[record.word] ?? 0;
      if (size < HEAD_BYTES || size % ALIGN_BYTES !== 0 || record.at + size > chunk.length) break;
      record.kind = (record.words[record.word + 1] ?? 0) & 0xffff;
      record.end = record.at + size;
      visit(record);
    }
  }
}

export const flagsOf = ({ chunk, at }: RawRecord): number => chunk.readUInt16LE(at + 6);

/** Its place in the order of the run. Numbers of a run stay below 2^53: what is larger is damage, and as good as not known. */
export const seqOf = ({ chunk, at }: RawRecord): number => chunk.readUInt32LE(at + 8) + (chunk.readUInt32LE(at + 12) & 0x1fffff) * 0x1_0000_0000;

/** Null: it does not fit. */
export const decoded = (record: RawRecord): LedgerRecord | null =>
  readRecord(record.kind, flagsOf(record), seqOf(record), record.chunk, record.at + HEAD_BYTES, record.end);
