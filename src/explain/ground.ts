// What a question about runs is answered from, and how runs and processes are named.

import type { Digest } from "../base/digest.ts";
import type { Records } from "../cache/records.ts";
import type { Roots } from "../cache/roots.ts";
import { HELLO_TASKS } from "../tap/messages.ts";
import type { ProcessName, RunName } from "./answer.ts";
import type { RunHead, Trace, TracedProcess } from "./trace.ts";
import { commandText } from "./words.ts";

export interface Ground {
  /** Recorded runs before this one, newest first; all of them for null. */
  readonly before: (id: string | null) => Iterable<Trace>;
  /** The last run that is recorded; null: there is none. */
  readonly newest: string | null;
  readonly records: Pick<Records, "entry" | "set">;
  readonly roots: Roots;
  /** Whether two tokens lead to the same place, as links are now. */
  readonly isSamePlace: (one: string, other: string) => boolean;
  /** Of each token what is in that file now; null: it is none. */
  readonly contentNow: (tokens: readonly string[]) => readonly (Digest | null)[];
}

export const nameOf = (process: TracedProcess, trace: Trace, { roots }: Pick<Ground, "roots">): ProcessName => ({
  run: trace.id, image: process.image, task: process.task, command: isTaskRunner(process, trace) ? runCommand(trace, roots) : commandText(process, roots),
});

export const runName = (trace: RunHead, { roots }: Pick<Ground, "roots">): RunName => ({ id: trace.id, startedNs: trace.startedNs, command: runCommand(trace, roots) });

/** Our own program, which starts the tasks. */
export const isTaskRunner = ({ parent }: TracedProcess, { flags }: Trace): boolean => parent === 0 && (flags & HELLO_TASKS) !== 0;

/** An answer about ten thousand processes names the run for each. */
const COMMANDS = new WeakMap<Roots, WeakMap<RunHead, string>>();

/** Of `fathom run` as it was typed: the supervisor starts a program of ours for it. */
function runCommand(run: RunHead, roots: Roots): string {
  const known = COMMANDS.get(roots) ?? new WeakMap<RunHead, string>();
  COMMANDS.set(roots, known);
  const words = (run.flags & HELLO_TASKS) === 0 ? run.command : ["fathom", ...run.command.slice(2)];
  const text = known.get(run) ?? commandText({ program: words[0] ?? "", argv: words, argumentsLeftOut: 0 }, roots);
  known.set(run, text);
  return text;
}

export const isReplayed = ({ fate }: TracedProcess): boolean => fate.kind === "replayed" || fate.kind === "planned";

export interface Found {
  readonly process: TracedProcess;
  readonly trace: Trace;
}
