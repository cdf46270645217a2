// Units that could have been replayed and run all the same (--verify), so that
// what they do can be compared with what their entries say. Below such a unit
// nothing is replayed: it would be compared with our own answers. What differs
// is never kept, and the entry that was wrong is withdrawn.

import type { Taken } from "../cache/capture.ts";
import { changedFact, firstDeviation, type Deviation } from "../cache/deviation.ts";
import type { Records } from "../cache/records.ts";
import { plan, type PlanContext } from "../cache/replay-plan.ts";
import type { Checked, Hit } from "../cache/verify.ts";
import type { Doubt } from "../ledger/footprint.ts";
import type { Store } from "../store/store.ts";
import type { Ask, Exec } from "../tap/messages.ts";
import { isSampled, type Sample } from "./sample.ts";

/** What an entry says that a unit would do. */
export interface Claim {
  readonly hit: Hit;
  readonly checked: Checked;
  readonly argv: readonly string[];
}

export interface Differing {
  readonly claim: Claim;
  readonly deviation: Deviation;
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
}

export class Verification {
  readonly #sample: Sample;
  readonly #context: VerificationContext;
  /** By the order record of the exec, which its question and its start share. */
  readonly #claims = new Map<number, Claim>();
  /** Images of which nothing may be replayed, because a unit around them is verified. */
  readonly #inside = new Set<number>();
  readonly #running = new Set<Claim>();
  #same = 0;
  readonly #differing: Differing[] = [];
  readonly #notCompared: NotCompared[] = [];

  constructor(sample: Sample, context: VerificationContext) {
    this.#sample = sample;
    this.#context = context;
  }

  /** Whether this hit is to run. One that a replay would refuse is no would-be hit. */
  takes({ seq, parent, argv }: Ask, hit: Hit): boolean {
    const isInside = this.#inside.has(parent);
    if (!isInside && !isSampled(hit.weakKey, this.#sample)) return false;
    const canReplay = hit.entry.moves.length > 0 || plan(hit, this.#context).ok;
    const checked = canReplay ? hit.checked() : null;
    if (checked !== null) this.#claims.set(seq, { hit, checked, argv });
    return isInside || checked !== null;
  }

  /** What is claimed of an image that starts. */
  begins({ seq, image, parent }: Exec): Claim | null {
    const claim = this.#claims.get(seq) ?? null;
    this.#claims.delete(seq);
    if (claim !== null || this.#inside.has(parent)) this.#inside.add(image);
    if (claim !== null) this.#running.add(claim);
    return claim;
  }

  /** True: the unit did what was claimed. */
  compare(claim: Claim, { entry, facts }: Taken): boolean {
    const { store, records } = this.#context;
    const changed = changedFact(claim.checked, facts);
    if (changed !== null) {
      this.notCompared(claim, { code: "changed-during-run", program: entry.program, detail: "" });
      return false;
    }
    this.#running.delete(claim);
    const deviation = firstDeviation(claim.hit.entry, entry, store);
    if (deviation === null) {
      this.#same += 1;
      return true;
    }
    records.withdraw(claim.hit.weakKey, claim.hit.strongKey);
    this.#differing.push({ claim, deviation });
    return false;
  }

  notCompared(claim: Claim, doubt: Doubt): void {
    if (this.#running.delete(claim)) this.#notCompared.push({ claim, doubt });
  }

  result(): Verified {
    for (const claim of [...this.#running]) this.notCompared(claim, { code: "unknown-end", program: claim.hit.entry.program, detail: "" });
    return { ...this.#sample, same: this.#same, differing: this.#differing, notCompared: this.#notCompared };
  }
}
