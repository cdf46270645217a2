// `fathom runs`: the runs that are recorded here, newest first.

import { toText } from "../../base/path.ts";
import { runName } from "../../explain/ground.ts";
import { runJson } from "../../explain/json.ts";
import { timeText } from "../../explain/text.ts";
import type { RunHead } from "../../explain/trace.ts";
import { cut } from "../../explain/words.ts";
import { recorded } from "../recorded.ts";
import { table, type Environment, type Printer } from "../render.ts";
import { duration } from "../summary.ts";

const HEAD = ["id", "started", "took", "replayed", "run", "not stored", "exit", "command"];

/** A shell's: 128 and the number of the signal. */
const exitText = ({ exit }: RunHead): string => (exit.how === 0 ? String(exit.code) : String(128 + exit.code));

export function runs(isJson: boolean, env: Environment, cwd: string, print: Printer): number {
  const place = recorded(env, cwd);
  if (!place.ok) {
    print.failure(place.failure);
    return 1;
  }
  const { ground, runs: kept } = place.value;
  const traces = [...kept.heads(null)];
  if (isJson) print.value({ folder: toText(kept.folder), runs: traces.map((trace) => runJson(trace, ground)) });
  else {
    const rows = traces.map((trace) => [
      trace.id, timeText(trace.startedNs), duration(BigInt(trace.wallUs) * 1000n), String(trace.replayed), String(trace.ran), String(trace.notStored), exitText(trace), cut(runName(trace, ground).command, 60),
    ]);
    // The last column to the left, as the first.
    const widest = Math.max(...rows.map((row) => (row.at(-1) ?? "").length));
    for (const line of table([HEAD, ...rows].map((row) => [...row.slice(0, -1), (row.at(-1) ?? "").padEnd(widest)]))) print.say(line);
  }
  for (const failure of kept.failures) print.failure(failure);
  return 0;
}
