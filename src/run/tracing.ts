// What a session tells of a run as it goes, for who wants to know afterwards why
// something ran. Nothing of it decides anything; what is made of it is in explain/.

import type { Digest } from "../base/digest.ts";
import type { Skip } from "../cache/policy.ts";
import type { Detailed } from "../cache/differences.ts";
import type { Doubt, Observation } from "../ledger/footprint.ts";
import type { Ask, Done, End, Exec, Slight, Took } from "../tap/messages.ts";
import type { RunResult } from "./tally.ts";

/** In the environment of a task and of all that it starts, its name; no fact, as all variables of Fathom's own. */
export const TASK_VARIABLE = "FATHOM_TASK";
export const taskIn = (env: readonly string[]): string | null => env.find((variable) => variable.startsWith(`${TASK_VARIABLE}=`))?.slice(TASK_VARIABLE.length + 1) ?? null;

/** Why a question was answered "run". */
export type Miss =
  /** An entry would have been replayed, had these been as they were. */
  | { readonly kind: "differs"; readonly strongKey: Digest; readonly differences: readonly Detailed[] }
  /** It was stored once and is no more. */
  | { readonly kind: "gone" }
  /** Its entry holds, and could not be put in place. */
  | { readonly kind: "not-replayed"; readonly strongKey: Digest; readonly code: string }
  /** --verify. */
  | { readonly kind: "verified"; readonly strongKey: Digest };

export type Start = { readonly kind: "ran" } | { readonly kind: "planned" } | { readonly kind: "replayed"; readonly strongKey: Digest };

/** Why nothing was stored of a unit, where that is normal. */
export type Passed = Skip | "handed-on" | "part" | "bound" | "uncached" | "barren" | "not-storing" | "deviation" | "unknown-end";

export type Fate =
  | { readonly kind: "stored"; readonly strongKey: Digest }
  | { readonly kind: "refused"; readonly doubt: Doubt }
  | { readonly kind: "passed"; readonly reason: Passed };

/** Why the next run of the same tasks has no plan as a whole. */
export interface Unplanned {
  readonly code: string;
  /** A path or what else belongs to it; as bytes. */
  readonly detail: string;
  /** Whose fault it is, by its name or by the weak key of what was started for it; null: nobody's. */
  readonly task: { readonly name: string } | { readonly weakKey: Digest } | null;
}

export interface Tracing {
  /** Before the answer goes out. Returns the cause in one line, where somebody waits for it. */
  missed(ask: Ask, miss: Miss): string;
  began(exec: Exec, start: Start): void;
  /** What an image that is about to end spent its time on; not told of those that took no time to speak of. */
  took(took: Took): void;
  ended(end: End, ledger: readonly Buffer[]): void;
  /** Of an image's unit, when it is folded or captured. The last word counts. */
  came(image: number, fate: Fate): void;
  /** What the supervisor tells of in few words, or not at all: null. */
  slight(slight: Slight | null): void;
  /** What a file holds that is about to be written again. */
  preserved(path: string, digest: Digest): void;
  /** Names in directories, as somebody relied on them. */
  listed(observations: readonly Observation[]): void;
  /** Of `fathom run`, at its end. */
  unplanned(reasons: readonly Unplanned[]): void;
  done(done: Done, result: RunResult): void;
}

export const NO_TRACING: Tracing = {
  missed: () => "", began: () => undefined, took: () => undefined, ended: () => undefined, came: () => undefined, slight: () => undefined, preserved: () => undefined, listed: () => undefined, unplanned: () => undefined, done: () => undefined,
};
