// Modification times of outputs. Tools that compare times must see what they saw
// after the real run: every output at least as new as what it was made from, and
// the outputs among themselves in the recorded order. Where that is so already,
// nothing is changed.

import type { AbsPath } from "../base/path.ts";

/** A file or link that is in place. */
export interface Timed {
  readonly path: AbsPath;
  readonly rank: number;
  readonly mtimeNs: bigint;
  /** It was just written: it has no time of its own yet. */
  readonly isNew: boolean;
}

export interface Renewed {
  readonly path: AbsPath;
  readonly mtimeNs: bigint;
}

/** Which times to set. `nowNs`: what the kernel would stamp a write with now; nothing set here is earlier than `floorNs`. */
export function renew(outputs: readonly Timed[], floorNs: bigint, nowNs: bigint): Renewed[] {
  const ranked = [...outputs].sort((a, b) => a.rank - b.rank);
  const firstWrong = ranked.findIndex((output, index) => isWrong(output, ranked[index - 1], floorNs));
  if (firstWrong === -1) return [];
  // Those of one rank have one time.
  const fromRank = ranked[firstWrong]?.rank ?? 0;
  const kept = ranked.filter(({ rank }) => rank < fromRank);
  const baseNs = kept.reduce((latest, { mtimeNs }) => (mtimeNs >= latest ? mtimeNs + 1n : latest), floorNs > nowNs ? floorNs : nowNs);
  return ranked.filter(({ rank }) => rank >= fromRank).map(({ path, rank }) => ({ path, mtimeNs: baseNs + BigInt(rank - fromRank) }));
}

function isWrong(output: Timed, before: Timed | undefined, floorNs: bigint): boolean {
  if (output.isNew || output.mtimeNs < floorNs) return true;
  if (before === undefined) return false;
  return output.rank === before.rank ? output.mtimeNs !== before.mtimeNs : output.mtimeNs <= before.mtimeNs;
}
