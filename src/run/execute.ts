// Runs the tasks of a graph: starts what the schedule lets go, tells what happens.
// Prints nothing.

import { constants } from "node:os";
import type { Clock } from "../base/clock.ts";
import { frameworkVariables } from "../workspace/frameworks.ts";
import type { Task, TaskGraph, TaskId } from "../workspace/graph.ts";
import { outputsText } from "../workspace/outputs.ts";
import { givenTo, type EnvMode } from "./given.ts";
import type { Tokens } from "./jobserver.ts";
import { OUTPUTS } from "./limit.ts";
import type { Observed, Outcome as ProcessOutcome } from "./outcomes.ts";
import { Schedule, type Continue, type Outcome } from "./schedule.ts";
import { scriptEnvironment, stepsOf, type ScriptGround, type Step } from "./script.ts";
import { TASK_VARIABLE } from "./tracing.ts";
import { UNCACHED } from "./uncached.ts";

export type TaskEnd = { readonly kind: "exited"; readonly code: number } | { readonly kind: "killed"; readonly signal: NodeJS.Signals } | { readonly kind: "not-started"; readonly reason: string };

/** "bypassed": it is never replayed, or nothing is in this run. "unobserved": nobody could say. */
export type TaskStatus = Observed | "bypassed" | "unobserved";

export type TaskEvent =
  | { readonly kind: "started"; readonly task: Task }
  /** Before the first output, or at the end where there is none. */
  | { readonly kind: "status"; readonly task: Task; readonly status: TaskStatus; /** Why it ran, in half a sentence; null: it did not, or nobody knows. */ readonly cause: string | null }
  | { readonly kind: "output"; readonly task: Task; readonly stream: 1 | 2; readonly bytes: Buffer }
  | { readonly kind: "ended"; readonly task: Task; readonly end: TaskEnd; readonly status: TaskStatus; readonly step: Step | null; readonly tookMs: number }
  /** Its failure counts: it came late enough. Said behind the end, and in rounds (rounds.ts) not before all have ended. */
  | { readonly kind: "failed"; readonly task: Task; readonly end: TaskEnd; readonly step: Step | null }
  | { readonly kind: "skipped"; readonly task: Task }
  /** It looked at `path` (below the workspace, for people) before `before`, which writes it, had done so: what it made does not count, and it runs again. */
  | { readonly kind: "again"; readonly task: Task; readonly before: TaskId; readonly path: string };

export interface Started {
  readonly pid: number;
  readonly end: Promise<TaskEnd>;
  kill(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): void;
}

export interface Spawn {
  readonly task: TaskId;
  /** A person may type to it, where there is one. */
  readonly isInteractive: boolean;
  readonly command: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Open files of ours that it gets too, at the same numbers; none of the three streams. */
  readonly descriptors: readonly number[];
  readonly onOutput: (stream: 1 | 2, bytes: Buffer, pid: number) => void;
}

export interface ExecuteContext {
  readonly clock: Clock;
  readonly start: (spawn: Spawn) => Started;
  readonly observed: (pid: number) => ProcessOutcome | null;
  /** Why a command ran that the store knew nothing of. */
  readonly newCause: (task: Task, step: Step) => string | null;
  readonly ground: ScriptGround;
  /** Of a make around us, which says how many may run; null where there is none. */
  readonly tokens: Tokens | null;
  /** Where the folder of a package is for the system: text, not bytes. */
  readonly folderOf: (task: Task) => string;
}

export interface ExecuteOptions {
  readonly graph: TaskGraph;
  readonly concurrency: number;
  readonly onFailure: Continue;
  /** What was asked for: behind "--". */
  readonly args: readonly string[];
  readonly asked: ReadonlySet<TaskId>;
  /** Nothing is replayed in this run: --force, --no-cache. */
  readonly isUncached: boolean;
  readonly envMode: EnvMode;
}

export interface Ran {
  readonly outcomes: ReadonlyMap<TaskId, Outcome>;
  readonly statuses: ReadonlyMap<TaskId, TaskStatus>;
  readonly ends: ReadonlyMap<TaskId, TaskEnd>;
  /** Of every process that was started: which task it was of. */
  readonly pids: ReadonlyMap<number, TaskId>;
  readonly isInterrupted: boolean;
  /** The highest exit code of a task; 128 and the number of its signal for a killed one, as a shell counts. */
  readonly exitCode: number;
}

export function codeOf(end: TaskEnd): number {
  switch (end.kind) {
    case "exited": return end.code;
    case "killed": return 128 + constants.signals[end.signal];
    case "not-started": return 127;
  }
}

export class Execution {
  readonly #options: ExecuteOptions;
  readonly #context: ExecuteContext;
  readonly #on: (event: TaskEvent) => void;
  readonly #schedule: Schedule;
  readonly #running = new Map<TaskId, Started>();
  readonly #statuses = new Map<TaskId, TaskStatus>();
  readonly #ends = new Map<TaskId, TaskEnd>();
  readonly #pids = new Map<number, TaskId>();
  #exitCode = 0;
  #interrupts = 0;
  #wake: () => void = () => undefined;
  /** What was taken of `tokens`. One task may always run without. */
  readonly #held: number[] = [];

  constructor(options: ExecuteOptions, context: ExecuteContext, on: (event: TaskEvent) => void) {
    this.#options = options;
    this.#context = context;
    this.#on = on;
    this.#schedule = new Schedule(options);
  }

