// Bytes of one image's chunks -> records. The bytes come from memory that the
// observed program could have written to, so nothing in them is believed:
// whatever does not fit is a failure, never an exception, and never more memory
// than the bytes themselves take.

import { LEDGER_RECORDS_MAX } from "../base/limits.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { ALIGN_BYTES, HEAD_BYTES, readRecord, type LedgerRecord } from "./layout.ts";

/** What fills the end of a chunk in which the next record had no room. */
const PADDING = 0;

export interface DecodedLedger {
  /** As written: in claim order within a chunk, not yet in the order of `seq`. */
  readonly records: LedgerRecord[];
  /** A record was claimed and never finished (its process was killed there); what follows it in that chunk cannot be read. */
  readonly isIncomplete: boolean;
}

const damaged = (found: string, at: number): Result<never, Failure> =>
  fail({ code: "ledger-damaged", message: `Cannot read a ledger: found ${found} at byte ${at}` });

/** `chunks`: the used bytes of each chunk of one image. The strings of the result are copies. */
export function decodeLedger(chunks: readonly Buffer[]): Result<DecodedLedger, Failure> {
  const records: LedgerRecord[] = [];
  let isIncomplete = false;
  for (const chunk of chunks) {
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
        const record = readRecord(kind, chunk.readUInt16LE(at + 6), seq, chunk, at + HEAD_BYTES, at + size);
        if (record === null) return damaged(`a record of kind ${kind} that does not fit its ${size} bytes`, at);
        if (records.length === LEDGER_RECORDS_MAX) return ok({ records, isIncomplete: true });
        records.push(record);
      }
      at += size;
    }
  }
  return ok({ records, isIncomplete });
}
