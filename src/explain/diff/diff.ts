// The first thing in which two runs went different ways. A difference that a process of
// the run made is that process's business; what is left came from outside, and of that
// the earliest is the first. All else that differs is counted. Pure.

import { isReplayed, nameOf, runName, type Ground } from "../ground.ts";
import type { ProcessName, RunName } from "../answer.ts";
import type { TracedProcess } from "../trace.ts";
import { cut, plural } from "../words.ts";
import { align, type Alignment, type Pair } from "./align.ts";
import { divergencesOf, type DiffGround, type Divergence } from "./divergence.ts";

export interface RootDivergence extends Divergence {
  readonly first: ProcessName | null;
  readonly second: ProcessName | null;
}

export interface Diff {
  readonly first: RunName;
  readonly second: RunName;
  readonly sentence: string;
  /** Null: nothing differs that is known of. */
  readonly divergence: RootDivergence | null;
  /** Others that came from outside, in the order of the second run. */
  readonly others: readonly RootDivergence[];
  /** Processes that differ because of these. */
  readonly consequences: number;
  readonly processes: { readonly paired: number; readonly onlyFirst: number; readonly onlySecond: number };
  readonly notes: readonly string[];
}

interface Different {
  readonly pair: Pair;
  readonly divergences: readonly Divergence[];
}

export function diff(of: DiffGround): Diff {
  const { first, second, ground } = of;
  const alignment = align(first, second);
  const different = alignment.pairs.map((pair): Different => ({ pair, divergences: divergencesOf(pair, of) })).filter(({ divergences }) => divergences.length > 0);
  const roots = rootsOf(different, of);
  const found = roots.length > 0 ? roots : [...unordered(alignment, of), ...unpaired(alignment, of)].slice(0, 1);
  const [divergence = null, ...others] = found;
  const rootPairs = new Set(found.map(({ second: process }) => process?.image));
  const consequences = different.filter(({ pair }) => !rootPairs.has(pair.second.image)).length;
  const names = { first: runName(first, ground), second: runName(second, ground) };
  return {
    ...names, divergence, others: others.slice(0, OTHERS_MAX), consequences, sentence: sentenceOf(divergence, others.length, consequences),
    processes: { paired: alignment.pairs.length, onlyFirst: alignment.onlyFirst.length, onlySecond: alignment.onlySecond.length }, notes: notesOf(of, alignment),
  };
}

const OTHERS_MAX = 20;

function sentenceOf(divergence: RootDivergence | null, others: number, consequences: number): string {
  if (divergence === null) return "Nothing that is recorded differs between these runs";
  const process = divergence.second ?? divergence.first;
  const rest = [...(others > 0 ? [plural(others, "other difference comes from outside as well", "other differences come from outside as well")] : []), ...(consequences > 0 ? [plural(consequences, "process differs because of it", "processes differ because of it")] : [])];
  return `First divergence: ${divergence.text}, in "${cut(process?.command ?? "")}"${rest.length === 0 ? "" : `; ${rest.join(", ")}`}`;
}

const byStart = (one: Different, other: Different): number => one.pair.second.startedUs - other.pair.second.startedUs;

function rootsOf(different: readonly Different[], of: DiffGround): readonly RootDivergence[] {
  const images = new Set(different.map(({ pair }) => pair.second.image));
  const [seen, roots]: [Set<string>, RootDivergence[]] = [new Set(), []];
  const named = (pair: Pair, divergence: Divergence): RootDivergence => ({ ...divergence, first: nameOf(pair.first, of.first, of.ground), second: nameOf(pair.second, of.second, of.ground) });
  // Innermost first, so that who really looked is named, not the shell around it.
  for (const { pair, divergences } of [...different].sort((one, other) => depthOf(other.pair) - depthOf(one.pair) || byStart(one, other))) {
    const isBelowDifferent = ancestors(pair).some((above) => images.has(above.second.image));
    for (const divergence of divergences) {
      // A parent that went another way gives other arguments, starts others, and fails with its children.
      const isGiven = divergence.kind === "argument" || divergence.kind === "variable";
      if (isGiven && isBelowDifferent) continue;
      if (divergence.what === "exit-code" && (isBelowDifferent || different.some(({ pair: other }) => other !== pair && ancestors(other).includes(pair)))) continue;
      if (divergence.madeBy !== null) {
        const made = madeElsewhere(divergence, different, of);
        if (made === null || seen.has(made.subject)) continue;
        seen.add(made.subject);
        roots.push(made);
        continue;
      }
      if (seen.has(`${divergence.kind} ${divergence.subject}`)) continue;
      seen.add(`${divergence.kind} ${divergence.subject}`);
      roots.push(named(pair, divergence));
    }
  }
  const startOf = new Map(of.second.traced.map(({ image, startedUs }) => [image, startedUs]));
  return roots.sort((one, other) => (startOf.get(one.second?.image ?? 0) ?? 0) - (startOf.get(other.second?.image ?? 0) ?? 0));
}

