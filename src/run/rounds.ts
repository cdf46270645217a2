// Tasks in the order that is declared, and then once more where that was not the
// right one: when all have ended it is known which of them read what others wrote.
// Who read too early runs again, after the other, and so does what waits for it.

import type { AbsPath } from "../base/path.ts";
import type { Result, Failure } from "../base/result.ts";
import { among, waitsFor, withOrder, type TaskGraph, type TaskId } from "../workspace/graph.ts";
import { merged, type ObservedEdge } from "../workspace/observed-order.ts";
import { codeOf, Execution, type ExecuteContext, type ExecuteOptions, type Ran, type TaskEvent } from "./execute.ts";
import type { Outcomes } from "./outcomes.ts";

export interface RoundsContext extends ExecuteContext {
  readonly outcomes: Pick<Outcomes, "unsaid" | "follows">;
  /** How a person names a path. */
  readonly shown: (path: AbsPath) => string;
  readonly wait: (ms: number) => Promise<void>;
  /** Keeps the order for later runs. */
  readonly keep: (edges: readonly ObservedEdge[]) => Result<unknown, Failure>;
}

export interface RoundsOptions extends ExecuteOptions {
  /** What earlier runs saw. */
  readonly observed: readonly ObservedEdge[];
  /** Whatever comes first: nothing runs again. */
  readonly isParallel: boolean;
}

export interface RanInOrder extends Ran {
  /** Like `pids`, and also of what then ran again. */
  readonly everyPid: ReadonlyMap<number, TaskId>;
  /** What is new since the last run and is not declared. */
  readonly learnt: readonly ObservedEdge[];
  /** Why it could not be kept, where it could not. */
  readonly unkept: Failure | null;
}

/** A task that makes another one's input differ each time it runs must not keep us for ever. */
const ROUNDS_MAX = 5;

/** The engine looks at a task within moments of its end. Longer, and what it has to say is missed: an order, no result. */
const ANSWER_MS_MAX = 20_000;
const LOOK_MS = 5;

export class Rounds {
  readonly #options: RoundsOptions;
  readonly #context: RoundsContext;
  readonly #on: (event: TaskEvent) => void;
  #execution: Execution;
  #learnt = 0;
  /** Of tasks that may have come too early. */
  readonly #failures = new Map<TaskId, TaskEvent>();

  constructor(options: RoundsOptions, context: RoundsContext, on: (event: TaskEvent) => void) {
    this.#options = options;
    this.#context = context;
    this.#on = on;
    this.#execution = new Execution(options, context, this.#hear);
  }

  interrupt(signal: "SIGINT" | "SIGTERM", isForwarded: boolean): void {
    this.#execution.interrupt(signal, isForwarded);
  }

