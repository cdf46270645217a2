// Which process of one run is which of another. Top down: the same command below the
// same parent; of what is left the most alike of the same program. Order counts only
// among equals, for builds start their jobs as it comes.

import { isReplayed } from "../ground.ts";
import { Alikes, programName } from "../likeness.ts";
import type { Trace, TracedProcess } from "../trace.ts";
import { grouped } from "../trace-index.ts";

export interface Pair {
  readonly first: TracedProcess;
  readonly second: TracedProcess;
  /** Null: it is the command itself. */
  readonly above: Pair | null;
}

export interface Alignment {
  /** A pair stands behind the one above it. */
  readonly pairs: readonly Pair[];
  readonly onlyFirst: readonly TracedProcess[];
  readonly onlySecond: readonly TracedProcess[];
}

/** Less in common is another process. */
const LIKENESS_MIN = 0.4;
export const childrenOf = (trace: Trace): ReadonlyMap<number, readonly TracedProcess[]> => grouped(trace.traced, ({ parent }) => parent);

const commandKey = ({ program, cwd, argv, task }: TracedProcess): string => [program, cwd, task ?? "", ...argv].join("\0");

export function align(first: Trace, second: Trace): Alignment {
  const [below, belowSecond] = [childrenOf(first), childrenOf(second)];
  const pairs: Pair[] = [];
  const onlyFirst: TracedProcess[] = [];
  const onlySecond: TracedProcess[] = [];
  const together = (one: readonly TracedProcess[], other: readonly TracedProcess[], above: Pair | null): void => {
    const matched = match(one, other);
    const taken = new Set(matched.flat());
    for (const process of one) if (!taken.has(process)) onlyFirst.push(process);
    for (const process of other) if (!taken.has(process)) onlySecond.push(process);
    for (const [a, b] of matched) pairs.push({ first: a, second: b, above });
  };
  together(below.get(0) ?? [], belowSecond.get(0) ?? [], null);
  for (let at = 0; at < pairs.length; at += 1) {
    const pair = pairs[at];
    // What is replayed starts nothing: that its processes are missing is no difference.
    if (pair === undefined || isReplayed(pair.first) || isReplayed(pair.second)) continue;
    together(below.get(pair.first.image) ?? [], belowSecond.get(pair.second.image) ?? [], pair);
  }
  return { pairs, onlyFirst, onlySecond };
}

function match(first: readonly TracedProcess[], second: readonly TracedProcess[]): readonly (readonly [TracedProcess, TracedProcess])[] {
  const [only, other] = [first[0], second[0]];
  // Nobody else could be meant.
  if (first.length === 1 && second.length === 1 && only !== undefined && other !== undefined) return programName(only) === programName(other) ? [[only, other]] : [];
  const open = new Map([...grouped(second, commandKey)].map(([key, processes]) => [key, [...processes].reverse()]));
  const matched: (readonly [TracedProcess, TracedProcess])[] = [];
  const left: TracedProcess[] = [];
  for (const process of first) {
    // The earliest stands last.
    const same = open.get(commandKey(process))?.pop();
    if (same === undefined) left.push(process);
    else matched.push([process, same]);
  }
  if (left.length === 0) return matched;
  const others = grouped([...open.values()].flatMap((processes) => processes.reverse()), programName);
  for (const [name, mine] of grouped(left, programName)) for (const pair of alike(mine, others.get(name) ?? [])) matched.push(pair);
  return matched;
}

function alike(first: readonly TracedProcess[], second: readonly TracedProcess[]): readonly (readonly [TracedProcess, TracedProcess])[] {
  const [one, other] = [first[0], second[0]];
  // The only one of its program on either side: nobody else could be meant.
  if (first.length === 1 && second.length === 1 && one !== undefined && other !== undefined) return [[one, other]];
  const index = new Alikes(second);
  const taken = new Set<TracedProcess>();
  return first.flatMap((process) => {
    const found = index.mostLike(process, (candidate) => !taken.has(candidate));
    if (found === null || found.likeness < LIKENESS_MIN) return [];
    taken.add(found.process);
    return [[process, found.process] as const];
  });
}
