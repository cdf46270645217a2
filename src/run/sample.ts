// Which would-be hits of a run are verified. Chosen by the weak key and a seed,
// not by chance and order, so that a sample can be repeated and a parallel build
// has the same one as a serial one.

import { sha256, type Digest } from "../base/digest.ts";

export interface Sample {
  readonly percent: number;
  readonly seed: number;
}

const RANGE = 2 ** 32;

export function isSampled(weakKey: Digest, { percent, seed }: Sample): boolean {
  return sha256(Buffer.from(`fathom sample 1\0${String(seed)}\0${weakKey}`)).readUInt32LE(0) < (percent / 100) * RANGE;
}
