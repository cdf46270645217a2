// What is answered to "does this build race". Values, so that the command line and
// --json show the same. docs/reference/cli.md promises names and words.

import type { ProcessName, RunName } from "./answer.ts";

export type RaceKind =
  /** Both ran at the same time, and nothing that is recorded orders them. */
  | "unordered"
  /** One was over when the other began; the build tool's own rules do not say that it must be. */
  | "undeclared"
  /** A target is made from a file that its rule does not name: changing the file does not make it again. */
  | "missing-input";

/** Of two commands that met. */
export type ConflictClass =
  | "missing-edge" | "read-while-written" | "double-write" | "several-targets" | "same-directory" | "shared-temporary-name" | "made-twice" | "removed-while-used" | "listing" | "absence"
  | "time-only";

export type RaceClass = ConflictClass | "missing-input"
  /** A target names it, no rule makes it, and the recipe of another target does. */
  | "no-rule";

export type Grade =
  /** An experiment showed it. */
  | "confirmed"
  /** It fits all that is recorded; nothing proves it. */
  | "consistent"
  /** It may be: what is recorded does not tell. */
  | "guess";

export interface RaceSide {
  /** The process that touched the path. */
  readonly process: ProcessName;
  /** What the program that ordered it started: the process itself, or one above it. */
  readonly task: ProcessName;
  /** Of make or ninja: what it makes, and where that is said ("Makefile:12"); null: not known. */
  readonly target: string | null;
  readonly place: string | null;
  /** In words: "wrote", "read", "looked for". */
  readonly did: string;
  /** When the task ran, in milliseconds since the run began; the end is null where nobody saw it. */
  readonly beganMs: number;
  readonly endedMs: number | null;
}

export interface Confirmation {
  /** "perturb": the build ran with these two the other way round. "make": its rules were asked what a change of the file makes again. */
  readonly by: "perturb" | "make";
  /** For `fathom exec --perturb=<seed>`; null: it shows in the command's own schedule. */
  readonly seed: number | null;
  /** What came of it, in half a sentence. */
  readonly shown: string;
}

export interface Race {
  readonly kind: RaceKind;
  readonly class: RaceClass;
  readonly grade: Grade;
  /** From the workspace. */
  readonly paths: readonly string[];
  /** Who writes; of a missing input null. */
  readonly writer: RaceSide | null;
  /** Who writes as well, or reads. */
  readonly other: RaceSide;
  /** How often two such commands met. */
  readonly times: number;
  /** Half a sentence: why nothing orders them. */
  readonly because: string;
  /** What was seen of it in this run; null: nothing. */
  readonly symptom: string | null;
  readonly suggestion: string;
  readonly confirmation: Confirmation | null;
}

export interface RacesAnswer {
  readonly run: RunName;
  /** One sentence, without full stop. */
  readonly sentence: string;
  /** Those that are at least consistent, worst first. */
  readonly races: readonly Race[];
  /** Those that are guesses: ordered in this run, and nobody knows whether by the build or by luck. */
  readonly guesses: readonly Race[];
  /** What limits the answer: sentences. */
  readonly notes: readonly string[];
}
