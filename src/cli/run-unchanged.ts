// What `fathom run` would print if it was run once more and nothing had changed: the
// same lines, with every task replayed. It is told to the engine, which makes a plan of
// the whole run of it where it can (src/run/whole.ts).

import type { Disk } from "../base/disk.ts";
import type { AbsPath } from "../base/path.ts";
import type { TaskEvent } from "../run/execute.ts";
import type { RanInOrder } from "../run/rounds.ts";
import { encodeSaid, saidFile, type Piece } from "../run/whole-said.ts";
import type { Environment, Printer } from "./render.ts";
import { conclude } from "./run-end.ts";
import type { Prepared, RunOptions } from "./run-plan.ts";
import type { OutputLogs, TaskLines } from "./task-lines.ts";

/** Kept in memory while tasks run. Who prints more has more to do than to print. */
const SAID_BYTES_MAX = 16 * 1024 * 1024;
/** In no name of a package, a task or a file. */
const TIME_MARK = "\0";

/** Whether it is a run that another one could be the same as. */
export const mayRepeat = ({ json, summarize, watch }: RunOptions, { cacheUse, graph }: Prepared): boolean =>
  json !== true && summarize !== true && watch !== true && cacheUse.reads && cacheUse.writes && ![...graph.values()].some(({ rule }) => rule.persistent);

/** A task that was replayed, or ran and is replayed the next time if nothing changes. */
function asReplayed(event: TaskEvent): TaskEvent {
  if (event.kind === "status") return { ...event, status: "replayed", cause: null };
  return event.kind === "ended" ? { ...event, status: "replayed", tookMs: 0 } : event;
}

const isRepeatable = ({ exitCode, isInterrupted, learnt, unkept, statuses }: RanInOrder): boolean =>
  exitCode === 0 && !isInterrupted && learnt.length === 0 && unkept === null && [...statuses.values()].every((status) => status === "replayed" || status === "ran");

export class Unchanged {
  readonly #events: TaskEvent[] = [];
  #saidBytes = 0;
  #isSame = true;

  on(event: TaskEvent): void {
    if (event.kind === "again" || event.kind === "skipped") this.#isSame = false;
    if (event.kind === "output") this.#saidBytes += event.bytes.length;
    if (this.#saidBytes > SAID_BYTES_MAX) this.#isSame = false;
    if (this.#isSame) this.#events.push(asReplayed(event));
    else this.#events.length = 0;
  }

  /** `begin`: prints what comes before all tasks, and gives what prints theirs. */
  tell(
    prepared: Prepared, ran: RanInOrder,
    { logs, begin, env, print, disk, outcomes }: { readonly logs: OutputLogs; readonly begin: (to: Printer) => TaskLines; readonly env: Environment; readonly print: Printer; readonly disk: Disk; readonly outcomes: AbsPath },
  ): void {
    if (!this.#isSame || !isRepeatable(ran)) return;
    const pieces: Piece[] = [];
    const say = (stream: 1 | 2) => (line: string): void => { pieces.push({ kind: "text", stream, text: `${line}\n` }); };
    const kept: Printer = { ...print, say: say(1), note: say(2) };
    const lines = begin(kept);
    for (const event of this.#events) lines.on(event);
    const statuses = new Map([...ran.statuses.keys()].map((id) => [id, "replayed"] as const));
    const ending: string[] = [];
    conclude(prepared, { ...ran, statuses }, { lines, isJson: false, logs, took: TIME_MARK, tookMs: 0, summary: null }, env, { ...kept, say: (line) => { ending.push(line); } });
    for (const [index, text] of ending.map((line) => `${line}\n`).join("").split(TIME_MARK).entries()) {
      if (index > 0) pieces.push({ kind: "time" });
      if (text !== "") pieces.push({ kind: "text", stream: 1, text });
    }
    // Where it cannot be written there is no plan, and the next run runs.
    disk.writeFile(saidFile(outcomes), encodeSaid(ran.everyPid.size, pieces), 0o600);
  }
}
