// The frame around a record: magic, version, length, SHA-256. The digest covers
// kind and name too, so that a record under another record's name is damaged.

import { sha256 } from "../base/digest.ts";
import { toBuffer } from "../base/path.ts";
import { fail, ok, type Result } from "../base/result.ts";

export const FRAME_MAGIC = "fathomR\n";
export const FRAME_VERSION = 1;
export const FRAME_HEAD_BYTES = 56;

const VERSION_AT = 8;
const KEPT_AT = 12;
const LENGTH_AT = 16;
const DIGEST_AT = 24;

function digestFor(kind: string, name: string, payload: Uint8Array): Buffer {
  return sha256(Buffer.concat([toBuffer(`${kind}\0${name}\0`), payload]));
}

export function encodeFrame(kind: string, name: string, payload: Uint8Array): Buffer {
  const framed = Buffer.alloc(FRAME_HEAD_BYTES + payload.length);
  framed.write(FRAME_MAGIC, "latin1");
  framed.writeUInt32LE(FRAME_VERSION, VERSION_AT);
  framed.writeBigUInt64LE(BigInt(payload.length), LENGTH_AT);
  digestFor(kind, name, payload).copy(framed, DIGEST_AT);
  framed.set(payload, FRAME_HEAD_BYTES);
  return framed;
}

/** "newer": made by a later Fathom, which may understand it. "damaged": by nobody. */
export function decodeFrame(kind: string, name: string, framed: Buffer): Result<Buffer, "damaged" | "newer"> {
  if (framed.length < FRAME_HEAD_BYTES || framed.toString("latin1", 0, VERSION_AT) !== FRAME_MAGIC) return fail("damaged");
  const version = framed.readUInt32LE(VERSION_AT);
  if (version > FRAME_VERSION) return fail("newer");
  const payload = framed.subarray(FRAME_HEAD_BYTES);
  const isWhole = version === FRAME_VERSION && framed.readUInt32LE(KEPT_AT) === 0 &&
    framed.readBigUInt64LE(LENGTH_AT) === BigInt(payload.length) &&
    digestFor(kind, name, payload).equals(framed.subarray(DIGEST_AT, FRAME_HEAD_BYTES));
  return isWhole ? ok(payload) : fail("damaged");
}
