// The first thing in which two runs went different ways. A difference that a process of
// the run made is that process's business; what is left came from outside, and of that
// the earliest is the first. All else that differs is counted. Pure.

import { isReplayed, nameOf, runName } from "../ground.ts";
import type { ProcessName, RunName } from "../answer.ts";
import type { TracedProcess } from "../trace.ts";
import { cut, plural } from "../words.ts";
import { align, type Alignment, type Pair } from "./align.ts";
import type { Remembered } from "./remembered.ts";
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

function rootsOf(different: readonly Different[], of: DiffGround): readonly RootDivergence[] {
  const kin = kinshipOf(different, of);
  const [seen, roots]: [Set<string>, RootDivergence[]] = [new Set(), []];
  const named = (pair: Pair, divergence: Divergence): RootDivergence => ({ ...divergence, first: nameOf(pair.first, of.first, of.ground), second: nameOf(pair.second, of.second, of.ground) });
  // Innermost first, so that who really looked is named, not the shell around it.
  const inwards = different.map((each) => ({ ...each, above: ancestors(each.pair) })).sort((one, other) => other.above.length - one.above.length || one.pair.second.startedUs - other.pair.second.startedUs);
  for (const { pair, divergences, above } of inwards) {
    const isBelowDifferent = above.some(({ second }) => kin.second.different.has(second.image));
    for (const divergence of divergences) {
      // A parent that went another way gives other arguments, starts others, and fails with its children.
      const isGiven = divergence.kind === "argument" || divergence.kind === "variable";
      if (isGiven && isBelowDifferent) continue;
      if (divergence.what === "exit-code" && (isBelowDifferent || kin.second.aboveDifferent.has(pair.second.image))) continue;
      const key = `${divergence.madeBy === null ? divergence.kind : "made"} ${divergence.subject}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const root = divergence.madeBy === null ? named(pair, divergence) : madeElsewhere(divergence, divergence.madeBy, kin, of);
      if (root !== null) roots.push(root);
    }
  }
  return roots.sort((one, other) => (kin.second.byImage.get(one.second?.image ?? 0)?.startedUs ?? 0) - (kin.second.byImage.get(other.second?.image ?? 0)?.startedUs ?? 0));
}

interface Kin {
  readonly byImage: ReadonlyMap<number, TracedProcess>;
  readonly different: ReadonlySet<number>;
  /** Who has one that differs below itself. */
  readonly aboveDifferent: ReadonlySet<number>;
}

interface Kinship {
  readonly first: Kin;
  readonly second: Kin;
}

function kinshipOf(different: readonly Different[], of: DiffGround): Kinship {
  const kinOf = (side: "first" | "second"): Kin => {
    const byImage = new Map(of[side].traced.map((process) => [process.image, process]));
    const images = different.map(({ pair }) => pair[side].image);
    const aboveDifferent = new Set<number>();
    for (const image of images) {
      for (let parent = byImage.get(image)?.parent ?? 0; parent !== 0 && !aboveDifferent.has(parent); parent = byImage.get(parent)?.parent ?? 0) aboveDifferent.add(parent);
    }
    return { byImage, different: new Set(images), aboveDifferent };
  };
  return { first: kinOf("first"), second: kinOf("second") };
}

/** Who wrote it did so from the same: then it is not determined by that. Null: who wrote it differs itself, which is told there. */
function madeElsewhere(divergence: Divergence, madeBy: ProcessName, kinship: Kinship, { second, first, ground }: DiffGround): RootDivergence | null {
  const isSecond = madeBy.run === second.id;
  const { byImage, different, aboveDifferent } = isSecond ? kinship.second : kinship.first;
  const writer = byImage.get(madeBy.image);
  if (writer === undefined || isReplayed(writer) || aboveDifferent.has(writer.image)) return null;
  let steps = 0;
  // No more steps than there are processes: what was read may hold a circle.
  for (let at: TracedProcess | undefined = writer; at !== undefined && steps <= byImage.size; at = byImage.get(at.parent), steps += 1) if (different.has(at.image)) return null;
  const name = nameOf(writer, isSecond ? second : first, ground);
  return { ...divergence, kind: "nondeterminism", what: "content", text: `"${divergence.name}" came out another way, though nothing that is known of its making differs`, certainty: "consistent", madeBy: null, first: isSecond ? null : name, second: name };
}

function ancestors(pair: Pair): readonly Pair[] {
  const way: Pair[] = [];
  for (let at = pair.above; at !== null; at = at.above) way.push(at);
  return way;
}

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
  const isLost = ({ fate }: TracedProcess, of: Remembered): boolean => "strongKey" in fate && of.isMissing(fate.strongKey);
  const unknown = pairs.filter((pair) => !isSameKey(pair) && (isLost(pair.first, records.first) || isLost(pair.second, records.second))).length;
  return [
    ...(first.isWhole && second.isWhole ? [] : ["One of the traces is not whole: there was more than it holds"]),
    ...(first.salt === second.salt ? [] : ["The runs are of two places: of variables that nobody asked for by name only the names can be compared"]),
    ...(planned === 0 ? [] : [`${plural(planned, "process was", "processes were")} replayed by plan in one of them, of which a trace names no entry`]),
    ...(unknown === 0 ? [] : [`Of ${plural(unknown, "process", "processes")} the entry is not in the store any more, or was not exported`]),
  ];
}
