// --summarize: one JSON file a run, .fathom/summaries/<time>-<pid>.json, with names
// as in turbo's where the meaning is the same. Described in docs/reference/cli.md.

import type { Clock } from "../base/clock.ts";
import { codeOf, type TaskEvent } from "../run/execute.ts";
import type { EnvMode } from "../run/given.ts";
import type { TaskGraph, TaskId } from "../workspace/graph.ts";
import { shown } from "../workspace/manifest.ts";
import type { AbsPath } from "../base/path.ts";

const VERSION = "1";

interface Times {
  readonly startTime: number;
  endTime: number | null;
}

export interface Summarised {
  readonly graph: TaskGraph;
  readonly root: AbsPath;
  readonly packages: readonly string[];
  readonly envMode: EnvMode;
  /** As it was typed, without arguments for scripts. */
  readonly command: string;
  readonly exitCode: number;
  readonly errorOf: (id: TaskId) => string | null;
}

/** Hears of everything that happens, and says at the end what came of it. */
export class SummaryFile {
  readonly #clock: Clock;
  readonly #startTime: number;
  readonly #times = new Map<TaskId, Times>();
  readonly #ends = new Map<TaskId, Extract<TaskEvent, { readonly kind: "ended" }>>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startTime = this.#nowMs();
  }

  on(event: TaskEvent): void {
    const { id } = event.task;
    if (event.kind === "started") this.#times.set(id, { startTime: this.#nowMs(), endTime: null });
    if (event.kind !== "ended") return;
    this.#ends.set(id, event);
    const times = this.#times.get(id);
    if (times !== undefined) times.endTime = this.#nowMs();
  }

  name(pid: number): string {
    return `${new Date(this.#startTime).toISOString().replaceAll(":", "-")}-${String(pid)}`;
  }

  /** Milliseconds since 1970 for times, as in turbo's. */
  value(id: string, { graph, root, packages, envMode, command, exitCode, errorOf }: Summarised): object {
    const tasks = [...graph.values()].filter((task) => task.command !== null);
    const ends = tasks.flatMap((task) => this.#ends.get(task.id) ?? []);
    const isGood = ({ end }: { readonly end: Parameters<typeof codeOf>[0] }): boolean => codeOf(end) === 0;
    return {
      id, version: VERSION, envMode, packages,
      execution: {
        command, attempted: ends.length, success: ends.filter(isGood).length, failed: ends.filter((end) => !isGood(end)).length,
        cached: ends.filter((end) => end.status === "replayed" && isGood(end)).length, skipped: tasks.length - ends.length,
        startTime: this.#startTime, endTime: this.#nowMs(), exitCode,
      },
      tasks: tasks.map((task) => {
        const ended = this.#ends.get(task.id);
        const times = this.#times.get(task.id);
        const error = ended === undefined || isGood(ended) ? null : errorOf(task.id);
        return {
          taskId: task.id, task: task.name, package: task.owner.name, directory: shown(task.owner.folder, root), command: task.command,
          dependencies: task.dependsOn, dependents: tasks.filter(({ dependsOn }) => dependsOn.includes(task.id)).map((other) => other.id),
          persistent: task.rule.persistent, env: task.rule.env,
          cache: ended === undefined ? null : { status: ended.status === "replayed" ? "HIT" : "MISS", local: ended.status === "replayed", remote: false, how: ended.status },
          execution: ended === undefined ? null : { startTime: times?.startTime ?? null, endTime: times?.endTime ?? null, exitCode: codeOf(ended.end), ...(error === null ? {} : { error }) },
        };
      }),
    };
  }

  #nowMs(): number {
    return Number(this.#clock.realtimeNs() / 1_000_000n);
  }
}
