// Puts what was just confirmed in front of what a witness knew before. What is in
// place is this entry's now, which the plans of other entries know nothing of: the
// supervisor takes nothing away. So they are dropped, but for those of a unit that
// is in either of two states in one build (`mkdir x || test -d x`): where neither
// leaves the other anything to take away both stay, and which was last is not known.

import type { Digest } from "../base/digest.ts";
import type { Failure, Result } from "../base/result.ts";
import type { Entry } from "./entry.ts";
import type { Subject } from "./facts.ts";
import { leftAfter, type Change } from "./left.ts";
import type { Records } from "./records.ts";
import type { Roots } from "./roots.ts";
import { leaveNothing } from "./stale.ts";
import type { Confirmed, Witness } from "./witness.ts";

interface Context {
  readonly records: Records;
  readonly roots: Roots;
}

/** What was confirmed, in full. `subjects` gives null when the set is gone from the store; it is asked only where another plan may stay. */
interface Told {
  readonly confirmed: Confirmed;
  readonly entry: Entry;
  /** Null: nothing, all was in place. */
  readonly change: Omit<Change, "entry"> | null;
  readonly subjects: () => readonly Subject[] | null;
  /** As of a plan: only then does the supervisor make what an entry says. */
  readonly makes: boolean;
}

export function remember(told: Told, before: Witness, context: Context): Result<void, Failure> {
  const { confirmed, entry, change } = told;
  const others = before.sets.filter(({ set }) => set !== confirmed.set)
    .map((other) => (other.plan !== null && mayBeNext(other, told, context) ? other : { ...other, plan: null }));
  const applied = others.some(({ plan }) => plan !== null) ? null : confirmed.strongKey;
  const left = change === null ? before.left : leftAfter(before.left, { entry, ...change });
  return context.records.putWitness(entry.weakKey, context.roots, { applied, left, sets: [confirmed, ...others] });
}

/** A run of a task that is not stored has left something that no entry tells of: from now on nothing is taken away. */
export function loseLeft(weakKey: Digest, { records, roots }: Context): void {
  const witness = records.witness(weakKey, roots);
  if (witness.left !== null && witness.left.task !== "") records.putWitness(weakKey, roots, { ...witness, left: null });
}

function mayBeNext(other: Confirmed, { confirmed, entry, subjects: subjectsOf, makes }: Told, { records, roots }: Context): boolean {
  if (!makes || confirmed.plan === null) return false;
  const subjects = subjectsOf();
  if (subjects === null) return false;
  const otherEntry = records.entry(other.strongKey);
  const otherSet = records.set(entry.weakKey, other.set);
  return otherEntry !== null && otherSet !== null && leaveNothing({ entry, subjects }, { entry: otherEntry, subjects: otherSet.subjects }, roots);
}
