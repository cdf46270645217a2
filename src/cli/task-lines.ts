// What a person, or a program that knows turbo's output, reads of tasks while they
// run: each line behind the task's name, or each task in one piece.

import { StringDecoder } from "node:string_decoder";
import { unreachable } from "../base/assert.ts";
import { codeOf, type TaskEnd, type TaskEvent, type TaskStatus } from "../run/execute.ts";
import type { Task, TaskId } from "../workspace/graph.ts";
import type { TaskOutputLogs } from "../workspace/rules.ts";
import { firstErrorIn, type FirstError } from "./first-error.ts";

/** "compact": one line a task, when it has ended, and what it said if it failed. */
export type OutputLogs = TaskOutputLogs | "compact";
export type LogOrder = "stream" | "grouped";

export interface TaskLinesOptions {
  readonly logs: OutputLogs;
  /** Somebody asked for it: then it holds for tasks that say otherwise themselves. */
  readonly isChosen: boolean;
  readonly order: LogOrder;
  readonly hasPrefix: boolean;
  /** GitHub folds what stands between its marks. */
  readonly hasGroups: boolean;
  readonly write: (stream: 1 | 2, text: string) => void;
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
}

interface Line {
  readonly stream: 1 | 2;
  readonly text: string;
}

interface Shown {
  readonly task: Task;
  readonly logs: OutputLogs;
  status: TaskStatus | null;
  cause: string | null;
  tookMs: number;
  isFailureShown: boolean;
  /** Of each stream: a character may come in two pieces. */
  readonly decoders: readonly [StringDecoder, StringDecoder];
  /** Of each stream what has no end of line yet. */
  rest: [string, string];
  /** What waits for the task's end. */
  readonly lines: Line[];
  /** The last lines of all, for when it fails. */
  readonly last: string[];
}

/** Of them the first error is looked for. */
const LAST_LINES = 2000;
/** Of a failed task, where every line costs. */
const COMPACT_LINES = 200;

export function statusText(status: TaskStatus, cause: string | null, logs: OutputLogs): string {
  switch (status) {
    case "replayed": return logs === "full" ? "cache hit, replaying logs" : logs === "compact" ? "cache hit, replayed" : "cache hit, suppressing logs";
    case "ran": return `cache miss, executing${cause === null ? "" : ` (${cause})`}`;
    case "bypassed": return "cache bypass, force executing";
    case "unobserved": return "not observed, executing";
    default: return unreachable(status);
  }
}

export function endText(end: TaskEnd): string {
  switch (end.kind) {
    case "exited": return `exited (${String(end.code)})`;
    case "killed": return `was killed (${end.signal})`;
    case "not-started": return `could not be started (${end.reason})`;
    default: return unreachable(end);
  }
}

const againText = ({ before, path }: Extract<TaskEvent, { readonly kind: "again" }>): string =>
  `read "${path}" before ${before} had written it: running again, after ${before} from now on`;

/** "web:build"; as turbo writes it before lines. */
export const prefixOf = (id: TaskId): string => id.replace("#", ":");

export class TaskLines {
  readonly #options: TaskLinesOptions;
  readonly #shown = new Map<TaskId, Shown>();
  readonly #running = new Map<TaskId, Task>();

  constructor(options: TaskLinesOptions) {
    this.#options = options;
  }

  on(event: TaskEvent): void {
    const shown = this.#of(event.task);
    switch (event.kind) {
      case "started":
        this.#running.set(event.task.id, event.task);
        shown.last.length = 0;
        shown.isFailureShown = false;
        return;
      case "status":
        shown.status = event.status;
        shown.cause = event.cause;
        if (!["none", "errors-only", "compact"].includes(shown.logs)) this.#line(shown, 1, this.#options.bold(statusText(event.status, event.cause, shown.logs)));
        return;
      case "output": return this.#output(shown, event.stream, event.bytes);
      case "ended": return this.#ended(shown, event);
      case "failed": return shown.isFailureShown ? undefined : this.#failed(shown, event);
      case "skipped": return;
      case "again":
        shown.lines.length = 0;
        if (shown.logs !== "none") this.#write(shown, { stream: 2, text: againText(event) });
        return;
      default: return unreachable(event);
    }
  }

  /** What a failed task said, for the end. */
  errorOf(id: TaskId): FirstError | null {
    return firstErrorIn(this.#shown.get(id)?.last ?? []);
  }

  #of(task: Task): Shown {
    const known = this.#shown.get(task.id);
    if (known !== undefined) return known;
    const { logs, isChosen } = this.#options;
    const decoders = [new StringDecoder("utf8"), new StringDecoder("utf8")] as const;
    const shown: Shown = { task, logs: isChosen ? logs : (task.rule.outputLogs ?? logs), status: null, cause: null, tookMs: 0, isFailureShown: false, decoders, rest: ["", ""], lines: [], last: [] };
    this.#shown.set(task.id, shown);
    return shown;
  }

