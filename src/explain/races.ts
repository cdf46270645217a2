// Does this build race: what of a run nothing orders, what only this schedule ordered,
// and what its rules do not know. Pure: a trace, what the build tools say of their own
// order, and the store's entries in; an answer out.

import { posix } from "node:path";
import { HELLO_FORCE } from "../tap/messages.ts";
import type { ProcessName } from "./answer.ts";
import { textOf, type Declared } from "./declared.ts";
import { isBySources } from "./declared-tasks.ts";
import { isReplayed, isTaskRunner, nameOf, runName, type Ground } from "./ground.ts";
import type { ConflictClass, Race, RaceSide, RacesAnswer } from "./races-answer.ts";
import type { Side } from "./races-benign.ts";
import { classOf, ruleOfBoth, suggestionFor, suggestionForMissing } from "./races-classes.ts";
import { withoutConsequences } from "./races-consequences.ts";
import { conflictsIn, type Conflict } from "./races-conflicts.ts";
import { Forest } from "./races-forest.ts";
import { missingInputs, writtenBy, type MissingInput } from "./races-missing.ts";
import { unruledIn, type Unruled } from "./races-unruled.ts";
import { DID } from "./touch.ts";
import type { Trace, TracedProcess } from "./trace.ts";
import { cut, pathText, plural } from "./words.ts";

/** Paths of one race that are kept; there is a count of how often it was met. */
const PATHS_MAX = 64;

interface Context {
  readonly forest: Forest;
  readonly declared: Declared;
  readonly ground: Ground;
}

/** The answer, and what each part of it is made of: experiments start from that. */
export interface FoundRaces {
  readonly answer: RacesAnswer;
  readonly conflicts: ReadonlyMap<Race, Conflict>;
  readonly missing: ReadonlyMap<Race, MissingInput>;
  readonly unruled: ReadonlySet<Race>;
}

export function races(trace: Trace, declared: Declared, ground: Ground): FoundRaces {
  const forest = new Forest(trace);
  const context = { forest, declared, ground };
  for (const process of trace.traced) if (forest.isScheduler(process)) {
    declared.assign(process, forest.childrenOf(process).filter((task) => !forest.isSuccessor(task)).map((task) => ({ task, wrote: () => writtenBy(forest.below(task), ground), isBuild: [...forest.below(task)].some((each) => forest.isScheduler(each)) })), ground.roots);
  }
  const { conflicts, isCut } = conflictsIn(forest, declared, ground);
  const met = grouped(withoutConsequences(conflicts, declared), context);
  const { found, lost } = missingInputs(forest, declared, ground);
  const missing = new Map(found.map((each) => [raceOfMissing(each, context), each]));
  const unruled = new Set(unruledIn(forest, declared, ground).map((each) => raceOfUnruled(each, context)));
  return { answer: answerOf(runName(trace, ground), [...met.keys(), ...unruled, ...missing.keys()], notesOf(trace, context, { isCut, lost })), conflicts: met, missing, unruled };
}

export function answerOf(run: RacesAnswer["run"], all: readonly Race[], notes: readonly string[]): RacesAnswer {
  const found = all.filter(({ grade }) => grade !== "guess").sort((a, b) => RANK[a.kind] - RANK[b.kind]);
  const guesses = all.filter(({ grade }) => grade === "guess");
  return { run, sentence: sentenceOf(found, guesses), races: found, guesses, notes };
}

const RANK: Readonly<Record<Race["kind"], number>> = { unordered: 0, undeclared: 1, "missing-input": 2 };

function sentenceOf(found: readonly Race[], guesses: readonly Race[]): string {
  const maybe = guesses.length === 0 ? "" : `; ${plural(guesses.length, "pair of commands", "pairs of commands")} may be ordered by luck`;
  if (found.length === 0) return `No race was found${maybe}`;
  const count = (kind: Race["kind"]): number => found.filter((race) => race.kind === kind).length;
  const parts = [
    [count("unordered"), "race", "races"], [count("undeclared"), "order that is luck", "orders that are luck"], [count("missing-input"), "target with inputs that its rule does not name", "targets with inputs that their rules do not name"],
  ] as const;
  return `Found ${parts.flatMap(([n, one, many]) => (n === 0 ? [] : [plural(n, one, many)])).join(", ")}${maybe}`;
}

const ORDERINGS: readonly Conflict["ordering"][] = ["none", "luck", "unknown"];

/** They say the same of two targets: the one needs what the other makes. */
const OF_ONE_EDGE: readonly ConflictClass[] = ["missing-edge", "read-while-written", "absence", "time-only"];

