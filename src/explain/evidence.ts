// Evidence for what differed: who looked at it, who wrote it and why, which names of
// a directory are new. Where the store or a trace does not know, nothing is made up.

import { isReadByLibc } from "../cache/environment.ts";
import { isAboutPath } from "../cache/facts.ts";
import { toText } from "../base/path.ts";
import type { Evidence, ProcessName, Writer } from "./answer.ts";
import type { ProcessDifference, Trace, TracedProcess } from "./trace.ts";
import { indexOf } from "./trace-index.ts";
import { changedVariables } from "./variables.ts";
import { differenceText, namesChanged, pathText } from "./words.ts";
import { nameOf, type Found, type Ground } from "./ground.ts";

/** Processes named as readers of one thing. */
const READERS_MAX = 3;

export interface EvidenceGround {
  readonly process: TracedProcess;
  readonly trace: Trace;
  /** With what it was compared. */
  readonly against: Found | null;
  readonly ground: Ground;
  readonly writerBecause: (writer: TracedProcess, trace: Trace) => string | null;
}

export function evidenceOf(differences: readonly ProcessDifference[], of: EvidenceGround): readonly Evidence[] {
  const within = indexOf(of.trace).within(of.process);
  const all = differences.flatMap((difference) => (isAboutPath(difference) ? [aboutPath(difference, within, of)] : aboutVariables(difference, within, of)));
  // A variable that the program asked for is among those of libc as well.
  return all.filter(({ text }, index) => all.findIndex((other) => other.text === text) === index);
}

function readersOf(at: string, within: readonly TracedProcess[], { trace, ground }: EvidenceGround): readonly ProcessName[] {
  return within.filter(({ looked }) => looked.includes(at)).slice(0, READERS_MAX).map((process) => nameOf(process, trace, ground));
}

function aboutPath(difference: ProcessDifference, within: readonly TracedProcess[], of: EvidenceGround): Evidence {
  const { name, kind, what, listings } = difference;
  const names = namesIn(difference, of);
  const readBy = readersOf(name, within, of);
  const changed = names === null ? [name] : [...names.added, ...names.removed].map((each) => `${name}/${each}`);
  const writtenBy = changed.map((at) => writerOf(at, of)).find((writer) => writer !== null) ?? null;
  return { kind, name: pathText(name), what, text: differenceText(difference, null) + namesText(names, listings !== null), readBy, writtenBy, names: names === null ? null : { added: names.added.map(toText), removed: names.removed.map(toText) } };
}

/** Names shown in a sentence; all are in the value. */
const NAMES_SHOWN_MAX = 5;

function namesText(names: NamesChanged | null, isListing: boolean): string {
  if (!isListing) return "";
  if (names === null) return " (which is not known: the names of then are not kept)";
  const all = [...names.added.map((name) => `+${toText(name)}`), ...names.removed.map((name) => `-${toText(name)}`)];
  if (all.length === 0) return " (a name is of another type now)";
  return `: ${all.slice(0, NAMES_SHOWN_MAX).join(", ")}${all.length > NAMES_SHOWN_MAX ? ` and ${String(all.length - NAMES_SHOWN_MAX)} more` : ""}`;
}

export interface NamesChanged {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Of a directory whose names changed. Null: it is none, or the names of then are not kept. */
export function namesIn({ listings }: ProcessDifference, { trace, ground }: Pick<EvidenceGround, "trace" | "ground">): NamesChanged | null {
  if (listings === null) return null;
  const { was, now } = listings;
  const after = trace.listings.get(now);
  let before = trace.listings.get(was);
  if (before === undefined) for (const earlier of ground.before(trace.id)) if ((before = earlier.listings.get(was)) !== undefined) break;
  return before === undefined || after === undefined ? null : namesChanged(before, after);
}

/** Who wrote it last before the process started: in this run, or since the run it is compared with. */
function writerOf(at: string, { process, trace, against, ground, writerBecause }: EvidenceGround): Writer | null {
  const here = indexOf(trace).lastWriter(at, process.startedUs, ground);
  if (here !== null) return { ...nameOf(here.process, trace, ground), how: here.how, because: writerBecause(here.process, trace) };
  for (const earlier of ground.before(trace.id)) {
    const from = against !== null && earlier.id === against.trace.id ? against.process.startedUs : -1;
    const found = indexOf(earlier).lastWriter(at, Number.MAX_SAFE_INTEGER, ground);
    if (found !== null && found.process.startedUs > from) return { ...nameOf(found.process, earlier, ground), how: found.how, because: writerBecause(found.process, earlier) };
    if (against !== null && earlier.id <= against.trace.id) return null;
  }
  return null;
}

function aboutVariables(difference: ProcessDifference, within: readonly TracedProcess[], of: EvidenceGround): readonly Evidence[] {
  const { kind, name, what } = difference;
  const text = (names: readonly string[] | null): string => differenceText(difference, names);
  const plain = (names: readonly string[] | null): Evidence => ({ kind, name: toText(name), what, text: text(names), readBy: readersOf(`$${name}`, within, of), writtenBy: null, names: null });
  if (kind !== "all-variables" && kind !== "libc-variables") return [plain(null)];
  const before = of.against?.process.variables ?? null;
  const after = of.process.variables;
  if (before === null || after === null || of.against?.trace.salt !== of.trace.salt) return [plain(null)];
  const changed = changedVariables(before, after).filter((change) => kind === "all-variables" || isReadByLibc(change.name));
  if (changed.length === 0) return [plain(null)];
  return changed.map((change) => {
    const one = { kind: "variable" as const, name: change.name, what: change.what };
    return { ...plain(null), kind: "variable", name: toText(change.name), what: change.what, text: differenceText(one, null) };
  });
}