/** Who wrote it did so from the same: then it is not determined by that. Null: who wrote it differs itself, which is told there. */
function madeElsewhere(divergence: Divergence, different: readonly Different[], { second, first, ground }: DiffGround): RootDivergence | null {
  const { madeBy } = divergence;
  if (madeBy === null) return null;
  const trace = madeBy.run === second.id ? second : first;
  const writer = trace.traced.find(({ image }) => image === madeBy.image);
  if (writer === undefined || isReplayed(writer)) return null;
  const chain = [writer.image, ...above(writer, trace.traced)];
  if (different.some(({ pair }) => chain.includes((trace === second ? pair.second : pair.first).image))) return null;
  if (below(writer, trace.traced).some((process) => different.some(({ pair }) => (trace === second ? pair.second : pair.first) === process))) return null;
  const name = nameOf(writer, trace, ground);
  return { ...divergence, kind: "nondeterminism", what: "content", text: `"${divergence.name}" came out another way, though nothing that is known of its making differs`, certainty: "consistent", madeBy: null, first: trace === first ? name : null, second: name };
}

function above(process: TracedProcess, all: readonly TracedProcess[]): readonly number[] {
  const parents = new Map(all.map(({ image, parent }) => [image, parent]));
  const way: number[] = [];
  // No longer than all of them: what was read may hold a circle.
  for (let { parent } = process; parent !== 0 && way.length < all.length; parent = parents.get(parent) ?? 0) way.push(parent);
  return way;
}

function below(process: TracedProcess, all: readonly TracedProcess[]): readonly TracedProcess[] {
  const within = new Set([process.image]);
  return all.filter(({ image, parent }) => within.has(parent) && within.add(image));
}

function ancestors(pair: Pair): readonly Pair[] {
  const way: Pair[] = [];
  for (let at = pair.above; at !== null; at = at.above) way.push(at);
  return way;
}

const depthOf = (pair: Pair): number => ancestors(pair).length;

/** Two below one parent, one after the other in both runs, and the other way round. */
function unordered({ pairs }: Alignment, { first, second, ground }: DiffGround): readonly RootDivergence[] {
  for (const [index, one] of pairs.entries()) {
    for (const other of pairs.slice(index + 1, index + 1 + SIBLINGS_MAX)) {
      if (other.above !== one.above) break;
      const [earlier, later] = one.first.startedUs < other.first.startedUs ? [one, other] : [other, one];
      if (!isAfter(later.first, earlier.first) || !isAfter(earlier.second, later.second)) continue;
      const [a, b] = [nameOf(later.second, second, ground), nameOf(earlier.second, second, ground)];
      return [{ kind: "order", subject: "", name: "", what: "order", text: `"${cut(a.command)}" ended before "${cut(b.command)}" began, not the other way round`, certainty: "certain", madeBy: null, names: null, first: nameOf(later.first, first, ground), second: a }];
    }
  }
  return [];
}

/** Behind each, that its order is compared with. */
const SIBLINGS_MAX = 200;

const isAfter = (one: TracedProcess, other: TracedProcess): boolean => other.end !== null && one.startedUs >= other.end.endedUs;

function unpaired({ onlyFirst, onlySecond }: Alignment, { first, second, ground }: DiffGround): readonly RootDivergence[] {
  const [added, removed] = [onlySecond[0], onlyFirst[0]];
  const only = (kind: "added" | "removed", name: ProcessName): RootDivergence => ({
    kind: "process", subject: "", name: "", what: kind, certainty: "certain", madeBy: null, names: null, first: kind === "removed" ? name : null, second: kind === "added" ? name : null,
    text: `a process ran only in the ${kind === "added" ? "second" : "first"} run`,
  });
  if (added !== undefined) return [only("added", nameOf(added, second, ground))];
  return removed === undefined ? [] : [only("removed", nameOf(removed, first, ground))];
}

const isSameKey = ({ first, second }: Pair): boolean => "strongKey" in first.fate && "strongKey" in second.fate && first.fate.strongKey === second.fate.strongKey;

function notesOf({ first, second, records }: DiffGround, { pairs }: Alignment): readonly string[] {
  const planned = pairs.filter((pair) => [pair.first, pair.second].some(({ fate }) => fate.kind === "planned")).length;
  const isLost = ({ fate }: TracedProcess, of: Ground["records"]): boolean => "strongKey" in fate && of.entry(fate.strongKey) === null;
  const unknown = pairs.filter((pair) => !isSameKey(pair) && (isLost(pair.first, records.first) || isLost(pair.second, records.second))).length;
  return [
    ...(first.isWhole && second.isWhole ? [] : ["One of the traces is not whole: there was more than it holds"]),
    ...(first.salt === second.salt ? [] : ["The runs are of two places: of variables that nobody asked for by name only the names can be compared"]),
    ...(planned === 0 ? [] : [`${plural(planned, "process was", "processes were")} replayed by plan in one of them, of which a trace names no entry`]),
    ...(unknown === 0 ? [] : [`Of ${plural(unknown, "process", "processes")} the entry is not in the store any more, or was not exported`]),
  ];
}