  async run(): Promise<Ran> {
    const { graph } = this.#options;
    const told = new Set<TaskId>();
    for (;;) {
      const changed = new Promise<void>((resolve) => { this.#wake = resolve; });
      for (const id of this.#next()) {
        const task = graph.get(id);
        if (task !== undefined) void this.#runTask(task);
      }
      for (const task of graph.values()) {
        if (this.#schedule.outcomeOf(task.id) !== "skipped" || told.has(task.id)) continue;
        told.add(task.id);
        if (task.command !== null) this.#on({ kind: "skipped", task });
      }
      if (this.#schedule.isOver) break;
      const { tokens } = this.#context;
      await (tokens !== null && this.#schedule.isCrowded ? Promise.race([changed, tokens.later()]) : changed);
    }
    const outcomes = new Map([...graph.keys()].map((id) => [id, this.#schedule.outcomeOf(id) ?? "skipped"] as const));
    return { outcomes, statuses: this.#statuses, ends: this.#ends, pids: this.#pids, isInterrupted: this.#interrupts > 0, exitCode: this.#exitCode };
  }

  /** Ctrl-C: the first time what runs may end by itself, and nothing new is started; then it is killed. `isForwarded`: the terminal has not told them. */
  interrupt(signal: "SIGINT" | "SIGTERM", isForwarded: boolean): void {
    this.#interrupts += 1;
    this.#schedule.stop();
    for (const started of this.#running.values()) {
      if (this.#interrupts > 1) started.kill("SIGKILL");
      else if (isForwarded) started.kill(signal);
    }
    this.#exitCode = Math.max(this.#exitCode, signal === "SIGINT" ? 130 : 143);
    this.#wake();
  }

  /** What may start now; with a make around us one, and one more for each token, which goes back as soon as nobody runs by it. */
  #next(): TaskId[] {
    const { tokens } = this.#context;
    if (tokens === null) return this.#schedule.next();
    const started = this.#schedule.next(this.#held.length + 1);
    while (this.#schedule.isCrowded) {
      const token = tokens.take();
      if (token === null) break;
      this.#held.push(token);
      started.push(...this.#schedule.next(this.#held.length + 1));
    }
    while (this.#held.length > Math.max(0, this.#schedule.countedRunning - 1)) tokens.give(this.#held.pop() ?? 0);
    return started;
  }

  async #runTask(task: Task): Promise<void> {
    const { clock } = this.#context;
    const startedNs = clock.nowNs();
    this.#on({ kind: "started", task });
    const args = this.#options.asked.has(task.id) ? this.#options.args : [];
    let end: TaskEnd = { kind: "exited", code: 0 };
    let step: Step | null = null;
    for (const next of stepsOf(task, args, this.#context.ground.isPnp)) {
      step = next;
      end = await this.#runStep(task, next);
      if (codeOf(end) !== 0) break;
    }
    const status = this.#statuses.get(task.id) ?? "unobserved";
    const tookMs = Number((clock.nowNs() - startedNs) / 1_000_000n);
    this.#exitCode = Math.max(this.#exitCode, codeOf(end));
    this.#ends.set(task.id, end);
    this.#schedule.ended(task.id, codeOf(end) === 0);
    this.#on({ kind: "ended", task, end, status, step, tookMs });
    if (codeOf(end) !== 0) this.#on({ kind: "failed", task, end, step });
    this.#wake();
  }

  async #runStep(task: Task, step: Step): Promise<TaskEnd> {
    const { ground, start, folderOf } = this.#context;
    const given = scriptEnvironment(task.owner, step, { ...ground, env: givenTo(ground.env, this.#options.envMode, [...frameworkVariables(task.owner.manifest), ...task.rule.env]) });
    const env = { ...given, [TASK_VARIABLE]: task.id };
    let isKnown = false;
    const learnStatus = (pid: number): void => {
      if (isKnown) return;
      isKnown = true;
      const isFirst = !this.#statuses.has(task.id);
      const { status, cause } = this.#statusOf(task, step, pid);
      // Of several commands all must have been replayed.
      if (isFirst || status !== "replayed") this.#statuses.set(task.id, status);
      if (isFirst) this.#on({ kind: "status", task, status, cause });
    };
    const started = start({
      task: task.id, isInteractive: task.rule.interactive, command: step.command, folder: folderOf(task),
      descriptors: this.#context.tokens?.descriptors ?? [],
      env: { ...env, ...(task.rule.cache ? {} : { [UNCACHED.name]: UNCACHED.value }), ...(task.rule.outputs === null ? {} : { [OUTPUTS]: outputsText(task.rule.outputs) }) },
      onOutput: (stream, bytes, pid) => {
        learnStatus(pid);
        this.#on({ kind: "output", task, stream, bytes });
      },
    });
    this.#running.set(task.id, started);
    this.#pids.set(started.pid, task.id);
    const end = await started.end;
    this.#running.delete(task.id);
    learnStatus(started.pid);
    return end;
  }

  #statusOf(task: Task, step: Step, pid: number): { readonly status: TaskStatus; readonly cause: string | null } {
    if (this.#options.isUncached || !task.rule.cache) return { status: "bypassed", cause: null };
    const observed = this.#context.observed(pid);
    if (observed?.status !== "ran") return { status: observed?.status ?? "unobserved", cause: null };
    return { status: "ran", cause: observed.cause ?? this.#context.newCause(task, step) };
  }
}
