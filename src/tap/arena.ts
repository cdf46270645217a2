// What the memory that holds the ledgers says of changes beside them: native/arena.h,
// `changed`, places in the order of the run for each hash of a path or file.

import { identityOf, type Signature } from "../base/signature.ts";

const SLOT_BITS = 18n;
const SLOTS_EACH = 3;
const CHANGED_AT = 209_408;
export const SLOT_BYTES = 8;

const wrapped = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Source: arena_mark_changed in native/arena.h. */
function slotsOf(hash: bigint): readonly number[] {
  let mixed = wrapped((hash ^ (hash >> 33n)) * 0xff51afd7ed558ccdn);
  return Array.from({ length: SLOTS_EACH }, () => {
    const slot = mixed >> (64n - SLOT_BITS);
    mixed = wrapped(mixed << SLOT_BITS);
    return CHANGED_AT + Number(slot) * SLOT_BYTES;
  });
}

/** Source: arena_hash in native/arena.h. */
function hashOf(path: string): bigint {
  const bytes = Buffer.from(path, "latin1");
  let hash = 0n;
  let at = 0;
  for (; bytes.length - at >= SLOT_BYTES; at += SLOT_BYTES) {
    hash = wrapped((hash ^ bytes.readBigUInt64LE(at)) * 0x100000001b3n);
    hash ^= hash >> 29n;
  }
  for (; at < bytes.length; at += 1) hash = wrapped((hash ^ BigInt(bytes[at] ?? 0)) * 0x100000001b3n);
  hash ^= hash >> 32n;
  return wrapped(hash * 0x9e3779b97f4a7c15n);
}

/** Source: arena_file_hash in native/arena.h. */
function fileHashOf(signature: Signature): bigint {
  const identity = Buffer.from(identityOf(signature), "latin1");
  const [dev, ino] = [identity.readBigUInt64LE(0), identity.readBigUInt64LE(SLOT_BYTES)];
  const hash = wrapped(ino * 0x9e3779b97f4a7c15n) ^ wrapped(wrapped(dev + 0x7f4a7c15n) * 0xbf58476d1ce4e5b9n);
  return hash ^ (hash >> 31n);
}

/** Where it is said when a path, and the file that is there, was changed last: for each the least of what is in its places. `signature` null: nothing is there. */
export const changedAt = (path: string, signature: Signature | null): readonly (readonly number[])[] =>
  [hashOf(path), ...(signature === null ? [] : [fileHashOf(signature)])].map(slotsOf);
