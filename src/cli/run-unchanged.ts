// What `fathom run` would print if it was run once more and nothing had changed: the
// same lines, with every task replayed. It is told to the engine, which makes a plan of
// the whole run of it where it can (src/run/whole.ts). Where it would not be the same,
// that is told with its reasons, for who asks why the next run has no plan.

import type { Disk } from "../base/disk.ts";
import type { AbsPath } from "../base/path.ts";
import type { TaskEvent } from "../run/execute.ts";
import type { RanInOrder } from "../run/rounds.ts";
import { encodeSaid, encodeUnplanned, saidFile, type Piece, type Reason } from "../run/whole-said.ts";
import type { Environment, Printer } from "./render.ts";
import { conclude } from "./run-end.ts";
import type { Prepared, RunOptions } from "./run-plan.ts";
import type { OutputLogs, TaskLines } from "./task-lines.ts";

/** Kept in memory while tasks run. Who prints more has more to do than to print. */
const SAID_BYTES_MAX = 16 * 1024 * 1024;
/** In no name of a package, a task or a file. */
const TIME_MARK = "\0";

const reason = (code: string, task = "", detail = ""): Reason => ({ code, task, detail });

/** Why no other run could be the same as it, by what was asked for. */
export function whyUnlike({ json, summarize, watch }: RunOptions, { cacheUse, graph }: Prepared): readonly Reason[] {
  const options = [json === true ? "--json" : null, summarize === true ? "--summarize" : null, watch === true ? "--watch" : null, cacheUse.reads && cacheUse.writes ? null : "--cache"];
  const persistent = [...graph.values()].filter(({ rule }) => rule.persistent).map(({ id }) => reason("persistent", id));
  return [...options.flatMap((option) => (option === null ? [] : [reason("option", "", option)])), ...persistent];
}

/** A task that was replayed, or ran and is replayed the next time if nothing changes. */
function asReplayed(event: TaskEvent): TaskEvent {
  if (event.kind === "status") return { ...event, status: "replayed", cause: null };
  return event.kind === "ended" ? { ...event, status: "replayed", tookMs: 0 } : event;
}

/** The same, by what came of it. */
function whyOtherwise({ exitCode, isInterrupted, learnt, unkept, statuses }: RanInOrder): readonly Reason[] {
  const not = [...statuses].flatMap(([id, status]) => (status === "bypassed" || status === "unobserved" ? [reason(status, id)] : []));
  const order = learnt.map(({ before, after }) => reason("order-learnt", after, before));
  return [...(exitCode !== 0 || isInterrupted ? [reason("failed")] : []), ...order, ...(unkept === null ? [] : [reason("order-not-kept", "", unkept.message)]), ...not];
}

export class Unchanged {
  readonly #events: TaskEvent[] = [];
  readonly #reasons: Reason[];
  #saidBytes = 0;

  constructor(unlike: readonly Reason[]) {
    this.#reasons = [...unlike];
  }

  on(event: TaskEvent): void {
    if (event.kind === "again") this.#reasons.push(reason("too-early", event.task.id, event.before));
    if (event.kind === "output") this.#said(event.bytes.length);
    if (this.#reasons.length === 0) this.#events.push(asReplayed(event));
    else this.#events.length = 0;
  }

  #said(bytes: number): void {
    const before = this.#saidBytes;
    this.#saidBytes += bytes;
    if (before <= SAID_BYTES_MAX && this.#saidBytes > SAID_BYTES_MAX) this.#reasons.push(reason("said-too-much"));
  }

  /** `begin`: prints what comes before all tasks, and gives what prints theirs. */
  tell(
    prepared: Prepared, ran: RanInOrder,
    { logs, begin, env, print, disk, outcomes }: { readonly logs: OutputLogs; readonly begin: (to: Printer) => TaskLines; readonly env: Environment; readonly print: Printer; readonly disk: Disk; readonly outcomes: AbsPath },
  ): void {
    const reasons = [...this.#reasons, ...whyOtherwise(ran)];
    if (reasons.length > 0) {
      disk.writeFile(saidFile(outcomes), encodeUnplanned(reasons), 0o600);
      return;
    }
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
