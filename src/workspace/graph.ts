// The tasks of one invocation and what each waits for. Pure: packages, links and
// rules in; a graph without circles out, or the circle.

import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { Package, Workspace } from "./discover.ts";
import { perhaps } from "./nearest.ts";
import type { ObservedEdge } from "./observed-order.ts";
import type { Rules, TaskRule } from "./rules.ts";

/** "web#build"; of the root "//#build". */
export type TaskId = string & { readonly brand: "TaskId" };

export const ROOT_NAME = "//";

export const taskId = (packageName: string, task: string): TaskId => `${packageName}#${task}` as TaskId;

export interface Task {
  readonly id: TaskId;
  readonly owner: Package;
  readonly name: string;
  /** What is run; null: its package has no such script, and it only stands between others. */
  readonly command: string | null;
  readonly rule: TaskRule;
  /** What must have ended well before, in the order in which it was named. */
  readonly dependsOn: readonly TaskId[];
}

/** In an order in which each comes after what it waits for. */
export type TaskGraph = ReadonlyMap<TaskId, Task>;

export interface Wanted {
  /** Names of scripts, or "web#build". */
  readonly tasks: readonly string[];
  /** Names of the chosen packages. */
  readonly packages: readonly string[];
  /** They are all that there are: the root's own tasks are meant as well, where somebody speaks of them by name. */
  readonly isAll?: boolean;
  /** Nothing but what was named: no task that comes before. */
  readonly isOnly: boolean;
  /** All at once, whatever comes first. */
  readonly isParallel: boolean;
}

export interface Ground {
  readonly workspace: Workspace;
  readonly links: ReadonlyMap<string, readonly string[]>;
  readonly rules: Rules;
  /** What earlier runs saw: as good as what is declared, but never a reason for a circle. */
  readonly observed?: readonly ObservedEdge[];
}

class Building {
  readonly #ground: Ground;
  readonly #byName: ReadonlyMap<string, Package>;
  readonly #done = new Map<TaskId, Task>();
  /** From the wanted task down to the one that is looked at. */
  readonly #path: TaskId[] = [];

  constructor(ground: Ground) {
    this.#ground = ground;
    const { packages, rootPackage } = ground.workspace;
    // Nx names the root as any project, by its package.json.
    this.#byName = new Map([[rootPackage.name, rootPackage] as const, ...packages.map((each) => [each.name, each] as const), [ROOT_NAME, rootPackage] as const]);
  }

  get done(): TaskGraph {
    return this.#done;
  }

  get names(): Iterable<string> {
    return this.#byName.keys();
  }

  packageNamed(name: string): Package | undefined {
    return this.#byName.get(name);
  }

