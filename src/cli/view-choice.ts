// Whether tasks are shown in a view of their own (tui/) or as plain lines. Pure.

import { isReadByAgent } from "./agents.ts";
import type { Environment } from "./render.ts";

/** What is known of who looks. */
export interface Onlooker {
  readonly env: Environment;
  readonly isInputTerminal: boolean;
  readonly isOutputTerminal: boolean;
  /** Of the terminal; 0 where there is none. */
  readonly columns: number;
  readonly rows: number;
  /** We belong to what the terminal has in front: who does not is stopped when it reads. */
  readonly isInFront: boolean;
}

const COLUMNS_MIN = 60;
const ROWS_MIN = 16;

const isSet = (text: string | undefined): boolean => !["", "0", "false"].includes(text ?? "");

/** Null: there is a view; else why there is none, as the end of a sentence. */
export function whyNoView({ env, isInputTerminal, isOutputTerminal, columns, rows, isInFront }: Onlooker): string | null {
  if (!isOutputTerminal || !isInputTerminal) return `${isOutputTerminal ? "the input" : "the output"} is no terminal`;
  if (env["TERM"] === "dumb" || (env["TERM"] ?? "") === "") return "TERM names no terminal that can show one";
  if (isSet(env["CI"]) || isSet(env["GITHUB_ACTIONS"])) return "CI is set";
  if (isReadByAgent(env)) return "an agent reads the output";
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return `the terminal has ${String(columns)} columns and ${String(rows)} rows; ${String(COLUMNS_MIN)} and ${String(ROWS_MIN)} are needed`;
  return isInFront ? null : "it runs in the background";
}

/** `stat`: /proc/self/stat. Its name, the second field, may hold anything; source: proc_pid_stat(5). */
export function isInFront(stat: string): boolean {
  const [, , group, , , front] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group !== undefined && group === front;
}
