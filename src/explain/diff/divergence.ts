// What of two processes that belong together is not the same, and where it comes from:
// from outside of the run, or from another process of it.

import { toText } from "../../base/path.ts";
import { isAboutPath } from "../../cache/facts.ts";
import { isSystem } from "../../cache/roots.ts";
import type { ProcessName } from "../answer.ts";
import { isReplayed, nameOf, type Ground } from "../ground.ts";
import { commandChanges } from "../predecessor.ts";
import type { Trace, TracedProcess } from "../trace.ts";
import { changedVariables, type VariableChange } from "../variables.ts";
import { differenceText, inOrder, namesChanged, ownPaths, pathText, type Named } from "../words.ts";
import type { Pair } from "./align.ts";
import { Remembered } from "./remembered.ts";
import { Writers } from "./writers.ts";
import { factDifferences, factsOfTwo, otherEffects, type KnownFacts } from "./facts.ts";

export type DivergenceKind = "input" | "tool" | "variable" | "argument" | "listing" | "order" | "nondeterminism" | "process";

export interface Divergence {
  readonly kind: DivergenceKind;
  /** A token, a variable, an argument. */
  readonly subject: string;
  /** As a person names it. */
  readonly name: string;
  /** Half a sentence. */
  readonly text: string;
  readonly what: string;
  readonly certainty: "certain" | "consistent";
  /** Who made it so in the run; null: it came from outside. */
  readonly madeBy: ProcessName | null;
  /** Of a listing; null where they are not kept. */
  readonly names: { readonly added: readonly string[]; readonly removed: readonly string[] } | null;
}

export interface DiffGround {
  readonly first: Trace;
  readonly second: Trace;
  readonly ground: Ground;
  /** Entries of each: one of them may come from another machine, and have other outputs under the same key. */
  readonly records: { readonly first: Remembered; readonly second: Remembered };
  readonly writers: { readonly first: Writers; readonly second: Writers };
  /** What somebody ran in the second run: programs, and scripts that interpreters were given. */
  readonly tools: ReadonlySet<string>;
}

export function diffGround(first: Trace, second: Trace, ground: Ground, stored: { readonly first: Ground["records"]; readonly second: Ground["records"] }): DiffGround {
  const ofFirst = new Remembered(stored.first);
  const records = { first: ofFirst, second: stored.second === stored.first ? ofFirst : new Remembered(stored.second) };
  return {
    first, second, ground, records,
    writers: { first: new Writers(first, records.first, ground.isSamePlace), second: new Writers(second, records.second, ground.isSamePlace) },
    tools: new Set(second.traced.flatMap((process) => [process.program, scriptOf(process) ?? process.program])),
  };
}

/** In the order in which a person would look. */
export const KIND_ORDER: readonly DivergenceKind[] = ["input", "tool", "variable", "argument", "listing", "nondeterminism", "order", "process"];

export function divergencesOf(pair: Pair, of: DiffGround): readonly Divergence[] {
  const told = toldByVerdict(pair, of);
  const both = told !== null || (isSameEntry(pair) && of.records.first === of.records.second) ? NOT_ASKED : factsOfBoth(pair, of);
  const found = [...(told ?? ofFacts(pair, both, of)), ...ofCommand(pair, both, of)];
  if (found.length > 0) return found.sort((a, b) => KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind));
  return nondeterminism(pair, both);
}

const plain = (kind: DivergenceKind, subject: string, what: string, text: string, certainty: Divergence["certainty"]): Divergence => ({ kind, subject, name: pathText(subject), what, text, certainty, madeBy: null, names: null });