/** Conflicts of the same two targets or commands, or of commands that differ in their files only, are one fault. */
function grouped(conflicts: readonly Conflict[], context: Context): ReadonlyMap<Race, Conflict> {
  const groups = new Map<string, { readonly first: Conflict; readonly kind: ConflictClass; readonly paths: Set<string>; readonly pairs: Set<string> }>();
  // What was seen to be unordered stands for its group.
  for (const conflict of [...conflicts].sort((a, b) => ORDERINGS.indexOf(a.ordering) - ORDERINGS.indexOf(b.ordering))) {
    const kind = classOf(conflict, context.forest, context.declared);
    const { writer, other, ordering } = conflict;
    const rule = ruleOfBoth(conflict, context.declared);
    const edge = rule === null && OF_ONE_EDGE.includes(kind) ? edgeOf(conflict, context.declared) : null;
    const who = rule === null ? [ordering, kind, writer.cwd, writer.argv.join("\0"), other.cwd, other.argv.join("\0")] : [kind, String(conflict.scheduler.image), rule];
    const key = (edge ?? who).join("\n");
    const known = groups.get(key) ?? { first: conflict, kind, paths: new Set<string>(), pairs: new Set<string>() };
    groups.set(key, known);
    known.paths.add(conflict.path);
    known.pairs.add(`${String(writer.image)} ${String(other.image)}`);
  }
  return new Map([...groups.values()].map(({ first, kind, paths, pairs }) => [raceOf(first, kind, [...paths].slice(0, PATHS_MAX).map(pathText), pairs.size, context), first]));
}

/** Null: not both have a target. */
function edgeOf({ writer, other }: Conflict, declared: Declared): readonly string[] | null {
  const [from, to] = [declared.targetOf(writer), declared.targetOf(other)];
  return from === null || to === null ? null : [from.graph.folder, from.name, to.name];
}

function raceOf(conflict: Conflict, kind: ConflictClass, paths: readonly string[], times: number, context: Context): Race {
  const { writer, other, writing, using, ordering } = conflict;
  const sides = [sideFor(writer, writing, context), sideFor(other, using, context)] as const;
  return {
    kind: ordering === "none" ? "unordered" : "undeclared", class: kind, grade: ordering === "unknown" ? "guess" : "consistent", paths, writer: sides[0], other: sides[1], times,
    because: becauseOf(conflict, sides, context), symptom: symptomOf(conflict, context),
    suggestion: suggestionFor(kind, { paths, writer: shortName(sides[0]), other: shortName(sides[1]) }), confirmation: null,
  };
}

/** As a person would find it: the target, else the command. */
const shortName = ({ target, task }: RaceSide): string => (target === null ? `"${cut(task.command, 50)}"` : `"${target}"`);

function sideFor(task: TracedProcess, side: Side, { forest, declared, ground }: Context): RaceSide {
  const [access] = side.accesses;
  const target = declared.targetOf(task);
  const [beganUs, endedUs] = forest.extentOf(task).us;
  return {
    process: processName(access?.process ?? task, forest.trace, ground), task: processName(task, forest.trace, ground), target: target === null ? null : nameFrom(target.graph.folder, target.name), place: target?.target.place ?? null,
    did: wordsFor(side.did), beganMs: Math.floor(beganUs / 1000), endedMs: endedUs === Number.MAX_SAFE_INTEGER ? null : Math.floor(endedUs / 1000),
  };
}

const processName = (process: TracedProcess, trace: Trace, ground: Ground): ProcessName => nameOf(process, trace, ground);

/** As the tool's own files name it: from where it works, but for what is far away. */
function nameFrom(folder: string, name: string): string {
  const relative = posix.relative(folder, name);
  return relative.startsWith("../../../") ? name : relative;
}

const WORDS: readonly (readonly [number, string])[] = [
  [DID.published, "put in place"], [DID.wrote, "wrote"], [DID.updated, "wrote to"], [DID.made, "made"], [DID.removed, "removed"], [DID.names, "changed the names in"], [DID.read, "read"], [DID.listed, "listed"], [DID.sought, "looked for"], [DID.found, "looked at"],
];

/** At most two: what it changed, else what it looked at. */
function wordsFor(did: number): string {
  const all = WORDS.filter(([bit]) => (did & bit) !== 0).map(([, word]) => word);
  return all.slice(0, 2).join(" and ") || "touched";
}

function becauseOf({ scheduler, ordering }: Conflict, [writer, other]: readonly [RaceSide, RaceSide], { forest, ground }: Context): string {
  const above = `"${cut(nameOf(scheduler, forest.trace, ground).command, 50)}"`;
  if (ordering === "none") return `${above} started both, and neither had ended when the other began`;
  if (ordering === "luck") return `in this run one had ended when the other began, but the rules of ${above} know no order between ${shortName(writer)} and ${shortName(other)}`;
  return `in this run one had ended when the other began; whether ${above} sees to that is not known`;
}