  add(owner: Package, name: string, follows: boolean): Result<TaskId, Failure> {
    const id = taskId(owner === this.#ground.workspace.rootPackage && this.#isMany ? ROOT_NAME : owner.name, name);
    if (this.#done.has(id)) return ok(id);
    const from = this.#path.indexOf(id);
    if (from >= 0) return fail(circle([...this.#path.slice(from), id]));
    const rule = this.#ground.rules.of(owner, name);
    this.#path.push(id);
    const dependsOn = follows ? this.#dependencies(owner, name, rule) : ok([]);
    this.#path.pop();
    if (!dependsOn.ok) return dependsOn;
    const command = rule.command ?? owner.manifest.scripts.get(name) ?? null;
    this.#done.set(id, { id, owner, name, command: command === "" ? null : command, rule, dependsOn: dependsOn.value });
    return ok(id);
  }

  /** Tasks that earlier runs saw to come before what is in the graph, and what comes before those. */
  addObserved(): Result<void, Failure> {
    const { observed = [] } = this.#ground;
    for (let count = -1; count !== this.#done.size;) {
      count = this.#done.size;
      for (const { before, after } of observed) {
        const cut = before.lastIndexOf("#");
        const owner = this.#byName.get(before.slice(0, cut));
        if (!this.#done.has(after) || owner === undefined || !hasTask(owner, before.slice(cut + 1), this.#ground)) continue;
        const added = this.add(owner, before.slice(cut + 1), true);
        if (!added.ok) return added;
      }
    }
    return ok(undefined);
  }

  get #isMany(): boolean {
    return !this.#ground.workspace.packages.includes(this.#ground.workspace.rootPackage);
  }

  #dependencies(owner: Package, name: string, rule: TaskRule): Result<TaskId[], Failure> {
    const ids = new Set<TaskId>();
    for (const text of rule.dependsOn) {
      for (const each of this.#meant(owner, text)) {
        if (each === null) return fail({ code: "task-unknown", message: `Cannot order "${taskId(owner.name, name)}": it depends on "${text}", and there is no such package`, advice: perhaps(text.split("#")[0] ?? "", this.names, "Look at \"dependsOn\"") });
        const added = this.add(each.owner, each.task, true);
        if (!added.ok) return added;
        ids.add(added.value);
      }
    }
    return ok([...ids]);
  }

  #meant(owner: Package, text: string): ({ readonly owner: Package; readonly task: string } | null)[] {
    if (text.startsWith("^")) {
      const task = text.slice(1);
      return (this.#ground.links.get(owner.name) ?? []).map((name) => {
        const other = this.#byName.get(name);
        return other === undefined ? null : { owner: other, task };
      });
    }
    const cut = text.lastIndexOf("#");
    if (cut < 0) return [{ owner, task: text }];
    const other = this.#byName.get(text.slice(0, cut));
    return [other === undefined ? null : { owner: other, task: text.slice(cut + 1) }];
  }
}

const circle = (path: readonly TaskId[]): Failure => ({
  code: "task-circle",
  message: `Cannot order the tasks: each of these waits for the next: ${path.join(" -> ")}`,
  advice: "Remove one of these dependencies, in package.json or where the order of tasks is written",
});

function unknown(task: string, { workspace }: Ground): Failure {
  if (workspace.rootPackage.manifest.scripts.has(task)) {
    return { code: "task-unknown", message: `Cannot find a script "${task}" in any of the chosen packages`, advice: `The root has one: fathom run ${ROOT_NAME}#${task}` };
  }
  const names = new Set([workspace.rootPackage, ...workspace.packages].flatMap(({ manifest }) => [...manifest.scripts.keys()]));
  const some = [...names].slice(0, 8).join(", ");
  return {
    code: "task-unknown", message: `Cannot find a script "${task}" in any of the chosen packages`,
    advice: perhaps(task, names, names.size === 0 ? "No package.json of this workspace has scripts" : `There is ${some}${names.size > 8 ? ", ..." : ""}`),
  };
}

/** Each task that was asked for in each chosen package that has it, with all that comes first. */
export function taskGraph(wanted: Wanted, ground: Ground): Result<{ readonly graph: TaskGraph; readonly asked: ReadonlySet<TaskId> }, Failure> {
  const building = new Building(ground);
  const asked = new Set<TaskId>();
  for (const text of wanted.tasks) {
    const cut = text.lastIndexOf("#");
    const task = text.slice(cut + 1);
    const root = wanted.isAll === true && ground.rules.namesOfRoot(task) ? [ROOT_NAME] : [];
    const owners = (cut < 0 ? [...root, ...wanted.packages] : [text.slice(0, cut)]).map((name) => building.packageNamed(name));
    if (cut >= 0 && owners[0] === undefined) {
      return fail({ code: "task-unknown", message: `Cannot run "${text}": there is no package "${text.slice(0, cut)}"`, advice: perhaps(text.slice(0, cut), building.names, "fathom run takes names of scripts, or package#script") });
    }
    const having = owners.filter((owner) => owner !== undefined).filter((owner) => hasTask(owner, task, ground));
    if (having.length === 0) return fail(unknown(task, ground));
    for (const owner of having) {
      const added = building.add(owner, task, !wanted.isParallel);
      if (!added.ok) return added;
      asked.add(added.value);
    }
  }
  if (wanted.isParallel) return ok({ graph: wanted.isOnly ? amongThemselves(building.done, asked) : building.done, asked });
  const observed = building.addObserved();
  if (!observed.ok) return observed;
  const graph = withOrder(building.done, ground.observed ?? []);
  return ok({ graph: wanted.isOnly ? amongThemselves(graph, asked) : graph, asked });
}

/** Whether `id` waits for `other`, through whatever is between them. */
export function waitsFor(graph: TaskGraph, id: TaskId, other: TaskId, seen: Set<TaskId> = new Set()): boolean {
  return (graph.get(id)?.dependsOn ?? []).some((before) => {
    if (before === other) return true;
    if (seen.has(before)) return false;
    seen.add(before);
    return waitsFor(graph, before, other, seen);
  });
}

/** The graph in which each `after` waits for its `before` as well, where both are in it and that closes no circle. */
export function withOrder(graph: TaskGraph, edges: readonly Pick<ObservedEdge, "before" | "after">[]): TaskGraph {
  const ordered = new Map(graph);
  for (const { before, after } of edges) {
    const task = ordered.get(after);
    if (task === undefined || before === after || !ordered.has(before) || waitsFor(ordered, after, before) || waitsFor(ordered, before, after)) continue;
    ordered.set(after, { ...task, dependsOn: [...task.dependsOn, before] });
  }
  return sorted(ordered);
}

/** Some of the tasks. Of what comes before them nothing is waited for but what is among them. */
export function among(graph: TaskGraph, isMeant: (task: Task) => boolean): TaskGraph {
  const meant = new Map([...graph].filter(([, task]) => isMeant(task)));
  return new Map([...meant].map(([id, task]) => [id, { ...task, dependsOn: task.dependsOn.filter((before) => meant.has(before)) }]));
}

function sorted(graph: TaskGraph): TaskGraph {
  const done = new Map<TaskId, Task>();
  const add = (id: TaskId): void => {
    const task = graph.get(id);
    if (task === undefined || done.has(id)) return;
    for (const before of task.dependsOn) add(before);
    done.set(id, task);
  };
  for (const id of graph.keys()) add(id);
  return done;
}

const hasTask = (owner: Package, task: string, { rules }: Ground): boolean => owner.manifest.scripts.has(task) || (rules.of(owner, task).command ?? "") !== "";

/** Those that were named, and which of them wait for which, through all that is left out. */
function amongThemselves(whole: TaskGraph, named: ReadonlySet<TaskId>): TaskGraph {
  const behind = (id: TaskId, found: Set<TaskId>, seen: Set<TaskId>): Set<TaskId> => {
    for (const next of whole.get(id)?.dependsOn ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (named.has(next)) found.add(next);
      else behind(next, found, seen);
    }
    return found;
  };
  return new Map([...whole].flatMap(([id, task]) => (named.has(id) ? [[id, { ...task, dependsOn: [...behind(id, new Set(), new Set())] }]] : [])));
}
