// Makes a failing sequence smaller while it fails: leaves out rounds, edits,
// steps and sources, larger parts first. Knows nothing of what failing is.

import type { Sequence } from "./sequence.ts";

/** Fewer of `list` for which `fails` is still true: halves first, then single ones. */
export function fewer<T>(list: readonly T[], fails: (rest: readonly T[]) => boolean): readonly T[] {
  let kept = list;
  for (let size = Math.max(1, kept.length >> 1); ; size >>= 1) {
    for (let at = kept.length - size; at >= 0; at = Math.min(at - size, kept.length - size)) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (fails(rest)) kept = rest;
    }
    if (size <= 1) return kept;
  }
}

/** `fails` is asked at most `triesMax` times. */
export function shrink(sequence: Sequence, triesMax: number, fails: (smaller: Sequence) => boolean): Sequence {
  let left = triesMax;
  let best = sequence;
  const tries = (smaller: Sequence): boolean => {
    if (left <= 0) return false;
    left -= 1;
    if (!fails(smaller)) return false;
    best = smaller;
    return true;
  };
  for (let before: Sequence | null = null; before !== best && left > 0;) {
    before = best;
    fewer(best.rounds, (rounds) => tries({ ...best, rounds }));
    fewer(best.steps, (steps) => tries({ ...best, steps }));
    for (let round = best.rounds.length - 1; round >= 0; round -= 1) {
      fewer(best.rounds[round] ?? [], (edits) => tries({ ...best, rounds: best.rounds.with(round, edits) }));
    }
    fewer(best.sources, (sources) => tries({ ...best, sources }));
  }
  return best;
}
