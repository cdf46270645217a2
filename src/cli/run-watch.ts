// `fathom run --watch`: when files change, the tasks that looked at them, and what
// waits for those, are asked about again; what still holds is replayed. Persistent
// tasks run on, until somebody asks for another start.

import type { Disk } from "../base/disk.ts";
import type { Failure, Result } from "../base/result.ts";
import type { AbsPath } from "../base/path.ts";
import { toText } from "../base/path.ts";
import type { Execution, Ran } from "../run/execute.ts";
import type { Outcomes } from "../run/outcomes.ts";
import type { RanInOrder, Rounds } from "../run/rounds.ts";
import { PathsSeen } from "../run/paths-seen.ts";
import { concernedBy, type TaskSaw } from "../run/watch.ts";
import { among, type Task, type TaskGraph, type TaskId } from "../workspace/graph.ts";
import { shown } from "../workspace/manifest.ts";
import { FileWatch } from "./file-watch.ts";
import type { Printer } from "./render.ts";
import type { Prepared } from "./run-plan.ts";
import { onSignals, type Ending } from "./signals.ts";

export interface WatchGround {
  readonly go: (of: Prepared, graph: TaskGraph, toEnd: (rounds: Rounds) => Promise<RanInOrder>) => Promise<RanInOrder>;
  readonly persistent: (of: Prepared, graph: TaskGraph) => Execution;
  readonly prepare: () => Promise<Result<Prepared, Failure>>;
  readonly outcomes: Pick<Outcomes, "sawOf">;
  readonly disk: Disk;
  readonly isJson: boolean;
  /** Who else takes the wish to start persistent tasks again; null: it is typed in a line. */
  readonly onRestart: ((restart: () => void) => void) | null;
  readonly print: Printer;
}

/** How a person asks for another start of persistent tasks. */
const RESTART = "r";
const BECAUSE_MAX = 3;

const persistentOf = ({ graph }: Prepared): TaskGraph => among(graph, ({ rule }) => rule.persistent);
const ordinaryOf = ({ graph }: Prepared): TaskGraph => among(graph, ({ rule }) => !rule.persistent);

/** The servers of a watched workspace. */
class Persistent {
  readonly #make: (of: Prepared, graph: TaskGraph) => Execution;
  #running: { readonly execution: Execution; readonly end: Promise<Ran> } | null = null;

  constructor(make: (of: Prepared, graph: TaskGraph) => Execution) {
    this.#make = make;
  }

  start(of: Prepared): void {
    const graph = persistentOf(of);
    if (this.#running !== null || graph.size === 0) return;
    const execution = this.#make(of, graph);
    // One that ends by itself is not started again before somebody asks.
    this.#running = { execution, end: execution.run() };
  }

  interrupt(signal: Ending, isForwarded: boolean): void {
    this.#running?.execution.interrupt(signal, isForwarded);
  }

  async ended(): Promise<void> {
    await this.#running?.end;
    this.#running = null;
  }

  async restart(of: Prepared): Promise<void> {
    this.interrupt("SIGTERM", true);
    await this.ended();
    this.start(of);
  }
}

/** What each task looked at when it ran last; a task of which the last run tells nothing is not in it. */
class Saw {
  readonly #saw = new Map<TaskId, TaskSaw>();
  readonly #outcomes: Pick<Outcomes, "sawOf">;

  constructor(outcomes: Pick<Outcomes, "sawOf">) {
    this.#outcomes = outcomes;
  }

