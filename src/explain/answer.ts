// What is answered to "why did this run". Values, so that the command line and
// --json show the same; the sentence is part of them.

import type { Change } from "../cache/differences.ts";
import type { SubjectKind } from "../cache/facts.ts";
import type { UnplannedReason } from "./unplanned.ts";

export interface RunName {
  readonly id: string;
  /** Nanoseconds since 1970. */
  readonly startedNs: bigint;
  readonly command: string;
}

/** One process of one run. */
export interface ProcessName {
  readonly run: string;
  readonly image: number;
  readonly command: string;
  readonly task: string | null;
}

export type Certainty =
  /** The verdict itself said so. */
  | "certain"
  /** It fits all that is recorded; nothing proves it. */
  | "consistent";

export interface Writer extends ProcessName {
  readonly how: "wrote" | "removed" | "made" | "renamed" | "mode" | "replayed" | "stored";
  /** Why that one ran, in half a sentence; null: it did not, or that is not known. */
  readonly because: string | null;
}

/** One thing that is not as it was. */
export interface Evidence {
  readonly kind: SubjectKind | "argument" | "directory" | "umask" | "streams";
  /** A path from the workspace, a variable, an argument. */
  readonly name: string;
  readonly what: Change | "added" | "removed" | "replaced";
  /** Half a sentence. */
  readonly text: string;
  /** The processes of the run that looked at it; the innermost that are known. */
  readonly readBy: readonly ProcessName[];
  /** Null: no process of a recorded run wrote it since. */
  readonly writtenBy: Writer | null;
  /** Of a directory: null where the names of then are not kept. */
  readonly names: { readonly added: readonly string[]; readonly removed: readonly string[] } | null;
}

export type Outcome =
  | { readonly kind: "replayed"; readonly byPlan: boolean }
  | { readonly kind: "ran"; readonly stored: boolean; /** Why nothing was stored; null: it was, or nobody knows. */ readonly notStored: string | null };

/** Stable words for programs. */
export type CauseCode =
  | "unchanged" | "changed" | "new" | "command-changed" | "key-changed" | "always-runs" | "not-stored-before" | "failed-before" | "trivial" | "temporary-name" | "forced" | "not-asked"
  | "uncached" | "bound" | "store-emptied" | "not-replayable" | "verified" | "part-of" | "unknown";

export interface Answer {
  readonly run: RunName;
  readonly process: ProcessName;
  readonly outcome: Outcome;
  readonly cause: CauseCode;
  readonly certainty: Certainty;
  /** One sentence, without full stop. */
  readonly sentence: string;
  /** The cause alone, in half a sentence: for a line that names the command already. */
  readonly because: string;
  readonly against: RunName | null;
  readonly evidence: readonly Evidence[];
  /** How many things differed; more than `evidence` where a trace keeps fewer. */
  readonly total: number;
  /** Other lines, each a sentence. */
  readonly notes: readonly string[];
  /** No later run is recorded. */
  readonly isNewest: boolean;
  /** Of a command that always runs: what became of the units that it started, the most expensive first. */
  readonly parts: readonly Answer[];
  /** Of `fathom run` as a whole: why the next one starts Node even if nothing changes. Empty: it need not, or that is not known. */
  readonly unplanned: readonly UnplannedReason[];
}
