// Units that could be replayed, checked against what they really do (--verify).
// A trial beside the build comes first: where it agrees with the entry, the unit
// is replayed as ever. Otherwise, and where no trial is possible, the unit runs in
// its place and what it does there decides. Below such a unit nothing is replayed:
// it would be compared with our own answers. What differs is never kept, and the
// entry that was wrong is withdrawn.

import type { Taken } from "../cache/capture.ts";
import { changedFact, doneOf, firstDeviation, type Deviation, type Done } from "../cache/deviation.ts";
import type { Records } from "../cache/records.ts";
import { plan, type PlanContext } from "../cache/replay-plan.ts";
import type { Checked, Hit } from "../cache/verify.ts";
import type { Doubt } from "../ledger/footprint.ts";
import type { Store } from "../store/store.ts";
import type { Ask, Exec } from "../tap/messages.ts";
import { isSampled, type Sample } from "./sample.ts";
import { tryTwice, type Trials, type Try } from "./trial.ts";

/** What an entry says that a unit does. */
export interface Claim {
  readonly hit: Hit;
  readonly checked: Checked;
  readonly done: Done;
  readonly argv: readonly string[];
  readonly trials: Trials;
}

/** Named only where it is proven: see trial.ts. */
export type Cause = "nondeterminism" | "missed-fact" | "unknown";

export interface Differing {
  readonly claim: Claim;
  readonly deviation: Deviation;
  readonly cause: Cause;
}

export interface NotCompared {
  readonly claim: Claim;
  readonly doubt: Doubt;
}

export interface Verified extends Sample {
  /** How many units did what their entries say. */
  readonly same: number;
  readonly differing: readonly Differing[];
  readonly notCompared: readonly NotCompared[];
}

export interface VerificationContext extends PlanContext {
  readonly records: Records;
  readonly store: Store;
  readonly attempt: Try;
}

export class Verification {
  readonly #sample: Sample;
  readonly #context: VerificationContext;
  /** By the order record of the exec, which its question and its start share. */
  readonly #claims = new Map<number, Claim>();
  /** Images of which nothing may be replayed. */
  readonly #inside = new Set<number>();
  readonly #running = new Set<Claim>();
  #same = 0;
  readonly #differing: Differing[] = [];
  readonly #notCompared: NotCompared[] = [];

  constructor(sample: Sample, context: VerificationContext) {
    this.#sample = sample;
    this.#context = context;
  }

  /** Whether this hit is to run in its place. May take as long as the unit does, twice. */
  takes(ask: Ask, hit: Hit): boolean {
    const isInside = this.#inside.has(ask.parent);
    if (!isInside && !isSampled(hit.weakKey, this.#sample)) return false;
    const claim = this.#claim(ask, hit);
    if (claim === null) return isInside;
    if (claim.trials.kind === "agree" && !isInside) {
      this.#same += 1;
      return false;
    }
    if (claim.trials.kind === "nondeterminism") this.#differs(claim, claim.trials.deviation, "nondeterminism");
    this.#claims.set(ask.seq, claim);
    return true;
  }

  /** Null: a replay would be refused, so it is no would-be hit. */
  #claim(ask: Ask, hit: Hit): Claim | null {
    const canReplay = hit.entry.moves.length > 0 || plan(hit, this.#context).ok;
    const checked = canReplay ? hit.checked() : null;
    const done = checked === null ? null : doneOf(hit.entry, this.#context.store);
    if (checked === null || done?.ok !== true) return null;
    return { hit, checked, done: done.value, argv: ask.argv, trials: tryTwice(ask, done.value, checked, this.#context.attempt) };
  }

  /** What is claimed of an image that starts. */
  begins({ seq, image, parent }: Exec): Claim | null {
    const claim = this.#claims.get(seq) ?? null;
    this.#claims.delete(seq);
    if (claim !== null || this.#inside.has(parent)) this.#inside.add(image);
    if (claim !== null && claim.trials.kind !== "nondeterminism") this.#running.add(claim);
    return claim;
  }

  /** True: the unit did what was claimed, and may be kept. */
  compare(claim: Claim, { entry, facts }: Taken): boolean {
    const done = doneOf(entry, this.#context.store);
    if (!done.ok || changedFact(claim.checked, facts) !== null) {
      this.notCompared(claim, { code: done.ok ? "changed-during-run" : done.failure.code, program: entry.program, detail: "" });
      return false;
    }
    if (!this.#running.delete(claim)) return false;
    const deviation = firstDeviation(claim.done, done.value);
    if (deviation === null) this.#same += 1;
    else this.#differs(claim, deviation, causeOf(claim.trials, done.value));
    return deviation === null;
  }

  #differs(claim: Claim, deviation: Deviation, cause: Cause): void {
    this.#context.records.withdraw(claim.hit.weakKey, claim.hit.strongKey);
    this.#differing.push({ claim, deviation, cause });
  }

  notCompared(claim: Claim, doubt: Doubt): void {
    if (this.#running.delete(claim)) this.#notCompared.push({ claim, doubt });
  }

  result(): Verified {
    for (const claim of [...this.#running]) this.notCompared(claim, { code: "unknown-end", program: claim.hit.entry.program, detail: "" });
    return { ...this.#sample, same: this.#same, differing: this.#differing, notCompared: this.#notCompared };
  }
}

/** A trial that does something else than the unit in its place proves nothing about that. */
function causeOf(trials: Trials, done: Done): Cause {
  return trials.kind === "repeat" && firstDeviation(trials.done, done) === null ? "missed-fact" : "unknown";
}
