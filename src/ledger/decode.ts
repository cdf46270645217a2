// Bytes of one image's chunks -> records. The bytes come from memory that the
// observed program could have written to, so nothing in them is believed:
// whatever does not fit is a failure, never an exception, and never more memory
// than the bytes themselves take.

import { LEDGER_RECORDS_MAX } from "../base/limits.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { InOrder } from "./in-order.ts";
import { Interner } from "./interner.ts";
import { ALIGN_BYTES, FIELDS, HEAD_BYTES, readRecord, type LedgerRecord } from "./layout.ts";

/** What fills the end of a chunk in which the next record had no room. */
const PADDING = 0;
export const WORD_BYTES = 4;
/** Of a head: kind and flags, without the place in the order. */
const KIND_WORD = 1;
const HEAD_WORDS = HEAD_BYTES / WORD_BYTES;

/** Looks are what there are many of. Of changes each is itself: a fold tells them apart by the object. */
const LOOKS: ReadonlySet<number> = new Set((["opened", "stated", "missing", "readlink", "listed", "typed", "env"] as const).map((kind) => FIELDS[kind].id));

export interface DecodedLedger {
  /** In the order of the run. Equal looks, of other images too, are one object, whose `seq` is that of one of them. */
  readonly records: readonly LedgerRecord[];
  /** Of each its place in that order. */
  readonly seqs: readonly number[];
  /** A record was claimed and never finished (its process was killed there); what follows it in that chunk cannot be read. */
  readonly isIncomplete: boolean;
}

const damaged = (found: string, at: number): Result<never, Failure> =>
  fail({ code: "ledger-damaged", message: `Cannot read a ledger: found ${found} at byte ${at}` });

/** Heads are read by words: there are many of them. */
export function wordsOf(chunk: Buffer): Int32Array {
  const isAligned = chunk.byteOffset % WORD_BYTES === 0;
  const bytes = isAligned ? chunk : Uint8Array.from(chunk);
  return new Int32Array(bytes.buffer, bytes.byteOffset, Math.floor(chunk.length / WORD_BYTES));
}

export class LedgerDecoder {
  readonly #looks = new Interner();

  /** `chunks`: the used bytes of each chunk of one image. The strings of the result are copies. */
  decode(chunks: readonly Buffer[]): Result<DecodedLedger, Failure> {
    // As written they are in claim order within a chunk, and each thread may have chunks of its own.
    const gathered = new InOrder<LedgerRecord>();
    let isIncomplete = false;
    for (const chunk of chunks) {
      const words = wordsOf(chunk);
      let at = 0;
      while (at < chunk.length) {
        if (at + HEAD_BYTES > chunk.length) return damaged("half a head", at);
        const size = chunk.readUInt32LE(at);
        if (size === 0) {
          isIncomplete = true;
          break;
        }
        if (size < HEAD_BYTES || size % ALIGN_BYTES !== 0 || at + size > chunk.length) return damaged(`a record of ${size} bytes`, at);
        const kind = chunk.readUInt16LE(at + 4);
        const seqHigh = chunk.readUInt32LE(at + 12);
        if (kind !== PADDING) {
          if (seqHigh >= 0x200000) return damaged("a sequence number past 2^53", at);
          const seq = seqHigh * 0x100000000 + chunk.readUInt32LE(at + 8);
          const record = this.#record(kind, seq, chunk, words, at, size);
          if (record === null) return damaged(`a record of kind ${kind} that does not fit its ${size} bytes`, at);
          if (gathered.length === LEDGER_RECORDS_MAX) {
            isIncomplete = true;
            break;
          }
          gathered.add(record, seq);
        }
        at += size;
      }
    }
    const { items, seqs } = gathered.sorted();
    return ok({ records: items, seqs, isIncomplete });
  }

  #record(kind: number, seq: number, chunk: Buffer, words: Int32Array, at: number, size: number): LedgerRecord | null {
    const decode = (): LedgerRecord | null => readRecord(kind, chunk.readUInt16LE(at + 6), seq, chunk, at + HEAD_BYTES, at + size);
    if (!LOOKS.has(kind)) return decode();
    const first = at / WORD_BYTES;
    return this.#looks.get(words[first + KIND_WORD] ?? 0, words, first + HEAD_WORDS, first + size / WORD_BYTES, decode);
  }
}