/** Null: it was not compared with the very entry of the other run, or a trace does not keep all that it said. Else no entry needs to be read. */
function toldByVerdict(pair: Pair, of: DiffGround): readonly Divergence[] | null {
  const { miss } = pair.second;
  if (miss?.kind !== "differs" || miss.total > miss.differences.length || !("strongKey" in pair.first.fate) || pair.first.fate.strongKey !== miss.strongKey) return null;
  const own = miss.differences.length < 2 ? new Set<string>() : ownPaths(of.records.first.entry(miss.strongKey));
  const found = inOrder(miss.differences, own).flatMap((difference) => fromDifference(difference, namesOf(difference.listings, of), pair, of, "certain"));
  return found.length === 0 ? null : found;
}

function ofFacts(pair: Pair, [was, now]: BothFacts, of: DiffGround): readonly Divergence[] {
  const { first, second } = of;
  if (isSameEntry(pair)) return [];
  if (was !== null && now !== null) {
    return inOrder(factDifferences(was, now), new Set(was.entry.effects.map(({ at }) => at))).flatMap((difference) => {
      const listings = difference.kind === "listed" && difference.what === "names" ? { was: listingDigest(difference.was), now: listingDigest(difference.now) } : null;
      return fromDifference(difference, namesOf(listings, of), pair, of, "certain");
    });
  }
  // Only one of them has an entry: what the verdict of the other one said, if it was compared with that.
  const sides = [{ asked: pair.second, entry: pair.first, isLater: true }, { asked: pair.first, entry: pair.second, isLater: false }];
  for (const { asked, entry, isLater } of sides) {
    const { miss } = asked;
    if (miss?.kind !== "differs") continue;
    const isSame = (entry.fate.kind === "stored" || entry.fate.kind === "replayed") && entry.fate.strongKey === miss.strongKey;
    if (!isSame && (entry.weakKey !== asked.weakKey || !(isLater ? second.id > first.id : first.id > second.id))) continue;
    return inOrder(miss.differences, new Set()).flatMap((difference) => fromDifference(difference, namesOf(difference.listings, of), pair, of, isSame ? "certain" : "consistent"));
  }
  return [];
}

/** Its facts are the same then; its effects, in another store, need not be. */
const isSameEntry = ({ first, second }: Pair): boolean => "strongKey" in first.fate && "strongKey" in second.fate && first.fate.strongKey === second.fate.strongKey;

type BothFacts = readonly [KnownFacts | null, KnownFacts | null];
const NOT_ASKED: BothFacts = [null, null];

const factsOfBoth = ({ first, second }: Pair, { records }: DiffGround): BothFacts => factsOfTwo(first, second, records);

function listingDigest(state: string): string {
  return Buffer.from(state.slice(1), "latin1").toString("hex");
}

function namesOf(listings: { readonly was: string; readonly now: string } | null, { first, second }: DiffGround): Divergence["names"] {
  if (listings === null) return null;
  const kept = new Map<string, string>([...first.listings, ...second.listings]);
  const [was, now] = [kept.get(listings.was), kept.get(listings.now)];
  return was === undefined || now === undefined ? null : namesChanged(was, now);
}

const namesText = (names: Divergence["names"]): string =>
  (names === null ? "" : `: ${[...names.added.map((name) => `+${toText(name)}`), ...names.removed.map((name) => `-${toText(name)}`)].slice(0, NAMES_MAX).join(", ")}`);

const NAMES_MAX = 5;

function fromDifference(difference: Named, names: Divergence["names"], pair: Pair, of: DiffGround, certainty: Divergence["certainty"]): readonly Divergence[] {
  const { kind, name, what } = difference;
  if (kind === "root") return [];
  if (!isAboutPath(difference)) {
    const changed = kind === "variable" ? null : variablesChanged(pair, of);
    if (changed?.length === 0) return [];
    const [one, ...others] = changed ?? [];
    const text = one === undefined || others.length > 0 ? differenceText(difference, changed?.map((each) => each.name) ?? null) : differenceText({ kind: "variable", ...one }, null);
    return [plain("variable", one?.name ?? name, what, text, certainty)];
  }
  const writer = writerIn(name, "second", pair.second, of) ?? writerIn(name, "first", pair.first, of);
  const divergence = plain(kind === "listed" ? "listing" : isSystem(name) || of.tools.has(name) ? "tool" : "input", name, what, differenceText(difference, null) + namesText(names), certainty);
  return [{ ...divergence, madeBy: writer, names }];
}

