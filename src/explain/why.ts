// Why a process ran, or was replayed, or was not stored. Pure: traces and entries in,
// an answer out. What the verdict said is certain; what is made of two traces (which
// argument differs from the run before) is consistent with them, and called so.

import { isListed, COMPARATORS } from "../cache/programs.ts";
import { HELLO_FORCE, HELLO_NO_CACHE } from "../tap/messages.ts";
import type { Answer, CauseCode, Certainty, Evidence, Outcome } from "./answer.ts";
import { commandChanges, predecessorOf } from "./predecessor.ts";
import { evidenceOf, namesIn } from "./evidence.ts";
import { isReplayed, isTaskRunner, nameOf, runName, type Found, type Ground } from "./ground.ts";
import { amongChanged, foundOwn, ownDoingText } from "./own-doing.ts";
import type { ProcessDifference, Trace, TracedProcess } from "./trace.ts";
import { indexOf, type TraceIndex } from "./trace-index.ts";
import { outcomeOf, passedText, refusalText } from "./outcome.ts";
import { unplannedReasons } from "./unplanned.ts";
import { cut, inOrder, ownPaths, plural } from "./words.ts";

/** It always runs, or holds what always runs: nothing of it is stored. */
const isBarren = ({ fate }: TracedProcess): boolean => fate.kind === "passed" && (fate.reason === "barren" || fate.reason === "comparator");

interface Cause {
  readonly kind: CauseCode;
  readonly certainty: Certainty;
  readonly because: string;
  readonly against: Trace | null;
  readonly evidence: readonly Evidence[];
  readonly total: number;
}

const plainCause = (kind: CauseCode, because: string, certainty: Certainty = "certain", against: Trace | null = null): Cause => ({ kind, certainty, because, against, evidence: [], total: 0 });

/** How far the cause of a cause is followed. */
const DEPTH_MAX = 4;

export function why(process: TracedProcess, trace: Trace, ground: Ground, depth = 0): Answer {
  const outcome = outcomeOf(process);
  const name = nameOf(process, trace, ground);
  const around = outcome.kind === "ran" ? unitAround(process, trace) : null;
  const cause = outcome.kind === "replayed" ? unchanged(process, trace, ground) : around !== null ? partOf(around, trace, ground, depth) : causeOf(process, trace, ground, depth);
  const shown = `"${cut(name.command)}"${name.task === null ? "" : ` (${name.task})`}`;
  const parts = outcome.kind === "ran" && isBarren(process) && depth === 0 ? partsOf(process, trace, ground) : [];
  return {
    run: runName(trace, ground), process: name, outcome, cause: cause.kind, certainty: cause.certainty, because: cause.because,
    sentence: `${shown} ${sentenceOf(outcome, cause, process, trace, parts.length > 0)}`,
    against: cause.against === null ? null : runName(cause.against, ground),
    evidence: cause.evidence, total: cause.total, parts, notes: notesOf(process, outcome, trace), isNewest: ground.newest === trace.id,
    unplanned: isTaskRunner(process, trace) ? unplannedReasons(process, trace) : [],
  };
}

function sentenceOf(outcome: Outcome, { because, kind }: Cause, process: TracedProcess, trace: Trace, hasParts: boolean): string {
  if (outcome.kind === "replayed") return `was replayed: ${because}`;
  if (isTaskRunner(process, trace)) return `started ${plural(outermostBelow(process, trace).length, "command", "commands")}: ${countsText(process, trace)}`;
  if (!hasParts) return kind === "always-runs" ? `runs always: ${because}` : `ran because ${because}`;
  return `runs always: ${because}; of what it started, ${countsText(process, trace)}`;
}

function countsText(process: TracedProcess, trace: Trace): string {
  const below = outermostBelow(process, trace);
  const replayed = below.filter(isReplayed).length;
  return `${String(replayed)} replayed and ${String(below.length - replayed)} run`;
}

function notesOf(process: TracedProcess, outcome: Outcome, { isWhole }: Trace): readonly string[] {
  const notes = isWhole ? [] : ["The trace of this run is not whole: there was more than it holds"];
  if (outcome.kind === "replayed" || isBarren(process)) return notes;
  if (process.fate.kind === "stored") return [...notes, "It is stored now"];
  return outcome.notStored === null ? notes : [...notes, `It is not stored: ${outcome.notStored}`];
}

