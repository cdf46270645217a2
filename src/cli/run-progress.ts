// A line at the bottom of a terminal while tasks run: how many are done, which run,
// and how long it will take as far as the last run tells. Only where a person looks.

import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { join, type AbsPath } from "../base/path.ts";
import type { TaskEvent } from "../run/execute.ts";
import type { TaskGraph, TaskId } from "../workspace/graph.ts";
import { isObject, parseJson } from "../workspace/json.ts";
import { textAt } from "../workspace/manifest.ts";
import { remainingMs } from "./estimate.ts";
import { stateFolder, writeState } from "../workspace/state-folder.ts";
import { durationText, prefixOf } from "./task-lines.ts";

const FILE = "durations.json";
/** What is over sooner needs no line. */
const SHOWN_AFTER_MS = 1000;
const SHOWN_EVERY_MS = 500;
const NAMES_MAX = 3;
/** Narrower terminals would wrap it, and it could not be taken away again. */
const WIDTH = 79;
/** Tasks that are remembered; beyond it the file is begun anew. */
const DURATIONS_MAX = 10_000;

export function readDurations(disk: Disk, root: AbsPath): Map<TaskId, number> {
  const text = textAt(disk, join(stateFolder(root), FILE));
  const parsed = parseJson(text.ok ? (text.value ?? "{}") : "{}");
  const tasks = parsed.ok && isObject(parsed.value) ? parsed.value["tookMs"] : undefined;
  const found = new Map<TaskId, number>();
  if (isObject(tasks)) for (const [id, ms] of Object.entries(tasks)) if (typeof ms === "number" && ms >= 0) found.set(id as TaskId, ms); // Ids as they were written.
  return found;
}

interface RunProgressOptions {
  readonly graph: TaskGraph;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly root: AbsPath;
  /** In place of what it showed last. */
  readonly show: (text: string) => void;
}

export class RunProgress {
  readonly #options: RunProgressOptions;
  readonly #durations: Map<TaskId, number>;
  readonly #running = new Map<TaskId, number>();
  readonly #over = new Set<TaskId>();
  readonly #startedMs: number;
  #total = 0;
  #isShown = false;
  #hasLearnt = false;

  constructor(options: RunProgressOptions) {
    this.#options = options;
    this.#durations = readDurations(options.disk, options.root);
    this.#startedMs = this.#nowMs();
    for (const { command } of options.graph.values()) if (command !== null) this.#total += 1;
  }

  on(event: TaskEvent): void {
    const { id } = event.task;
    if (event.kind === "started") this.#running.set(id, this.#nowMs());
    if (event.kind !== "ended" && event.kind !== "skipped") return;
    this.#running.delete(id);
    this.#over.add(id);
    if (event.kind === "skipped" || event.status === "replayed" || event.end.kind !== "exited" || event.end.code !== 0) return;
    this.#durations.set(id, event.tookMs);
    this.#hasLearnt = true;
  }

  text(): string {
    const { graph, concurrency } = this.#options;
    const names = [...this.#running.keys()].map(prefixOf);
    const left = remainingMs({ graph, concurrency, durations: this.#durations, running: this.#running, over: this.#over, nowMs: this.#nowMs() });
    const parts = [
      `${String(this.#over.size)} of ${String(this.#total)} tasks`,
      ...(left === null || left < SHOWN_AFTER_MS ? [] : [`about ${durationText(Math.ceil(left / 1000) * 1000).replace(/\.0+s$/, "s")} left`]),
      ...(names.length === 0 ? [] : [`${names.slice(0, NAMES_MAX).join(", ")}${names.length > NAMES_MAX ? ` and ${String(names.length - NAMES_MAX)} more` : ""}`]),
    ];
    return parts.join("; ").slice(0, WIDTH);
  }

  /** Shows it from time to time until the function that it gives is called. */
  begin(): () => void {
    const timer = setInterval(() => {
      if (this.#nowMs() - this.#startedMs < SHOWN_AFTER_MS) return;
      this.#isShown = true;
      this.#options.show(this.text());
    }, SHOWN_EVERY_MS);
    return () => {
      clearInterval(timer);
      this.clear();
      this.#keep();
    };
  }

  /** Before anything else is printed. */
  clear(): void {
    if (this.#isShown) this.#options.show("");
    this.#isShown = false;
  }

  /** An estimate that cannot be kept is none next time, and nobody's error. */
  #keep(): void {
    if (!this.#hasLearnt) return;
    const { disk, root } = this.#options;
    const kept = [...this.#durations].slice(-DURATIONS_MAX);
    writeState(disk, root, FILE, `${JSON.stringify({ version: 1, tookMs: Object.fromEntries(kept) })}\n`);
  }

  #nowMs(): number {
    return Number(this.#options.clock.nowNs() / 1_000_000n);
  }
}
