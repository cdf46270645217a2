// What trials tell. A trial runs a unit beside the build, in a copy of the
// workspace that nobody else sees. Two from the same state that differ are the
// only proof of nondeterminism; two that agree with each other and not with the
// entry say that something is different which no fact speaks of.

import { changedFact, firstDeviation, type Deviation, type Done } from "../cache/deviation.ts";
import type { Fact } from "../cache/facts.ts";
import type { Checked } from "../cache/verify.ts";
import type { Ask } from "../tap/messages.ts";

export interface Trial {
  readonly done: Done;
  readonly facts: readonly Fact[];
}

/** Null: it cannot be run as it is in the build. */
export type Try = (ask: Ask) => Trial | null;

export type Trials =
  /** It did what the entry says. */
  | { readonly kind: "agree" }
  /** Two runs differ from each other; `deviation`: how the first differs from the entry. */
  | { readonly kind: "nondeterminism"; readonly deviation: Deviation }
  /** Twice the same, and not what the entry says. */
  | { readonly kind: "repeat"; readonly done: Done }
  | { readonly kind: "untold" };

const UNTOLD: Trials = { kind: "untold" };

/** Nothing else is copied for a trial: what it changed elsewhere would stay changed. A directory of a copy cannot be moved as that of a disk. */
const isInWorkspace = ({ effects, moves }: Done): boolean => moves.length === 0 && effects.every(({ at }) => at.startsWith("\x01W"));

export function tryTwice(ask: Ask, expected: Done, checked: Checked, attempt: Try): Trials {
  const isSameStart = (trial: Trial | null): trial is Trial => trial !== null && isInWorkspace(trial.done) && changedFact(checked, trial.facts) === null;
  const first = isInWorkspace(expected) ? attempt(ask) : null;
  if (!isSameStart(first)) return UNTOLD;
  const deviation = firstDeviation(expected, first.done);
  if (deviation === null) return { kind: "agree" };
  const second = attempt(ask);
  if (!isSameStart(second)) return UNTOLD;
  return firstDeviation(first.done, second.done) === null ? { kind: "repeat", done: first.done } : { kind: "nondeterminism", deviation };
}