function unchanged(process: TracedProcess, trace: Trace, ground: Ground): Cause {
  const { fate } = process;
  const strongKey = fate.kind === "replayed" ? fate.strongKey : null;
  const entry = strongKey === null ? null : ground.records.entry(strongKey);
  const set = entry === null ? null : ground.records.set(entry.weakKey, entry.set);
  const against = earlierWith((index) => (strongKey === null ? index.withWeakKey(process.weakKey) : index.withKey(strongKey)), ({ fate: then }) => then.kind === "stored", trace, ground);
  const count = set === null ? "everything that it relied on" : `all ${plural(set.subjects.length, "thing", "things")} that it relied on`;
  const isGone = strongKey !== null && entry === null ? "; its entry is not in the store any more" : "";
  return plainCause("unchanged", `${count} ${set?.subjects.length === 1 ? "was" : "were"} as when it ran${isGone}`, "certain", against?.trace ?? null);
}

/** Of a part (cc1 below gcc), or where another program only handed on its work: the unit that has the entry. */
function unitAround(process: TracedProcess, trace: Trace): TracedProcess | null {
  const isPart = process.fate.kind === "passed" && (process.fate.reason === "part" || process.fate.reason === "handed-on");
  const above = isPart && process.miss === null ? trace.traced.find(({ image }) => image === process.parent) : undefined;
  return above ?? null;
}

function partOf(around: TracedProcess, trace: Trace, ground: Ground, depth: number): Cause {
  const above = why(around, trace, ground, depth + 1);
  return { kind: "part-of", certainty: above.certainty, because: `it is part of "${cut(above.process.command)}", which ran because ${above.because}`, against: above.against === null ? null : traceOf(above.against.id, trace, ground), evidence: above.evidence, total: above.total };
}

function causeOf(process: TracedProcess, trace: Trace, ground: Ground, depth: number): Cause {
  if (isTaskRunner(process, trace)) return plainCause("always-runs", "it starts the tasks, of which each is replayed or run");
  if (isListed(COMPARATORS, process.program)) return plainCause("always-runs", "it compares times itself, to decide what to do");
  const { miss } = process;
  if (miss !== null) {
    switch (miss.kind) {
      case "gone": return plainCause("store-emptied", "what was stored of it is not in the store any more");
      case "verified": return plainCause("verified", "--verify chose it, to compare");
      case "not-replayed": return plainCause("not-replayable", `nothing changed, but its entry could not be put in place (${miss.code})`);
      case "differs": break;
    }
    const against = earlierWith((index) => index.withKey(miss.strongKey), () => true, trace, ground);
    const writerBecause = (writer: TracedProcess, of: Trace): string | null => (depth < DEPTH_MAX ? causeOfWriter(writer, of, ground, depth + 1) : null);
    const { differences } = miss;
    const of = { process, trace, against, ground, writerBecause };
    const own = needsOwn(differences) ? ownPaths(ground.records.entry(miss.strongKey)) : new Set<string>();
    const evidence = evidenceOf(inOrder(differences, own), of);
    const found = miss.total > differences.length ? null : foundOwn(differences, own, (difference) => amongChanged(difference, namesIn(difference, of), own));
    if (found !== null) return { kind: "changed", certainty: "certain", because: ownDoingText(found), against: against?.trace ?? null, evidence, total: evidence.length };
    const [first] = evidence;
    const total = miss.total > miss.differences.length ? miss.total : evidence.length;
    const rest = total - 1;
    return { kind: "changed", certainty: "certain", because: `${first?.text ?? "something differs that is not kept"}${rest > 0 ? `, and ${plural(rest, "other thing", "other things")}` : ""}`, against: against?.trace ?? null, evidence, total };
  }
  if (isBarren(process)) return plainCause("always-runs", "a program in it compares times, to decide what to do");
  return notAsked(process, trace, ground);
}


/** One thing that is no name needs no order, and is none of its own: of ten thousand commands no entry is read for that. */
const needsOwn = (differences: readonly ProcessDifference[]): boolean => differences.length > 1 || differences.some(({ what }) => what === "names" || what === "appeared");

/** Null: it was replayed, or would have run whatever had changed. */
export function causeOfWriter(writer: TracedProcess, trace: Trace, ground: Ground, depth: number): string | null {
  if (isReplayed(writer)) return null;
  const { cause, because } = why(writer, trace, ground, depth);
  return cause === "trivial" || cause === "always-runs" || cause === "new" ? null : because;
}

