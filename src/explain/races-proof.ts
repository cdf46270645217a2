// Experiments with what was found: which to make, how many, and what they change in the
// answer. They are handed in; here nothing is run.

import type { Failure, Result } from "../base/result.ts";
import { plainLine } from "./declared-graph.ts";
import type { Ground } from "./ground.ts";
import type { Confirmation, Race, RacesAnswer } from "./races-answer.ts";
import { heldAndFree, judge } from "./races-confirm.ts";
import type { Conflict } from "./races-conflicts.ts";
import type { MissingInput } from "./races-missing.ts";
import { answerOf, type FoundRaces } from "./races.ts";
import { Forest } from "./races-forest.ts";
import { isFor, seedFor } from "./perturb.ts";
import type { Trace } from "./trace.ts";
import { plural } from "./words.ts";

export interface Again {
  readonly trace: Trace;
  readonly lastLine: string;
}

export interface Experiments {
  /** The build once more, in the schedule of that seed (null: its own), with further words for its command. Null: no time is left. */
  readonly again: (seed: number | null, more: readonly string[]) => Result<Again, Failure> | null;
  /** What make would run if these files were newer than all others; null: it cannot be asked. */
  readonly wouldRun: (missing: MissingInput, newer: readonly string[]) => readonly string[] | null;
}

/** Builds that are run for one answer: each takes as long as a build does. */
export const REHEARSALS_MAX = 8;
/** ... and all of them together. */
export const REHEARSALS_MS_MAX = 600_000;

/** Of a build that fails now and then: schedules that are tried for it, its own first. */
const SEEDS = [null, 1, 2] as const;

export function proven(found: FoundRaces, trace: Trace, experiments: Experiments, ground: Ground): RacesAnswer {
  const proof = new Proof(trace, experiments, ground);
  const all = [...found.answer.races, ...found.answer.guesses].map((race) => {
    const conflict = found.conflicts.get(race);
    const missing = found.missing.get(race);
    const confirmation = conflict !== undefined ? proof.ofConflict(conflict, race) : missing !== undefined ? proof.ofMissing(missing) : found.unruled.has(race) ? proof.oneByOne() : null;
    return confirmation === null ? race : { ...race, grade: "confirmed" as const, confirmation };
  });
  return answerOf(found.answer.run, all, [...proof.notes(), ...found.answer.notes]);
}

class Proof {
  readonly #trace: Trace;
  readonly #forest: Forest;
  readonly #experiments: Experiments;
  readonly #ground: Ground;
  /** Of the runs that were made as the build was: one may show more than one thing. */
  readonly #seeds: number[] = [];
  readonly #runs = new Map<string, Result<Again, Failure>>();
  #failed: { readonly seed: number | null; readonly again: Again } | null | undefined = undefined;
  #untried = 0;
  #failure: Failure | null = null;

  constructor(trace: Trace, experiments: Experiments, ground: Ground) {
    this.#trace = trace;
    this.#forest = new Forest(trace);
    this.#experiments = experiments;
    this.#ground = ground;
  }

  ofConflict(conflict: Conflict, race: Race): Confirmation | null {
    const [held, free] = heldAndFree(conflict);
    const others = [free, ...this.#forest.above(held), ...this.#forest.above(free)];
    const seed = this.#seeds.find((known) => isFor(known, held, others, this.#ground.roots)) ?? seedFor(held, others, this.#ground.roots);
    const again = seed === null ? null : this.#again(seed, []);
    if (seed !== null && again !== null) {
      const verdict = judge(conflict, again.trace, seed, this.#ground);
      if (verdict.kind === "confirmed") return verdict.confirmation;
    }
    return race.kind === "unordered" && race.symptom !== null ? this.oneByOne() : null;
  }

  /** It fails as it is, and does not when its tool does one thing after the other. */
  oneByOne(): Confirmation | null {
    if (!isTool(this.#trace.command[0] ?? "")) return null;
    const failed = this.#failing();
    const { code } = this.#trace.exit;
    const serial = failed === null && code === 0 ? null : this.#again(SEEDS[0], ["-j1"]);
    if (serial === null || serial.trace.exit.code !== 0) return null;
    const shown = failed === null ? `the recorded run ended with ${String(code)}` : `it ended with ${String(failed.again.trace.exit.code)} ("${failed.again.lastLine}")`;
    return { by: "perturb", seed: failed?.seed ?? null, shown: `${shown}, and with -j1 it does not fail` };
  }

  /** The first of some schedules in which it fails; asked once. */
  #failing(): { readonly seed: number | null; readonly again: Again } | null {
    if (this.#failed === undefined) {
      this.#failed = null;
      for (const seed of SEEDS) {
        const again = this.#again(seed, []);
        if (again === null) break;
        if (again.trace.exit.code !== 0) return this.#failed = { seed, again };
      }
    }
    return this.#failed;
  }

  /** Make is asked what it would do if only those files had changed. */
  ofMissing(missing: MissingInput): Confirmation | null {
    const line = plainLine(missing.task.argv.map((word) => this.#ground.roots.locateText(word) ?? word).join(" "));
    const newer = missing.paths.flatMap((at) => this.#ground.roots.locate(at) ?? []);
    const [before, after] = [this.#experiments.wouldRun(missing, []), this.#experiments.wouldRun(missing, newer)];
    const isIn = (lines: readonly string[]): boolean => lines.some((each) => line.includes(plainLine(each)) && each.trim() !== "");
    if (before === null || after === null || isIn(before) || isIn(after)) return null;
    return { by: "make", seed: null, shown: `asked with -n and -W for ${newer.length === 1 ? "that file" : "those files"}, make would not make it again` };
  }

  notes(): readonly string[] {
    const notes: string[] = [];
    if (this.#failure !== null) notes.push(this.#failure.message);
    if (this.#runs.size > 0) notes.push(`The build was run ${plural(this.#runs.size, "time", "times")} more, in a copy of the workspace; what was not confirmed did not show then`);
    if (this.#untried > 0) notes.push(`${plural(this.#untried, "experiment was", "experiments were")} not made: ${String(REHEARSALS_MAX)} runs, or ${String(REHEARSALS_MS_MAX / 60_000)} minutes of them, are the most`);
    return notes;
  }

  #again(seed: number | null, more: readonly string[]): Again | null {
    const key = `${String(seed)} ${more.join(" ")}`;
    const known = this.#runs.get(key);
    if (known === undefined && this.#runs.size >= REHEARSALS_MAX) {
      this.#untried += 1;
      return null;
    }
    if (this.#failure !== null) return null;
    const run = known ?? this.#experiments.again(seed, more);
    if (run === null) {
      this.#untried += 1;
      return null;
    }
    if (run.ok) {
      this.#runs.set(key, run);
      if (known === undefined && more.length === 0 && seed !== null) this.#seeds.push(seed);
      return run.value;
    }
    this.#failure = run.failure;
    return null;
  }
}

const isTool = (word: string): boolean => /(^|\/)(g?make|ninja)$/.test(word);
