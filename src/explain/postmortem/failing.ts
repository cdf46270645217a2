// Who failed first. From the command down to the innermost that failed; and before that,
// somebody whose failure nobody heard of, because it stood in a pipe or was not asked.
// What fails in the green run in the same way is no failure.

import type { Alignment, Pair } from "../diff/align.ts";
import { childrenOf } from "../diff/align.ts";
import { isReplayed } from "../ground.ts";
import type { Trace, TracedProcess } from "../trace.ts";

export interface Failing {
  /** Who failed first. */
  readonly process: TracedProcess;
  /** Its counterpart in the green run, and those above it; innermost first, up to what decides by comparing times. */
  readonly pairs: readonly Pair[];
  /** What is run again to see it fail: the whole unit, where that fails as well. */
  readonly unit: TracedProcess;
  readonly greenUnit: TracedProcess | null;
  /** Nobody above heard of it. */
  readonly isHidden: boolean;
  /** Where it came to light; the same as `process` unless it was hidden. */
  readonly visible: TracedProcess;
}

const isFailure = (end: TracedProcess["end"]): boolean => end !== null && (end.how === 1 || (end.how === 0 && end.code !== 0));
export const hasFailed = ({ end }: TracedProcess): boolean => isFailure(end);

/** Of who became another program (a wrapper that ends with "exec") the end is that one's. */
function lastEnds({ traced }: Trace): (process: TracedProcess) => TracedProcess["end"] {
  const byImage = new Map(traced.map((process) => [process.image, process]));
  return (process) => {
    let at: TracedProcess | undefined = process;
    for (let count = 0; at?.end?.how === 2 && count < traced.length; count += 1) at = byImage.get(at.end.successor);
    return at?.end ?? null;
  };
}

/** Its reader went away first: that is where to look. Source: SIGPIPE of signal(7). */
const SIGPIPE = 13;

export const isComparing = ({ fate }: TracedProcess): boolean => fate.kind === "passed" && (fate.reason === "barren" || fate.reason === "comparator");

export function failingOf(green: Trace, red: Trace, alignment: Alignment): Failing | null {
  const root = red.traced.find(({ parent }) => parent === 0);
  if (root === undefined) return null;
  const pairOf = new Map(alignment.pairs.map((pair) => [pair.second.image, pair]));
  const [endIn, greenEndIn] = [lastEnds(red), lastEnds(green)];
  const isNew = (process: TracedProcess): boolean => {
    const counterpart = pairOf.get(process.image)?.first;
    const [end, was] = [endIn(process), counterpart === undefined ? null : greenEndIn(counterpart)];
    return isFailure(end) && (was?.how !== end?.how || was?.code !== end?.code);
  };
  const below = childrenOf(red);
  let visible = root;
  for (let depth = 0; depth < red.traced.length; depth += 1) {
    const failed = (below.get(visible.image) ?? []).filter((child) => isNew(child) || (visible.end?.how === 2 && child.image === visible.end.successor)).sort((one, other) => (isComparing(visible) ? endedUs(one) - endedUs(other) : one.startedUs - other.startedUs));
    // make goes on with what runs already; a shell ends as somebody did whom it waited for, mostly the last that it started.
    const next = isComparing(visible) ? failed[0] : (failed.findLast((child) => endIn(child)?.how === visible.end?.how && endIn(child)?.code === visible.end?.code) ?? failed.at(-1));
    if (next === undefined) break;
    visible = next;
  }
  const parents = new Map(red.traced.map((process) => [process.image, process]));
  const above = wayUp(visible, parents);
  // Of what was replayed in the green run the parts are not known.
  const wasThere = (process: TracedProcess): boolean => {
    const known = [process, ...wayUp(process, parents)].map(({ image }) => pairOf.get(image)).find((pair) => pair !== undefined);
    return pairOf.has(process.image) || (known !== undefined && isReplayed(known.first));
  };
  const hidden = red.traced.filter((process) => process !== visible && isNew(process) && wasThere(process) && !above.includes(process) && !wayUp(process, parents).includes(visible) && !isKilledByReader(process) && endedUs(process) <= endedUs(visible) && !wayUp(process, parents).some((each) => isNew(each) && !above.includes(each)));
  const [first] = hidden.sort((one, other) => endedUs(one) - endedUs(other));
  const process = first === undefined ? visible : innermost(first, below, isNew);
  const unit = unitOf(process, parents);
  const way = [process, ...wayUp(process, parents)];
  const decides = way.findIndex(isComparing);
  const pairs = (decides < 0 ? way : way.slice(0, decides)).flatMap((each) => pairOf.get(each.image) ?? []);
  return { process, pairs, unit, greenUnit: pairOf.get(unit.image)?.first ?? null, isHidden: first !== undefined, visible };
}

/** Of a signal's number the supervisor is told only for the command itself; a shell above makes it part of its own exit code. */
export function exitOf(process: TracedProcess, red: Trace): { readonly how: number; readonly code: number } {
  const { how = 0, code = 0 } = process.end ?? {};
  if (how !== 1 || code !== 0) return { how, code };
  if (process.parent === 0) return { how, code: red.exit.how === 1 ? red.exit.code : 0 };
  const above = red.traced.find(({ image }) => image === process.parent)?.end;
  return { how, code: above?.how === 0 && above.code > SHELL_SIGNAL ? above.code - SHELL_SIGNAL : 0 };
}

/** What a shell adds to the number of a signal. */
export const SHELL_SIGNAL = 128;

const isKilledByReader = ({ end }: TracedProcess): boolean => end?.how === 1 && end.code === SIGPIPE;

const endedUs = ({ end, startedUs }: TracedProcess): number => end?.endedUs ?? startedUs;

/** From the parent on. */
function wayUp(process: TracedProcess, parents: ReadonlyMap<number, TracedProcess>): readonly TracedProcess[] {
  const way: TracedProcess[] = [];
  for (let at = parents.get(process.parent); at !== undefined && way.length < parents.size; at = parents.get(at.parent)) way.push(at);
  return way;
}

function innermost(process: TracedProcess, below: ReadonlyMap<number, readonly TracedProcess[]>, isNew: (process: TracedProcess) => boolean): TracedProcess {
  const next = (below.get(process.image) ?? []).findLast(isNew);
  return next === undefined ? process : innermost(next, below, isNew);
}

/** The outermost above it that failed as well and does not decide by comparing times. */
function unitOf(process: TracedProcess, parents: ReadonlyMap<number, TracedProcess>): TracedProcess {
  let unit = process;
  for (const above of wayUp(process, parents)) {
    const handsOn = above.end?.how === 2;
    if (isComparing(above) || (!hasFailed(above) && !handsOn)) break;
    unit = above;
  }
  return unit;
}