  #output(shown: Shown, stream: 1 | 2, bytes: Buffer): void {
    const lines = `${shown.rest[stream - 1] ?? ""}${shown.decoders[stream - 1]?.write(bytes) ?? ""}`.split("\n");
    shown.rest[stream - 1] = lines.pop() ?? "";
    for (const line of lines) this.#said(shown, stream, line);
  }

  #said(shown: Shown, stream: 1 | 2, line: string): void {
    shown.last.push(line);
    if (shown.last.length > LAST_LINES) shown.last.shift();
    switch (shown.logs) {
      case "full": return this.#line(shown, stream, line);
      case "new-only": return shown.status === "replayed" ? undefined : this.#line(shown, stream, line);
      case "errors-only": case "compact":
        shown.lines.push({ stream, text: line });
        return;
      case "hash-only": case "none": return;
      default: return unreachable(shown.logs);
    }
  }

  #ended(shown: Shown, event: Extract<TaskEvent, { readonly kind: "ended" }>): void {
    for (const stream of [1, 2] as const) {
      const rest = shown.rest[stream - 1] ?? "";
      if (rest !== "") this.#said(shown, stream, rest);
      shown.rest[stream - 1] = "";
    }
    this.#running.delete(event.task.id);
    shown.status = event.status;
    shown.tookMs = event.tookMs;
    if (codeOf(event.end) === 0) return this.#succeeded(shown);
    // Whether it counts is known when all have ended, and a server never ends.
    if ([...this.#running.values()].some(({ rule }) => rule.persistent)) return this.#failed(shown, event);
    if (this.#running.size > 0 && this.#options.order === "stream" && ["full", "new-only", "hash-only"].includes(shown.logs)) this.#write(shown, { stream: 2, text: endText(event.end) });
  }

  #succeeded(shown: Shown): void {
    if (shown.logs === "errors-only" || shown.logs === "compact") shown.lines.length = 0;
    if (shown.logs === "compact") shown.lines.push(this.#compactLine(shown));
    this.#flush(shown);
  }

  #failed(shown: Shown, { end, step }: Pick<Extract<TaskEvent, { readonly kind: "failed" }>, "end" | "step">): void {
    shown.isFailureShown = true;
    if (shown.logs !== "none") shown.lines.push({ stream: 2, text: this.#options.red(`ERROR  ${step?.command ?? ""} ${endText(end)}`) });
    if (shown.logs === "compact") {
      const over = shown.lines.length - COMPACT_LINES;
      if (over > 0) shown.lines.splice(0, over, { stream: 2, text: `... ${String(over)} lines before` });
      shown.lines.unshift(this.#compactLine(shown));
    }
    this.#flush(shown);
  }

  #compactLine({ status, cause, tookMs }: Shown): Line {
    return { stream: 1, text: `${statusText(status ?? "unobserved", cause, "compact")} (${durationText(tookMs)})` };
  }

  #line(shown: Shown, stream: 1 | 2, text: string): void {
    if (this.#options.order === "stream") this.#write(shown, { stream, text });
    else shown.lines.push({ stream, text });
  }

  #flush(shown: Shown): void {
    const { hasGroups, order, write } = this.#options;
    const isGroup = hasGroups && order === "grouped" && shown.lines.length > 0;
    if (isGroup) write(1, `::group::${prefixOf(shown.task.id)}\n`);
    for (const line of shown.lines) this.#write(shown, line);
    if (isGroup) write(1, "::endgroup::\n");
    shown.lines.length = 0;
  }

  #write({ task }: Shown, { stream, text }: Line): void {
    this.#options.write(stream, this.#options.hasPrefix ? `${prefixOf(task.id)}: ${text}\n` : `${text}\n`);
  }
}

export interface TaskCounts {
  readonly total: number;
  readonly successful: number;
  readonly cached: number;
  /** How long all of it took, as it is shown. */
  readonly took: string;
  readonly failed: readonly TaskId[];
}

export const durationText = (ms: number): string =>
  ms < 1000 ? `${String(ms)}ms` : ms < 60_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)}s` : `${String(Math.floor(ms / 60_000))}m${String(Math.floor((ms % 60_000) / 1000))}s`;

/** The three lines that turbo ends with, a fourth where something failed, and where a summary was written. */
export function summaryLines({ total, successful, cached, took, failed }: TaskCounts, summary: string | null = null): string[] {
  return [
    "",
    ` Tasks:    ${String(successful)} successful, ${String(total)} total`,
    `Cached:    ${String(cached)} cached, ${String(total)} total`,
    `  Time:    ${took}${total > 0 && cached === total ? " >>> ALL REPLAYED" : ""}`,
    ...(summary === null ? [] : [`Summary:   ${summary}`]),
    ...(failed.length > 0 ? [`Failed:    ${failed.join(", ")}`] : []),
    "",
  ];
}
