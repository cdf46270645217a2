// Which suspects are guilty: the failing unit is run again, with what they were in the
// green run. It fails as it is, and succeeds with that: confirmed. Where it succeeds
// as it is, what failed was not what the suspects say, or is over. Pure but for `again`.

import { fewest } from "./minimise.ts";
import type { Suspect } from "./suspects.ts";

export type Outcome = "passed" | "failed" | "not-run";

export interface Trials {
  /** Whether each of them could be put back to what it was. */
  readonly canUndo: (suspect: Suspect) => boolean;
  /** Runs the failing unit in a copy of the workspace with these undone. */
  readonly again: (undone: readonly Suspect[]) => Outcome;
  /** Variables of the suspects have now the values of the green run. */
  readonly isUndoneNow: (suspect: Suspect) => boolean;
}

export type Judgement =
  /** With these, and no fewer, as they were it succeeds. */
  | { readonly kind: "confirmed"; readonly guilty: readonly Suspect[]; readonly cleared: readonly Suspect[] }
  /** It fails with all of them as they were. */
  | { readonly kind: "cleared"; readonly cleared: readonly Suspect[]; readonly open: readonly Suspect[] }
  /** It fails, and none of them could be put back. */
  | { readonly kind: "open"; readonly open: readonly Suspect[] }
  /** It does not fail as it is now; `failures` of `runs` did. */
  | { readonly kind: "passes"; readonly failures: number; readonly runs: number }
  | { readonly kind: "not-run"; readonly why: string };

/** Experiments for one question; each is as long as the unit. */
const EXPERIMENTS_MAX = 24;
/** How often what succeeds without a change, or fails without a suspect, is tried. */
const REPEATS = 10;

export function judge(suspects: readonly Suspect[], { canUndo, again, isUndoneNow }: Trials): Judgement {
  let left = EXPERIMENTS_MAX;
  const first = again([]);
  if (first === "not-run") return { kind: "not-run", why: "this machine allows no copy that only the experiment sees, or its command is not known whole" };
  const undoneNow = suspects.filter(isUndoneNow);
  if (first === "passed" && undoneNow.length > 0) return { kind: "confirmed", guilty: undoneNow, cleared: [] };
  if (first === "passed" && suspects.some(({ rootKind }) => rootKind === "order")) return { kind: "passes", failures: 0, runs: 1 };
  if (first === "passed") return repeated(again);
  const undoable = suspects.filter(canUndo);
  if (undoable.length === 0) return suspects.length > 0 ? { kind: "open", open: suspects } : repeated(again, 1);
  const makesIt = (subset: readonly Suspect[]): boolean | null => (left-- > 0 ? again(subset) === "passed" : null);
  const open = suspects.filter((suspect) => !undoable.includes(suspect));
  if (makesIt(undoable) !== true) return { kind: "cleared", cleared: undoable, open };
  const guilty = fewest(undoable, makesIt);
  return { kind: "confirmed", guilty, cleared: undoable.filter((suspect) => !guilty.includes(suspect)) };
}

function repeated(again: Trials["again"], failedBefore = 0): Judgement {
  let failures = failedBefore;
  for (let count = 1; count < REPEATS; count += 1) {
    if (again([]) === "failed") failures += 1;
    // Both were seen: that settles it.
    if (failures > 0 && failures <= count) return { kind: "passes", failures, runs: count + 1 };
  }
  return failures === REPEATS ? { kind: "cleared", cleared: [], open: [] } : { kind: "passes", failures, runs: REPEATS };
}