  learn({ pids, everyPid }: RanInOrder): void {
    for (const id of new Set(pids.values())) {
      const looked = this.#of(pids, id);
      const wrote = [this.#saw.get(id) ?? null, ...this.#of(everyPid, id)].filter((part) => part !== null);
      this.#saw.delete(id);
      // What it made earlier, and found in place this time, is heard of now.
      if (!looked.includes(null)) this.#saw.set(id, { lookedAt: PathsSeen.all(looked.flatMap((part) => part?.lookedAt ?? [])), wrote: PathsSeen.all(wrote.map((part) => part.wrote)) });
    }
  }

  #of(pids: ReadonlyMap<number, TaskId>, task: TaskId): (TaskSaw | null)[] {
    return [...pids].flatMap(([pid, id]) => (id === task ? [this.#outcomes.sawOf(pid)] : []));
  }

  of(id: TaskId): TaskSaw | null {
    return this.#saw.get(id) ?? null;
  }
}

export async function watchTasks(first: Prepared, ground: WatchGround): Promise<number> {
  const { go, outcomes, isJson, print, onRestart } = ground;
  const isTyped = onRestart === null && process.stdin.isTTY;
  const files = await FileWatch.over(toText(first.workspace.root), ground.disk);
  const [stop, saw, persistent] = [new AbortController(), new Saw(outcomes), new Persistent(ground.persistent)];
  let [prepared, graph, rounds]: [Prepared, TaskGraph, Rounds | null] = [first, ordinaryOf(first), null];
  let exitCode = 0;
  const letGo = onSignals((signal, isForwarded) => {
    exitCode = signal === "SIGINT" ? 130 : 143;
    stop.abort();
    rounds?.interrupt(signal, isForwarded);
    persistent.interrupt(signal, isForwarded);
  });
  const asked = (text: Buffer): void => { if (text.toString().trim() === RESTART) void persistent.restart(prepared); };
  onRestart?.(() => void persistent.restart(prepared));
  if (isTyped) process.stdin.on("data", asked);
  for (;;) {
    files.begins();
    const ran = await go(prepared, graph, (started) => {
      rounds = started;
      return started.run();
    });
    await files.ended();
    rounds = null;
    saw.learn(ran);
    if (stop.signal.aborted) break;
    if (ran.exitCode === 0) persistent.start(prepared);
    if (isJson) print.value({ event: "watching" });
    else print.note(`fathom: watching for changes${isTyped && persistentOf(prepared).size > 0 ? `; "${RESTART}" and Enter starts persistent tasks again` : ""}`);
    const next = await nextTasks(files, prepared, saw, stop.signal, ground);
    if (next === null) break;
    [prepared, graph] = [next.prepared, next.graph];
    const because = next.because.map((path) => shown(path, prepared.workspace.root));
    if (isJson) print.value({ event: "changed", paths: because });
    else print.note(`fathom: ${because.slice(0, BECAUSE_MAX).join(", ")}${because.length > BECAUSE_MAX ? ` and ${String(because.length - BECAUSE_MAX)} more` : ""} changed`);
  }
  await persistent.ended();
  letGo();
  if (isTyped) process.stdin.off("data", asked).pause();
  await files.close();
  return exitCode;
}

interface Next {
  readonly prepared: Prepared;
  readonly graph: TaskGraph;
  readonly because: readonly AbsPath[];
}

/** Waits for changes that concern a task. The workspace is looked at anew each time: a package.json may be what changed. Null: stopped. */
async function nextTasks(files: FileWatch, before: Prepared, saw: Saw, stop: AbortSignal, { prepare, print }: WatchGround): Promise<Next | null> {
  for (;;) {
    const changes = await files.next(stop);
    if (changes.length === 0) return null;
    const prepared = await prepare();
    if (!prepared.ok) {
      print.failure(prepared.failure);
      continue;
    }
    const graph = ordinaryOf(prepared.value);
    const isNew = (task: Task): boolean => before.graph.get(task.id)?.command !== task.command;
    const { tasks, because } = concernedBy(changes, graph, (id) => saw.of(id));
    const next = among(graph, (task) => tasks.has(task.id) || isNew(task));
    if (next.size > 0) return { prepared: prepared.value, graph: next, because: because.length > 0 ? because : changes.map(({ path }) => path) };
  }
}
