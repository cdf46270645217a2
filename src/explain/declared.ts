// Which target a command of a run belonged to, and whether the tool that started it
// knows an order between two of them. Commands are found by their line; of a rule
// with several targets the first run of a line belongs to the first of them, and so on.

import { toText } from "../base/path.ts";
import type { Roots } from "../cache/roots.ts";
import { buildFolder, MAKEFILES, namedMakefile } from "./build-folder.ts";
import { NO_TASKS, TaskOrder } from "./declared-tasks.ts";
import { plainLine, type DeclaredGraph, type DeclaredTarget } from "./declared-graph.ts";
import type { TracedProcess } from "./trace.ts";

export interface TaskTarget {
  readonly graph: DeclaredGraph;
  /** Whoever started it does one thing after the other. */
  readonly isSerial: boolean;
  /** It is a line of that target's recipe; false: it is taken for one by what it wrote. */
  readonly isRecipe: boolean;
  readonly name: string;
  readonly target: DeclaredTarget;
}

export type DeclaredOrder =
  | "declared"
  /** The tool knows both, and no order between them. */
  | "undeclared"
  | "unknown";

export interface StartedTask {
  readonly task: TracedProcess;
  /** Tokens, with what it started. Entries are read for it: asked only where the line says nothing. */
  readonly wrote: () => Iterable<string>;
  /** A build tool is in it: what that makes is not its own target. */
  readonly isBuild: boolean;
}

const NOTHING: DeclaredTarget = { waitsFor: [], alsoMakes: [], isPhony: false, isOfPattern: false, place: null };

export class Declared {
  readonly #graphs: readonly DeclaredGraph[];
  readonly #targets = new Map<number, TaskTarget>();
  readonly #direct = new Map<DeclaredTarget, ReadonlySet<string>>();
  readonly #reached = new Map<string, ReadonlySet<string>>();

  readonly tasks: TaskOrder;

  constructor(graphs: readonly DeclaredGraph[], tasks = NO_TASKS) {
    this.#graphs = graphs;
    this.tasks = new TaskOrder(tasks);
  }

  get isEmpty(): boolean {
    return this.#graphs.length === 0;
  }

  graphOf(scheduler: TracedProcess, roots: Pick<Roots, "locate" | "locateText">): DeclaredGraph | null {
    const folder = buildFolder(scheduler, roots);
    return this.#graphs.find((graph) => graph.folder === folder) ?? null;
  }

  /** What one tool started, in the order of their beginnings. */
  assign(scheduler: TracedProcess, tasks: readonly StartedTask[], roots: Pick<Roots, "locate" | "locateText">): void {
    const graph = this.graphOf(scheduler, roots);
    if (graph === null) return;
    const named = namedMakefile(scheduler, graph.folder, roots);
    const isSerial = (named === null ? MAKEFILES.map((name) => `${graph.folder}/${name}`) : [named]).some((file) => graph.serialFiles.has(file));
    const waiting = new Map<string, string[]>();
    for (const { line, target } of graph.lines) {
      const plain = plainLine(line);
      const known = waiting.get(plain);
      if (known === undefined) waiting.set(plain, [target]);
      else known.push(target);
    }
    for (const { task, wrote, isBuild } of tasks) {
      const [words, script] = linesOf(task, roots);
      const targets = waiting.get(script ?? words) ?? waiting.get(words);
      // The last one stays: a line may run more often than was foreseen.
      const name = targets === undefined ? (isBuild ? undefined : madeBy(wrote, graph, roots)) : targets.length > 1 ? targets.shift() : targets[0];
      if (name !== undefined) this.#targets.set(task.image, { graph, isSerial, isRecipe: targets !== undefined, name, target: graph.targets.get(name) ?? NOTHING });
    }
  }

  targetOf({ image }: Pick<TracedProcess, "image">): TaskTarget | null {
    return this.#targets.get(image) ?? null;
  }

  order(one: TracedProcess, other: TracedProcess): DeclaredOrder {
    const isOrdered = this.tasks.ofTasks(one, other);
    if (isOrdered !== null) return isOrdered ? "declared" : "undeclared";
    const [first, second] = [this.targetOf(one), this.targetOf(other)];
    if (first === null || second === null || first.graph !== second.graph) return "unknown";
    if (first.isSerial || first.name === second.name) return "declared";
    const [ofFirst, ofSecond] = [madeWith(first), madeWith(second)];
    const isBefore = (waits: (after: TaskTarget, name: string) => boolean): boolean => ofFirst.some((name) => waits(second, name)) || ofSecond.some((name) => waits(first, name));
    // Who reads what another makes mostly names it: what is further away is asked for last.
    const isDeclared = first.target.alsoMakes.includes(second.name) || isBefore((after, name) => this.#named(after).has(name)) || isBefore((after, name) => this.waitsFor(after, name));
    return isDeclared ? "declared" : "undeclared";
  }

  /** However far away it is, or made with what it waits for. */
  waitsFor(after: TaskTarget, name: string): boolean {
    return this.#named(after).has(name) || this.#closure(after).has(name);
  }

  #named({ target }: TaskTarget): ReadonlySet<string> {
    const known = this.#direct.get(target) ?? new Set(target.waitsFor);
    this.#direct.set(target, known);
    return known;
  }

  #closure({ graph, name }: TaskTarget): ReadonlySet<string> {
    const key = `${graph.folder}\0${name}`;
    const known = this.#reached.get(key);
    if (known !== undefined) return known;
    const reached = reachedFrom(graph, graph.targets.get(name)?.waitsFor ?? []);
    this.#reached.set(key, reached);
    return reached;
  }
}

/** They, what they wait for, and what is made with that. */
export function reachedFrom({ targets }: DeclaredGraph, names: Iterable<string>): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...names];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    const target = targets.get(next);
    for (const each of [...(target?.waitsFor ?? []), ...(target?.alsoMakes ?? [])]) waiting.push(each);
  }
  return reached;
}

const madeWith = ({ name, target }: TaskTarget): readonly string[] => [name, ...target.alsoMakes];

export const textOf = (token: string, roots: Pick<Roots, "locate">): string => toText(roots.locate(token) ?? token);

/** The words that it was started with, and what of them a tool may have handed to a shell: which of the two is the line it does not tell. */
function linesOf({ argv }: TracedProcess, roots: Pick<Roots, "locateText">): readonly [string, string | null] {
  const words = argv.map((word) => toText(roots.locateText(word) ?? word));
  const script = /(^|\/)(ba|da|z|k)?sh$/.test(words[0] ?? "") && /^-[a-z]*c$/.test(words[1] ?? "") ? words[2] : undefined;
  return [plainLine(words.join(" ")), script === undefined ? null : plainLine(script)];
}

/** Where the line says nothing (it was not to be run again): the first of its targets that it wrote. */
function madeBy(wrote: () => Iterable<string>, graph: DeclaredGraph, roots: Pick<Roots, "locate">): string | undefined {
  if (graph.targets.size === 0) return undefined;
  for (const at of wrote()) {
    const path = textOf(at, roots);
    if (graph.targets.has(path)) return path;
  }
  return undefined;
}