function symptomOf({ writing, using, writer, other }: Conflict, { forest, ground }: Context): string | null {
  const failed = [...using.accesses, ...writing.accesses].map(({ process }) => process).concat(other, writer).find(({ end }) => end?.how === 0 && end.code !== 0);
  if (failed !== undefined) return `"${cut(nameOf(failed, forest.trace, ground).command, 60)}" ended with ${String(failed.end?.code ?? 0)}`;
  const changed = writing.accesses.flatMap(({ touch }) => touch.changed ?? []);
  const first = changed.length === 0 ? null : Math.min(...changed);
  const isEarly = first !== null && using.accesses.some(({ touch }) => (touch.did & (DID.sought | DID.read)) !== 0 && touch.looked !== null && touch.looked[0] < first);
  return isEarly ? "it was looked for before it was written" : null;
}

function raceOfMissing({ target, task, paths }: MissingInput, { forest, declared, ground }: Context): Race {
  const side = sideFor(task, { task, accesses: [], did: DID.read }, { forest, declared, ground });
  const texts = paths.slice(0, PATHS_MAX).map(pathText);
  const name = nameFrom(target.graph.folder, target.name);
  const names = paths.slice(0, PATHS_MAX).map((at) => nameFrom(target.graph.folder, textOf(at, ground.roots)));
  return {
    kind: "missing-input", class: "missing-input", grade: "consistent", paths: texts, writer: null, other: side, times: paths.length,
    because: `${target.graph.tool} does not know that "${name}" depends on ${paths.length === 1 ? "it" : "them"}`, symptom: null,
    suggestion: suggestionForMissing(target.graph.tool, names, name, forest.below(task)), confirmation: null,
  };
}

function raceOfUnruled({ make, task, target, process, neededBy, at }: Unruled, context: Context): Race {
  const { folder } = target.graph;
  const [path, maker, user] = [textOf(at, context.ground.roots), target.name, neededBy].map((name) => nameFrom(folder, name));
  const writer = sideFor(task, { task, accesses: process.touched.filter((touch) => touch.at === at).map((touch) => ({ process, touch })), did: DID.wrote }, context);
  const other = { ...sideFor(make, { task: make, accesses: [], did: DID.sought }, context), target: user ?? null, place: target.graph.targets.get(neededBy)?.place ?? null };
  return {
    kind: "undeclared", class: "no-rule", grade: "consistent", paths: [pathText(at)], writer, other, times: 1,
    because: `"${user ?? ""}" names it and no rule makes it: with more than one job make looks for it while the recipe of "${maker ?? ""}" still runs, which makes it as well`,
    symptom: (make.end?.how ?? 0) === 0 && (make.end?.code ?? 0) !== 0 ? `"${cut(nameOf(make, context.forest.trace, context.ground).command, 60)}" ended with ${String(make.end?.code ?? 0)}` : null,
    suggestion: `Give it a rule that waits for who makes it: "${path ?? ""}: ${maker ?? ""} ;"`, confirmation: null,
  };
}

function notesOf(trace: Trace, { forest, declared, ground }: Context, { isCut, lost }: { readonly isCut: boolean; readonly lost: number }): readonly string[] {
  const notes: string[] = [];
  const replayed = trace.traced.filter(isReplayed).length;
  const planned = trace.traced.filter(({ fate }) => fate.kind === "planned").length;
  // Of those that changed nothing not even the name is told.
  const untold = (trace.flags & HELLO_FORCE) !== 0 ? 0 : Math.max(0, trace.processes - trace.traced.length);
  const slight = untold + trace.traced.filter(({ isSlight, fate }) => isSlight && fate.kind !== "planned").length;
  if (replayed > 0) notes.push(`${plural(replayed, "unit was", "units were")} replayed: what happens inside is not known${planned > 0 ? `, and of ${String(planned)} not what they read` : ""}; "fathom exec --force" runs all`);
  if (slight > 0) notes.push(`Of ${plural(slight, "slight process", "slight processes")} it is not known what they read; "fathom exec --force" has all`);
  const unknown = trace.traced.filter((process) => forest.isScheduler(process) && !(declared.tasks.isKnown && isTaskRunner(process, trace)) && !isBySources(process) && declared.graphOf(process, ground.roots) === null && forest.childrenOf(process).length > 1);
  if (unknown.length > 0) notes.push(`Of ${plural(unknown.length, "program that orders", "programs that order")} others the rules are not known: what it ordered itself may be luck`);
  if (lost > 0) notes.push(`Of ${plural(lost, "unit", "units")} the entry is not in the store any more: which files they read is not known whole`);
  if (!trace.isWhole) notes.push("The trace is not whole: there was more than it holds");
  if (isCut) notes.push("There were more pairs of commands than are compared: not all of them are counted");
  if (trace.traced.every(({ order }) => order === null)) notes.push("This run has no order: another version of Fathom recorded it");
  return notes;
}
