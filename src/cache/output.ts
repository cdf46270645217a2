// What a unit sent to stdout and stderr, as a blob: for each piece u32 stream,
// u32 length and that many bytes, little-endian. The supervisor replays exactly
// this. Neighbouring pieces of one stream are joined, so that the blob does not
// depend on how a program cut its writes.

import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { Chunk } from "../ledger/footprint.ts";
import { damaged } from "./facts.ts";

const HEAD_BYTES = 8;

export function encodeOutput(chunks: readonly Chunk[]): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < chunks.length;) {
    const stream = chunks[at]?.stream ?? 1;
    const pieces: Buffer[] = [];
    for (let chunk = chunks[at]; chunk?.stream === stream; chunk = chunks[at]) {
      pieces.push(chunk.bytes);
      at += 1;
    }
    const bytes = Buffer.concat(pieces);
    if (bytes.length === 0) continue;
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(stream, 0);
    head.writeUInt32LE(bytes.length, 4);
    parts.push(head, bytes);
  }
  return Buffer.concat(parts);
}

export function decodeOutput(blob: Buffer): Result<Chunk[], Failure> {
  const chunks: Chunk[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= blob.length) {
    const stream = blob.readUInt32LE(at);
    const end = at + HEAD_BYTES + blob.readUInt32LE(at + 4);
    if ((stream !== 1 && stream !== 2) || end > blob.length) break;
    chunks.push({ stream, bytes: blob.subarray(at + HEAD_BYTES, end) });
    at = end;
  }
  return at === blob.length ? ok(chunks) : fail(damaged("recorded output"));
}
