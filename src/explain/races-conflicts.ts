// Pairs of tasks that met on a path of which one of them changes something, and what
// orders the two: nothing, luck, or nobody knows. A task is what the innermost program
// above both started on either side.

import { searchedBy } from "../cache/libraries.ts";
import type { Roots } from "../cache/roots.ts";
import { isWithinToken } from "./races-paths.ts";
import { accessesIn, addTo, contested, type Access } from "./races-accesses.ts";
import { isBenign, isLocked, locksIn, sideOf, type Lock, type Side } from "./races-benign.ts";
import type { Declared } from "./declared.ts";
import type { Forest } from "./races-forest.ts";
import type { Ground } from "./ground.ts";
import { CHANGES, DID } from "./touch.ts";
import type { TracedProcess } from "./trace.ts";

export type Ordering = "none" | "luck" | "unknown";

export interface Conflict {
  readonly path: string;
  /** Above both tasks. */
  readonly scheduler: TracedProcess;
  /** Changes the path; of two that do the one that began first. */
  readonly writer: TracedProcess;
  readonly other: TracedProcess;
  readonly writing: Side;
  readonly using: Side;
  readonly ordering: Ordering;
}

/** Pairs of accesses to one path that are compared: of a log that thousands write the rest says nothing new. */
const PAIRS_MAX = 200_000;
/** Pairs of tasks of which nobody knows what orders them: where a tool cannot be asked there may be one for each file. */
const GUESSES_MAX = 1000;
/** Two numbers of images in one. */
const IMAGES_MAX = 2 ** 26;

export interface Conflicts {
  readonly conflicts: readonly Conflict[];
  /** Not all pairs were looked at. */
  readonly isCut: boolean;
}

interface Pair {
  readonly ordering: Ordering;
  readonly scheduler: TracedProcess;
  readonly tasks: readonly [TracedProcess, TracedProcess];
  readonly sides: readonly [Map<string, Access[]>, Map<string, Access[]>];
}

export function conflictsIn(forest: Forest, declared: Declared, ground: Pick<Ground, "records" | "roots">): Conflicts {
  const accesses = accessesIn(forest.trace, ground);
  const { pairs, isCut } = pairsIn(forest, declared, ground.roots, contested(accesses));
  const tasks = new Tasks(forest, accesses);
  const conflicts: Conflict[] = [];
  for (const { scheduler, ordering, tasks: [first, second], sides } of pairs) {
    for (const [path, ofFirst] of sides[0]) {
      const [one, other] = [sideOf(first, ofFirst), sideOf(second, sides[1].get(path) ?? [])];
      if (isBenign(path, one, other) || isLocked(path, one, other, [tasks.locksOf(first), tasks.locksOf(second)])) continue;
      if (isListing(one, other) && !sharesNames(path, (one.did & DID.listed) !== 0 && (other.did & DID.names) !== 0 ? [tasks.of(first), tasks.of(second)] : [tasks.of(second), tasks.of(first)])) continue;
      if (isListing(one, other) && [one, other].every((side) => isSearch(side, path, ground.roots))) continue;
      // make and ninja wait for ends, whatever is said to them.
      const isTold = ordering === "none" && !(forest.isScheduler(scheduler) && declared.graphOf(scheduler, ground.roots) !== null) && (wasToldOf(one, other, forest) || wasToldOf(other, one, forest));
      if (isTold && declared.tasks.isBy(scheduler, first, second, ground.roots)) continue;
      const isOneWriter = isWriting(one) && (!isWriting(other) || beganFirst(first, second));
      conflicts.push(isOneWriter
        ? { path, scheduler, writer: first, other: second, writing: one, using: other, ordering: isTold ? "unknown" : ordering }
        : { path, scheduler, writer: second, other: first, writing: other, using: one, ordering: isTold ? "unknown" : ordering });
    }
  }
  return { conflicts, isCut };
}

/** What each task did, with all that it started. */
class Tasks {
  readonly #forest: Forest;
  readonly #accesses: ReadonlyMap<number, readonly Access[]>;
  readonly #paths = new Map<number, ReadonlyMap<string, readonly Access[]>>();
  readonly #locks = new Map<number, readonly Lock[]>();

  constructor(forest: Forest, accesses: ReadonlyMap<number, readonly Access[]>) {
    this.#forest = forest;
    this.#accesses = accesses;
  }

