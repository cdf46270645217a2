// Which programs `--perturb=<seed>` delays: those that the supervisor would
// (native/supervisor/perturb.c, which computes the same), so that a seed can be found
// that delays one command and lets another go.

import { toBuffer } from "../base/path.ts";
import type { Roots } from "../cache/roots.ts";
import type { TracedProcess } from "./trace.ts";

export type Delay = "none" | "starts-late" | "ends-late";

/** Seeds that are tried: one in 8 does for two commands, whatever they are called. */
const SEEDS_MAX = 4096;

export function delayOf(seed: number, argv: readonly string[]): Delay {
  let hash = (2166136261 ^ seed) >>> 0;
  for (const byte of toBuffer(argv.map((word) => `${word}\0`).join(""))) hash = Math.imul(hash ^ byte, 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  const choice = ((hash ^ (hash >>> 16)) >>> 0) % 4;
  return choice === 1 ? "starts-late" : choice === 2 ? "ends-late" : "none";
}

/** Null: there is none, as where both have the same arguments, or not all of them are known. */
export function seedFor(late: TracedProcess, free: readonly TracedProcess[], roots: Pick<Roots, "locateText">): number | null {
  const [held, others] = wordsOf(late, free, roots);
  for (let seed = 1; seed <= SEEDS_MAX; seed++) if (holdsOnly(seed, held, others)) return seed;
  return null;
}

/** Whether it holds the one back, and none of the others. */
export const isFor = (seed: number, late: TracedProcess, free: readonly TracedProcess[], roots: Pick<Roots, "locateText">): boolean => holdsOnly(seed, ...wordsOf(late, free, roots));

type Words = readonly string[] | null;

const wordsOf = (late: TracedProcess, free: readonly TracedProcess[], roots: Pick<Roots, "locateText">): readonly [Words, readonly Words[]] => [argumentsOf(late, roots), free.map((process) => argumentsOf(process, roots))];

const holdsOnly = (seed: number, late: Words, free: readonly Words[]): boolean => late !== null && delayOf(seed, late) === "starts-late" && free.every((argv) => argv !== null && delayOf(seed, argv) === "none");

function argumentsOf({ argv, argumentsLeftOut }: TracedProcess, roots: Pick<Roots, "locateText">): readonly string[] | null {
  const words = argv.map((word) => roots.locateText(word));
  return argumentsLeftOut > 0 || words.includes(null) ? null : words.map((word) => word ?? "");
}
