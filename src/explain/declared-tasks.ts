// The order of tasks that a workspace declares: to `fathom run` by its graph of tasks, to
// other runners by which package depends on which, and to npm-run-all by its own words.
// Such a runner starts the one when the other has ended well.

import { toText } from "../base/path.ts";
import type { Roots } from "../cache/roots.ts";
import type { TracedProcess } from "./trace.ts";

type Waits = ReadonlyMap<string, readonly string[]>;

export interface DeclaredTasks {
  /** Of `fathom run`: "web#build", and what it waits for; null: the run was none, or its tasks are not known any more. */
  readonly tasks: Waits | null;
  /** Folders of packages, and those of the packages that they depend on. */
  readonly packages: Waits;
}

export const NO_TASKS: DeclaredTasks = { tasks: null, packages: new Map() };

/** They build a package after those that it depends on. */
const BY_PACKAGES = /(^|\/)(pnpm|turbo|nx|lerna)(\.[cm]?js)?$/;
/** They take the order from the sources themselves, whole: who reads what another one makes waits for it. */
const BY_SOURCES = /(^|\/)(go|cargo)$/;
export const isBySources = ({ program }: TracedProcess): boolean => BY_SOURCES.test(program);
const BY_WORDS = /(^|\/)(npm-run-all2?|run-s|run-p)(\/bin\/[\w-]+\/index|\/bin\/npm-run-all)?(\.js)?$/;

export class TaskOrder {
  readonly #declared: DeclaredTasks;

  constructor(declared: DeclaredTasks) {
    this.#declared = declared;
  }

  get isKnown(): boolean {
    return this.#declared.tasks !== null;
  }

  /** Null: not both are known. */
  ofTasks(one: TracedProcess, other: TracedProcess): boolean | null {
    const { tasks } = this.#declared;
    if (tasks === null || one.task === null || other.task === null || !tasks.has(one.task) || !tasks.has(other.task)) return null;
    return one.task === other.task || leadsTo(one.task, other.task, tasks) || leadsTo(other.task, one.task, tasks);
  }

  /** Whether that program sees to an order between the two. */
  isBy(runner: TracedProcess, one: TracedProcess, other: TracedProcess, roots: Pick<Roots, "locate">): boolean {
    const words = [runner.program, ...runner.argv.slice(0, 2)];
    if (isBySources(runner)) return true;
    if (words.some((word) => BY_WORDS.test(word))) return isInOrder(runner.argv, scriptOf(one), scriptOf(other));
    const { packages } = this.#declared;
    const [folder, otherFolder] = [one, other].map(({ cwd }) => toText(roots.locate(cwd) ?? cwd));
    return words.some((word) => BY_PACKAGES.test(word)) && folder !== undefined && otherFolder !== undefined && (leadsTo(folder, otherFolder, packages) || leadsTo(otherFolder, folder, packages));
  }
}

function leadsTo(from: string, to: string, waits: Waits): boolean {
  const seen = new Set([from]);
  for (const each of seen) {
    for (const next of waits.get(each) ?? []) {
      if (next === to) return true;
      seen.add(next);
    }
  }
  return false;
}

/** "npm run build": what is run. */
function scriptOf({ argv }: TracedProcess): string | null {
  const at = argv.findIndex((word) => word === "run" || word === "run-script");
  return at < 0 ? null : (argv.slice(at + 1).find((word) => !word.startsWith("-")) ?? null);
}

/** "npm-run-all clean -p build:* -s pack": groups one after the other, those of "-s" in themselves too. */
function isInOrder(argv: readonly string[], one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false;
  const places: { readonly pattern: string; readonly group: number; readonly isSerial: boolean }[] = [];
  let [group, isSerial] = [0, !argv.some((word) => /(^|\/)run-p(\/|\.js|$)/.test(word))];
  for (const word of argv.slice(1)) {
    if (/^(-p|--parallel|-s|--sequential|--serial)$/.test(word)) [group, isSerial] = [group + 1, !/^(-p|--parallel)$/.test(word)];
    else if (!word.startsWith("-") && !word.includes("/")) places.push({ pattern: word, group, isSerial });
  }
  const [first, second] = [one, other].map((name) => places.filter(({ pattern }) => matches(pattern, name)));
  // One that stands in several places ran in any of them.
  if (first?.length !== 1 || second?.length !== 1 || first[0] === undefined || second[0] === undefined) return false;
  return first[0].group !== second[0].group || first[0].isSerial;
}

/** "build:*" is one level, "build:**" all of them; arguments may stand behind the name. */
function matches(pattern: string, name: string): boolean {
  const [glob = ""] = pattern.split(" ");
  const source = glob.split("**").map((part) => part.split("*").map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join("[^:]*")).join(".*");
  return new RegExp(`^${source}$`).test(name);
}