  of(task: TracedProcess): ReadonlyMap<string, readonly Access[]> {
    const known = this.#paths.get(task.image);
    if (known !== undefined) return known;
    const paths = new Map<string, Access[]>();
    for (const { image } of this.#forest.below(task)) for (const access of this.#accesses.get(image) ?? []) addTo(paths, access.touch.at, access);
    this.#paths.set(task.image, paths);
    return paths;
  }

  locksOf(task: TracedProcess): readonly Lock[] {
    const known = this.#locks.get(task.image) ?? locksIn([...this.of(task)].map(([path, accesses]) => [path, sideOf(task, accesses)] as const));
    this.#locks.set(task.image, known);
    return known;
  }
}

function addOnce(lists: Map<string, Access[]>, path: string, access: Access): void {
  if (lists.get(path)?.includes(access) !== true) addTo(lists, path, access);
}

const isWriting = ({ did }: Side): boolean => (did & (CHANGES | DID.names)) !== 0;
const beganFirst = (one: TracedProcess, other: TracedProcess): boolean => one.startedUs < other.startedUs || (one.startedUs === other.startedUs && one.image < other.image);

/** Null: ordered. */
function orderingOf(forest: Forest, declared: Declared, roots: Ground["roots"], scheduler: TracedProcess, [one, other]: Pair["tasks"]): Ordering | null {
  const isJudged = forest.isScheduler(scheduler);
  if (forest.overlap(one, other)) {
    if (forest.arePiped(one, other)) return null;
    return !isJudged && (forest.mayBeTold(one) || forest.mayBeTold(other)) ? "unknown" : "none";
  }
  // Whoever becomes another program has done with the one.
  if (forest.isSuccessor(one) || forest.isSuccessor(other)) return null;
  if (declared.tasks.isBy(scheduler, one, other, roots)) return null;
  if (isJudged) {
    const order = declared.order(one, other);
    return order === "declared" ? null : order === "undeclared" ? "luck" : "unknown";
  }
  // A program that starts one thing after the other does so because it is written like that.
  return forest.hasConcurrentChildren(scheduler) && !forest.arePiped(one, other) ? "unknown" : null;
}

function pairsIn(forest: Forest, declared: Declared, roots: Ground["roots"], paths: ReadonlyMap<string, readonly Access[]>): { readonly pairs: Iterable<Pair>; readonly isCut: boolean } {
  /** Null: what orders the two is known. */
  const pairs = new Map<number, Pair | null>();
  let guesses = 0;
  let isCut = false;
  for (const [path, all] of paths) {
    const accesses = all.filter(({ process }) => !forest.isScheduler(process));
    const changing = accesses.filter(({ touch }) => (touch.did & (CHANGES | DID.names)) !== 0);
    const most = Math.max(1, Math.floor(PAIRS_MAX / Math.max(1, accesses.length)));
    if (changing.length > most) isCut = true;
    const places = new Map(changing.map((access, index) => [access, index]));
    for (const [index, first] of changing.slice(0, most).entries()) {
      for (const second of accesses) {
        if ((places.get(second) ?? Number.MAX_SAFE_INTEGER) <= index || first.process === second.process || !meetInChange(first, second)) continue;
        const meeting = forest.meet(first.process, second.process);
        if (meeting?.one === undefined || meeting.one === null || meeting.other === null) continue;
        const isSwapped = meeting.one.image > meeting.other.image;
        const [lower, higher] = isSwapped ? [meeting.other, meeting.one] : [meeting.one, meeting.other];
        const key = lower.image * IMAGES_MAX + higher.image;
        let pair = pairs.get(key);
        if (pair === undefined) {
          const ordering = orderingOf(forest, declared, roots, meeting.at, [lower, higher]);
          if (ordering === "unknown") guesses += 1;
          if (guesses > GUESSES_MAX) isCut = true;
          const isLeftOut = ordering === null || (ordering === "unknown" && guesses > GUESSES_MAX);
          pair = isLeftOut ? null : { scheduler: meeting.at, ordering, tasks: [lower, higher], sides: [new Map<string, Access[]>(), new Map<string, Access[]>()] as const };
          pairs.set(key, pair);
        }
        if (pair === null) continue;
        addOnce(pair.sides[0], path, isSwapped ? second : first);
        addOnce(pair.sides[1], path, isSwapped ? first : second);
      }
    }
  }
  return { pairs: [...pairs.values()].filter((pair) => pair !== null), isCut };
}

function meetInChange({ touch: one }: Access, { touch: other }: Access): boolean {
  if (((one.did | other.did) & CHANGES) !== 0) return true;
  return isNamesOf(one.did, other.did) || isNamesOf(other.did, one.did);
}

const isNamesOf = (changed: number, listed: number): boolean => (changed & DID.names) !== 0 && (listed & DID.listed) !== 0;
const isListing = (one: Side, other: Side): boolean => ((one.did | other.did) & CHANGES) === 0 && (isNamesOf(one.did, other.did) || isNamesOf(other.did, one.did));

/** All that the one did there was over when the other began, and it has a pipe by which whoever started both may have heard of that: cargo starts who needs a library's metadata when those are written. */
function wasToldOf(writer: Side, user: Side, forest: Forest): boolean {
  const began = forest.extentOf(user.task).order?.[0];
  const changed = writer.accesses.flatMap(({ touch }) => touch.changed ?? []);
  return began !== undefined && changed.length > 0 && Math.max(...changed) < began && forest.mayTell(writer.task);
}

/** rustc takes from such a folder the libraries that it reads, which are paths of their own. */
function isSearch({ accesses }: Side, path: string, roots: Pick<Roots, "locate" | "locateText">): boolean {
  const folder = roots.locate(path);
  return folder !== null && accesses.every(({ process, touch }) => {
    const cwd = roots.locate(process.cwd);
    return (touch.did & DID.listed) === 0 || (cwd !== null && searchedBy([process.program], process.argv.map((word) => roots.locateText(word) ?? word), cwd).has(folder));
  });
}

/** Who lists a folder for its ".c" files does not mind a new ".o": names count where the task used others of that kind. */
function sharesNames(folder: string, [lister, maker]: readonly [ReadonlyMap<string, readonly Access[]>, ReadonlyMap<string, readonly Access[]>]): boolean {
  const kindsOf = (paths: ReadonlyMap<string, readonly Access[]>, bits: number): ReadonlySet<string> => new Set([...paths].flatMap(([path, accesses]) =>
    isWithinToken(path, folder) && accesses.some(({ touch }) => (touch.did & bits) !== 0) ? [kindOf(path)] : []));
  const used = kindsOf(lister, DID.read | DID.removed);
  return [...kindsOf(maker, DID.created | DID.removed)].some((kind) => used.has(kind));
}

/** Behind the last dot; the whole name where there is none. */
const kindOf = (path: string): string => path.slice(Math.max(path.lastIndexOf("."), path.lastIndexOf("/")) + 1);
