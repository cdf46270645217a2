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
import { concernedBy, type Change, type TaskSaw } from "../run/watch.ts";
import { among, waitsFor, type Task, type TaskGraph, type TaskId } from "../workspace/graph.ts";
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

/** The servers of a watched workspace. One that ends by itself is not started again before somebody asks. */
class Persistent {
  readonly #make: (of: Prepared, graph: TaskGraph) => Execution;
  readonly #running = new Map<TaskId, { readonly execution: Execution; readonly end: Promise<Ran> }>();

  constructor(make: (of: Prepared, graph: TaskGraph) => Execution) {
    this.#make = make;
  }

  start(of: Prepared): void {
    for (const { id } of persistentOf(of).values()) {
      if (this.#running.has(id)) continue;
      const execution = this.#make(of, among(of.graph, (task) => task.id === id));
      this.#running.set(id, { execution, end: execution.run() });
    }
  }

  interrupt(signal: Ending, isForwarded: boolean): void {
    for (const { execution } of this.#running.values()) execution.interrupt(signal, isForwarded);
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ end }) => end));
    this.#running.clear();
  }

  async restart(of: Prepared, isMeant: (id: TaskId) => boolean): Promise<void> {
    const meant = [...this.#running].filter(([id]) => isMeant(id));
    for (const [, { execution }] of meant) execution.interrupt("SIGTERM", true);
    for (const [id, { end }] of meant) {
      await end;
      this.#running.delete(id);
    }
    this.start(of);
  }
}

/** Those that may be started again without being asked about, because of what ran or what was changed by hand. Nobody knows what they looked at: they have not ended. */
function interrupted({ graph }: Prepared, ran: TaskGraph, changes: readonly Change[]): ReadonlySet<TaskId> {
  const isBelow = ({ path }: Change, { owner }: Task): boolean => path.startsWith(`${owner.folder}/`);
  const meant = [...graph.values()].filter(({ rule }) => rule.persistent && rule.interruptible)
    .filter((task) => [...ran.keys()].some((id) => waitsFor(graph, task.id, id)) || changes.some((change) => isBelow(change, task)));
  return new Set(meant.map(({ id }) => id));
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
  const asked = (text: Buffer): void => { if (text.toString().trim() === RESTART) void persistent.restart(prepared, () => true); };
  onRestart?.(() => void persistent.restart(prepared, () => true));
  if (isTyped) process.stdin.on("data", asked);
  let restarted: ReadonlySet<TaskId> = new Set();
  for (;;) {
    files.begins();
    const ran = graph.size === 0 && restarted.size > 0 ? null : await go(prepared, graph, (started) => {
      rounds = started;
      return started.run();
    });
    await files.ended();
    rounds = null;
    if (ran !== null) saw.learn(ran);
    if (stop.signal.aborted) break;
    if (ran === null || ran.exitCode === 0) await persistent.restart(prepared, (id) => restarted.has(id));
    if (isJson) print.value({ event: "watching" });
    else print.note(`fathom: watching for changes${isTyped && persistentOf(prepared).size > 0 ? `; "${RESTART}" and Enter starts persistent tasks again` : ""}`);
    const next = await nextTasks(files, prepared, saw, stop.signal, ground);
    if (next === null) break;
    [prepared, graph, restarted] = [next.prepared, next.graph, next.restarted];
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
  readonly restarted: ReadonlySet<TaskId>;
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
    const byHand = changes.filter(({ path, isDuring }) => !isDuring && ![...graph.keys()].some((id) => saw.of(id)?.wrote.has(path) === true));
    const restarted = interrupted(prepared.value, next, byHand);
    const others = byHand.length > 0 ? byHand : changes;
    if (next.size > 0 || restarted.size > 0) return { prepared: prepared.value, graph: next, restarted, because: because.length > 0 ? because : others.map(({ path }) => path) };
  }
}