  readonly #hear = (event: TaskEvent): void => {
    if (event.kind === "failed") this.#failures.set(event.task.id, event);
    else this.#on(event);
  };

  async run(): Promise<RanInOrder> {
    const { graph: declared, isParallel } = this.#options;
    let [graph, ran] = [declared, await this.#execution.run()];
    const edges: ObservedEdge[] = [];
    const pids = new Map(ran.pids);
    for (let round = 1; !ran.isInterrupted; round++) {
      await this.#settle(ran);
      const found = this.#find(pids);
      edges.push(...found.map(({ edge }) => edge));
      if (isParallel || round === ROUNDS_MAX) break;
      const early = found.filter(({ edge, isTooEarly, pid }) => isTooEarly && ran.pids.has(pid) && !waitsFor(graph, edge.before, edge.after));
      graph = withOrder(graph, early.map(({ edge }) => edge));
      const again = this.#again(graph, new Set(early.map(({ edge }) => edge.after)), ran);
      for (const id of again) this.#failures.delete(id);
      this.#tellFailures();
      if (again.size === 0) break;
      for (const { edge: { before, after, path } } of early) {
        const task = graph.get(after);
        if (task !== undefined) this.#on({ kind: "again", task, before, path: this.#context.shown(path) });
      }
      this.#execution = new Execution({ ...this.#options, graph: among(graph, ({ id }) => again.has(id)) }, this.#context, this.#hear);
      const next = await this.#execution.run();
      for (const [pid, id] of next.pids) pids.set(pid, id);
      ran = together(ran, next);
    }
    this.#tellFailures();
    return { ...ran, everyPid: pids, ...this.#conclude(declared, edges, ran) };
  }

  #tellFailures(): void {
    for (const event of this.#failures.values()) this.#on(event);
    this.#failures.clear();
  }

  /** Until the engine has looked at everything that ran. */
  async #settle({ pids }: Ran): Promise<void> {
    const { outcomes, wait } = this.#context;
    for (let waitedMs = 0; waitedMs < ANSWER_MS_MAX; waitedMs += LOOK_MS) {
      if (outcomes.unsaid([...pids.keys()]).length === 0) return;
      await wait(LOOK_MS);
    }
  }

  #find(pids: ReadonlyMap<number, TaskId>): { readonly edge: ObservedEdge; readonly isTooEarly: boolean; readonly pid: number }[] {
    const all = this.#context.outcomes.follows();
    const fresh = all.slice(this.#learnt);
    this.#learnt = all.length;
    return fresh.flatMap((each) => {
      const [before, after] = [pids.get(each.before), pids.get(each.after)];
      return before === undefined || after === undefined || before === after ? [] : [{ edge: { before, after, path: each.path }, isTooEarly: each.isTooEarly, pid: each.after }];
    });
  }

  /** What came too early, what waits for it, and what was skipped because one of these failed, and for no other reason. */
  #again(graph: TaskGraph, early: ReadonlySet<TaskId>, { outcomes }: Ran): ReadonlySet<TaskId> {
    const again = new Set<TaskId>(early);
    if (early.size === 0) return again;
    for (const [id, { dependsOn }] of graph) if (outcomes.get(id) !== "skipped" && dependsOn.some((before) => again.has(before))) again.add(id);
    const hasFailed = [...outcomes].some(([id, outcome]) => outcome === "failed" && !again.has(id));
    if (hasFailed && this.#options.onFailure === "never") return again;
    for (const [id, { dependsOn }] of graph) if (outcomes.get(id) === "skipped" && dependsOn.every((before) => again.has(before) || outcomes.get(before) === "done")) again.add(id);
    return again;
  }

  #conclude(declared: TaskGraph, edges: readonly ObservedEdge[], ran: Ran): Pick<RanInOrder, "learnt" | "unkept"> {
    const undeclared = edges.filter(({ before, after }) => !waitsFor(declared, after, before) || this.#options.observed.some((known) => known.before === before && known.after === after));
    // Each reads what the other writes: neither comes first.
    const isOneWay = ({ before, after }: ObservedEdge): boolean => !waitsFor(declared, before, after) && !undeclared.some((other) => other.before === after && other.after === before);
    const kept = undeclared.filter(isOneWay);
    const unsaid = new Set(this.#context.outcomes.unsaid([...ran.pids.keys()]));
    const seen = new Set([...ran.pids].filter(([pid]) => !unsaid.has(pid)).map(([, id]) => id).filter((id) => ran.statuses.get(id) === "ran"));
    const before = this.#options.observed;
    const after = merged(before, kept, seen);
    const pairs = new Set(before.map((edge) => `${edge.before} ${edge.after}`));
    const learnt = after.filter((edge) => !pairs.has(`${edge.before} ${edge.after}`));
    if (learnt.length === 0 && after.length === before.length) return { learnt, unkept: null };
    const done = this.#context.keep(after);
    return { learnt, unkept: done.ok ? null : done.failure };
  }
}

function together(first: Ran, second: Ran): Ran {
  const ends = new Map([...first.ends, ...second.ends]);
  const pids = new Map([...[...first.pids].filter(([, id]) => !second.ends.has(id)), ...second.pids]);
  const exitCode = second.isInterrupted ? second.exitCode : Math.max(0, ...[...ends.values()].map(codeOf));
  return {
    outcomes: new Map([...first.outcomes, ...second.outcomes]), statuses: new Map([...first.statuses, ...second.statuses]),
    ends, pids, isInterrupted: second.isInterrupted, exitCode,
  };
}