/** The store knew nothing of this command, or was not to be asked. */
function notAsked(process: TracedProcess, trace: Trace, ground: Ground): Cause {
  if ((trace.flags & HELLO_FORCE) !== 0) return plainCause("forced", "--force runs everything");
  if ((trace.flags & HELLO_NO_CACHE) !== 0) return plainCause("forced", "--no-cache runs everything");
  if (process.isBound) return plainCause("bound", "a program above it traces it or has changed what it may do");
  if (process.isUncached) return plainCause("uncached", "its task is not to be cached");
  if (process.fate.kind === "passed" && process.fate.reason === "temporary-name") return plainCause("temporary-name", passedText("temporary-name") ?? "");
  const same = earlierWith((index) => index.withWeakKey(process.weakKey), ({ fate }) => fate.kind !== "unknown", trace, ground, process.startedUs);
  if (same !== null) return sameCommand(same, trace);
  const before = predecessorOf(process, trace, ground.before(trace.id));
  if (before === null) return plainCause("new", "it is new: nothing is stored of this command, and no recorded run has one that it could have been");
  const changes = commandChanges(before.process, process, ground.roots);
  if (changes.length === 0) return plainCause("key-changed", "the same command was stored by another version of Fathom, or by another user", "consistent", before.trace);
  const [first] = changes;
  const rest = changes.length - 1;
  return {
    kind: "command-changed", certainty: "consistent", against: before.trace, evidence: changes, total: changes.length,
    because: `its command is new: compared with the one most like it ${first?.text ?? ""}${rest > 0 ? `, and ${plural(rest, "other thing differs", "other things differ")}` : ""}`,
  };
}

/** The same command ran or was replayed before, and still the store knew nothing of it. */
function sameCommand({ process, trace }: Found, now: Trace): Cause {
  const when = trace.id === now.id ? "earlier in this run" : "last time";
  const { fate } = process;
  const against = trace;
  switch (fate.kind) {
    case "refused": return plainCause("not-stored-before", `${when} it could not be stored: ${refusalText(fate)}`, "certain", against);
    case "passed": {
      const reason = passedText(fate.reason);
      const code = fate.reason === "failed" ? "failed-before" : fate.reason === "trivial" ? "trivial" : "not-stored-before";
      return plainCause(code, fate.reason === "trivial" ? "it takes less than 10 ms: running it is as cheap as asking" : `${when} it was not stored: ${reason ?? "nobody knows why"}`, "certain", against);
    }
    default:
      return plainCause("store-emptied", "what was stored of it was not in the store any more", "consistent", against);
  }
}

/** In this run before `startedUs`, and in earlier ones; the latest. */
function earlierWith(candidates: (index: TraceIndex) => readonly TracedProcess[], isMeant: (process: TracedProcess) => boolean, trace: Trace, ground: Ground, startedUs = 0): Found | null {
  const here = candidates(indexOf(trace)).findLast((other) => other.startedUs < startedUs && isMeant(other));
  if (here !== undefined) return { process: here, trace };
  for (const earlier of ground.before(trace.id)) {
    const process = candidates(indexOf(earlier)).findLast(isMeant);
    if (process !== undefined) return { process, trace: earlier };
  }
  return null;
}

function traceOf(id: string, trace: Trace, ground: Ground): Trace | null {
  if (trace.id === id) return trace;
  for (const earlier of ground.before(trace.id)) if (earlier.id === id) return earlier;
  return null;
}

/** Units whose parent, and everything above, always runs: the ones that are asked for by themselves. */
export function outermostBelow(above: TracedProcess, trace: Trace): readonly TracedProcess[] {
  const barren = new Set<number>([above.image]);
  const units: TracedProcess[] = [];
  for (const process of trace.traced) {
    if (!barren.has(process.parent) || process === above) continue;
    if (isBarren(process)) barren.add(process.image);
    else units.push(process);
  }
  return units;
}

/** Of each the time that it took, with all below it: the end of the process is that of its unit. */
export const tookUs = ({ startedUs, end }: TracedProcess): number => (end === null ? 0 : end.endedUs - startedUs);

const isNormal = ({ fate }: TracedProcess): boolean => fate.kind === "passed" && fate.reason === "trivial";

function partsOf(above: TracedProcess, trace: Trace, ground: Ground): readonly Answer[] {
  const ran = outermostBelow(above, trace).filter((process) => !isReplayed(process) && !isNormal(process));
  return [...ran].sort((a, b) => tookUs(b) - tookUs(a)).map((process) => why(process, trace, ground, 1));
}
