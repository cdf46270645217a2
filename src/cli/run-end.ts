// What is said when all tasks are over: counts, what failed and why, and where more
// of it is written.

import { absPath, fromText, isAbsPath } from "../base/path.ts";
import type { RanInOrder } from "../run/rounds.ts";
import { shown } from "../workspace/manifest.ts";
import { annotation } from "./first-error.ts";
import type { Environment, Printer } from "./render.ts";
import { runs, type Prepared } from "./run-plan.ts";
import { endText, prefixOf, summaryLines, type OutputLogs, type TaskLines } from "./task-lines.ts";

interface Ending {
  readonly lines: TaskLines;
  readonly isJson: boolean;
  readonly logs: OutputLogs;
  readonly tookMs: number;
  /** The same, as it is shown. */
  readonly took: string;
  /** Of --summarize, where that was written. */
  readonly summary: string | null;
}

export function conclude({ graph, workspace }: Prepared, { outcomes, statuses, ends, learnt, unkept, exitCode }: RanInOrder, { lines, isJson, logs, tookMs, took, summary }: Ending, env: Environment, print: Printer): void {
  const all = [...graph.values()].filter(runs);
  const failed = all.filter(({ id }) => outcomes.get(id) === "failed").map(({ id }) => id);
  const counts = {
    total: all.length, successful: all.filter(({ id }) => outcomes.get(id) === "done").length,
    cached: all.filter(({ id }) => statuses.get(id) === "replayed" && outcomes.get(id) === "done").length, failed,
  };
  for (const { before, after, path } of learnt) {
    const at = shown(path, workspace.root);
    if (isJson) print.value({ event: "order", before, after, path: at });
    else if (logs !== "none") print.note(`fathom: ${after} reads "${at}", which ${before} writes: from now on it comes after it`);
  }
  if (unkept !== null) print.failure(unkept);
  if (isJson) return print.value({ event: "done", exitCode, ...counts, tookMs, ...(summary === null ? {} : { summary }) });
  if (logs !== "none") for (const line of summaryLines({ ...counts, took }, summary)) print.say(line);
  const isActions = env["GITHUB_ACTIONS"] === "true";
  const checkout = fromText(env["GITHUB_WORKSPACE"] ?? "");
  for (const id of failed) {
    const error = lines.errorOf(id);
    if (error === null) continue;
    print.note(`${print.red(`${prefixOf(id)}:`)} ${error.text}`);
    if (isActions) print.say(annotation(error, id, graph.get(id)?.owner.folder ?? workspace.root, isAbsPath(checkout) ? absPath(checkout) : workspace.root));
  }
  const hows = failed.flatMap((id) => { const end = ends.get(id); return end === undefined ? [] : [`${id} ${endText(end)}`]; });
  if (failed.length > 0) print.note(print.red(`ERROR  run failed: ${hows.join(", ")}`));
}
