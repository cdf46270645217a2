// What can happen to bytes: bits flip, ends are lost, lengths say anything, parts
// come twice or from elsewhere. Pure.

import type { Random } from "./random.ts";

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff] as const;

type Damage = (bytes: Buffer, random: Random) => Buffer;

/** Everywhere in `bytes`, the end included. */
const position = (bytes: Buffer, random: Random): number => random.below(bytes.length + 1);

const DAMAGES: readonly [Damage, ...Damage[]] = [
  (bytes, random) => {
    const at = random.below(Math.max(1, bytes.length));
    if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, position(bytes, random)),
  (bytes, random) => {
    const width = random.pick([1, 2, 4]);
    if (bytes.length >= width) bytes.writeUIntLE(random.pick(EXTREMES) % 2 ** (8 * width), random.below(bytes.length - width + 1), width);
    return bytes;
  },
  (bytes, random) => {
    const [from, to] = [position(bytes, random), position(bytes, random)];
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + random.below(64))]);
  },
  (bytes, random) => {
    const at = position(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.times(random.below(32), () => random.below(256))), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const at = position(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16))]);
  },
];

/** A copy with some damage; now and then nothing but chance. */
export function damage(bytes: Buffer, random: Random): Buffer {
  if (random.chance(3)) return Buffer.from(random.times(random.below(200), () => random.below(256)));
  let damaged: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0; left -= 1) damaged = random.pick(DAMAGES)(damaged, random);
  return damaged;
}
