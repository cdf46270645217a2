// In the environment of a task of which only a part of what it writes is restored: who
// starts it says so to the supervisor (native/supervisor/tasks.c), which follows no plan
// of it then, and to the session. What is stored of it is whole all the same.

import { isWithin, type AbsPath } from "../base/path.ts";
import type { Restores } from "../cache/limit.ts";

export const OUTPUTS = "FATHOM_OUTPUTS";

export const isLimited = (env: readonly string[]): boolean => limitIn(env) !== undefined;

const limitIn = (env: readonly string[]): string | undefined => env.find((variable) => variable.startsWith(`${OUTPUTS}=`))?.slice(OUTPUTS.length + 1);

/** As `outputsText` writes it, below the folder in which the task starts. Null: all is restored. */
export function limitOf(env: readonly string[], folder: AbsPath): Restores | null {
  const text = limitIn(env);
  if (text === undefined) return null;
  const lines = text.split("\n").filter((line) => line !== "").map((line) => ({ isIn: line.startsWith("+"), matches: new RegExp(line.slice(1)) }));
  const prefix = folder === "/" ? 1 : folder.length + 1;
  return (path) => isWithin(path, folder) && (lines.findLast(({ matches }) => matches.test(path.slice(prefix)))?.isIn ?? false);
}