/** Null: not of the run, or of this process and what it starts. */
function writerIn(at: string, side: "first" | "second", process: TracedProcess, of: DiffGround): ProcessName | null {
  const found = of.writers[side].last(at, process.startedUs);
  return found === null ? null : nameOf(found, of[side], of.ground);
}

const INTERPRETER = /\/(sh|dash|bash|zsh|python[\d.]*|perl|ruby|node)$/;

/** What an interpreter was given to run, as a token. */
function scriptOf({ program, argv, cwd }: TracedProcess): string | null {
  const word = INTERPRETER.test(program) ? argv[1] : undefined;
  if (word === undefined || word.startsWith("-")) return null;
  return word.startsWith("/") || word.startsWith("\x01") ? word : `${cwd}/${word.replace(/^\.\//, "")}`;
}

function variablesChanged(pair: Pair, { first, second }: DiffGround): readonly VariableChange[] | null {
  const { variables } = pair.first;
  return variables === null || pair.second.variables === null || first.salt !== second.salt ? null : changedVariables(variables, pair.second.variables);
}

function ofCommand(pair: Pair, both: BothFacts, of: DiffGround): readonly Divergence[] {
  const { first, second, ground } = of;
  const isOther = pair.first.program !== pair.second.program;
  const program = isOther ? [plain("tool", pair.second.program, "program", `"${pathText(pair.second.program)}" was run in place of "${pathText(pair.first.program)}"`, "certain")] : [];
  const command = [...program, ...commandChanges(pair.first, pair.second, ground.roots).map(({ kind, name, text, what }) => plain("argument", name, kind === "umask" ? kind : what, text, "certain"))];
  // Which variables a unit relied on is among its facts; where those are not known every one may matter.
  if (pair.first.weakKey === pair.second.weakKey && [pair.first, pair.second].some(({ miss }) => miss?.kind === "differs")) return command;
  if (isSameEntry(pair) || both.every((facts) => facts !== null)) return command;
  const [was, now] = [pair.first.variables, pair.second.variables];
  if (was === null || now === null) return command;
  const isComparable = first.salt === second.salt;
  const changed = changedVariables(was, now);
  const inherited = new Set(pair.above === null || changed.length === 0 ? [] : ((variablesChanged(pair.above, of) ?? []).map(({ name }) => name)));
  const variables = changed.filter(({ name, what }) => (isComparable || what !== "value") && !inherited.has(name));
  return [...variables.map(({ name, what }) => plain("variable", name, what, differenceText({ kind: "variable", name, what }, null), "consistent")), ...command];
}

const exitOf = ({ end }: TracedProcess): string => (end === null ? "" : `${String(end.how)} ${String(end.code)}`);

/** Nothing that is known of differs, and still they did not do the same. */
function nondeterminism({ first, second }: Pair, [was, now]: BothFacts): readonly Divergence[] {
  if (was !== null && now !== null) {
    const [other] = otherEffects(was, now);
    if (other !== undefined) return [plain("nondeterminism", other, "content", `"${pathText(other)}" came out another way, though all that it relied on is the same`, "certain")];
  }
  if (first.end === null || second.end === null || first.end.how === 2 || second.end.how === 2 || first.isSlight || second.isSlight || isReplayed(first) || isReplayed(second) || exitOf(first) === exitOf(second)) return [];
  return [plain("nondeterminism", "", "exit-code", `it ended with ${exitText(second.end)}, not with ${exitText(first.end)}, and nothing that is known of differs`, "consistent")];
}

export const exitText = ({ how, code }: { readonly how: number; readonly code: number }): string => (how !== 1 ? String(code) : code === 0 ? "a signal" : `signal ${String(code)}`);
