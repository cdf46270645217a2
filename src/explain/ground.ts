// What a question about runs is answered from, and how runs and processes are named.

import type { Records } from "../cache/records.ts";
import type { Roots } from "../cache/roots.ts";
import type { ProcessName, RunName } from "./answer.ts";
import type { Trace, TracedProcess } from "./trace.ts";
import { commandText } from "./words.ts";

export interface Ground {
  /** Recorded runs before this one, newest first; all of them for null. */
  readonly before: (id: string | null) => Iterable<Trace>;
  readonly records: Pick<Records, "entry" | "set">;
  readonly roots: Roots;
}

export const nameOf = (process: TracedProcess, trace: Trace, { roots }: Pick<Ground, "roots">): ProcessName => ({ run: trace.id, image: process.image, command: commandText(process, roots), task: process.task });
export const runName = ({ id, startedNs, command }: Trace, { roots }: Pick<Ground, "roots">): RunName => ({ id, startedNs, command: commandText({ program: command[0] ?? "", argv: command, argumentsLeftOut: 0 }, roots) });

export const isReplayed = ({ fate }: TracedProcess): boolean => fate.kind === "replayed" || fate.kind === "planned";
export const hasKey = ({ fate }: TracedProcess, strongKey: string): boolean => (fate.kind === "stored" || fate.kind === "replayed") && fate.strongKey === strongKey;

export interface Found {
  readonly process: TracedProcess;
  readonly trace: Trace;
}
