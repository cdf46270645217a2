// Who wrote a file, who relies on it, and what would run again if it changed. Who
// relies on something is in entries only: what was not stored is counted, not guessed.

import { byteOrder } from "../base/path.ts";
import type { SubjectKind } from "../cache/facts.ts";
import type { Entry } from "../cache/entry.ts";
import type { ProcessName, Writer } from "./answer.ts";
import { nameOf, type Ground } from "./ground.ts";
import { indexOf } from "./trace-index.ts";
import type { Trace, TracedProcess } from "./trace.ts";
import { since, type Since } from "./since.ts";
import { causeOfWriter } from "./why.ts";
import { pathText, plural } from "./words.ts";

export interface FileReader extends ProcessName {
  /** What it relies on there. */
  readonly kind: SubjectKind;
  /** It relies on what one of the direct readers makes: it runs again only if that differs then. */
  readonly isIndirect: boolean;
}

export interface FileAnswer {
  /** From the workspace. */
  readonly file: string;
  readonly sentence: string;
  /** Null: no recorded run wrote it. */
  readonly writtenBy: Writer | null;
  readonly readers: readonly FileReader[];
  /** Units of these runs that have no entry, so that nobody knows what they rely on; what always runs is not counted. */
  readonly unknown: number;
  /** From the workspace: what its writer relied on and is another now. Null: that is not known. */
  readonly changedSince: readonly string[] | null;
  /** Whether it is still what its writer left. Null: not known. */
  readonly isAsWritten: boolean | null;
  readonly notes: readonly string[];
}

/** Kinds of questions that another content answers otherwise. */
const CONTENT: ReadonlySet<SubjectKind> = new Set<SubjectKind>(["content", "timed", "missing", "link"]);

interface UnitEntry {
  readonly process: TracedProcess;
  readonly trace: Trace;
  readonly entry: Entry;
}

interface Known {
  /** Outermost first, as processes start in that order. */
  readonly units: readonly UnitEntry[];
  readonly unknown: number;
}

/**
 * Of every command the latest that is kept: a run tells only of what was started in it, and make starts little. What a later run made by
 * another command (other options) replaces the one that made it before.
 */
function knownUnits(ground: Ground): Known {
  const units = new Map<string, UnitEntry>();
  const made = new Set<string>();
  const unknown = new Set<string>();
  for (const trace of ground.before(null)) {
    const added: UnitEntry[] = [];
    for (const process of trace.traced) {
      const { fate, weakKey } = process;
      if (units.has(weakKey) || unknown.has(weakKey)) continue;
      if (fate.kind === "refused") unknown.add(weakKey);
      if (fate.kind !== "stored" && fate.kind !== "replayed") continue;
      const entry = ground.records.entry(fate.strongKey);
      const isReplaced = entry !== null && entry.effects.length > 0 && entry.effects.every(({ at }) => made.has(at));
      if (entry !== null && !isReplaced) added.push({ process, trace, entry });
    }
    for (const unit of added) {
      units.set(unit.process.weakKey, unit);
      for (const { at } of unit.entry.effects) made.add(at);
    }
  }
  return { units: [...units.values()].sort((a, b) => byteOrder(a.trace.id, b.trace.id) || a.process.image - b.process.image), unknown: unknown.size };
}

interface Reader {
  readonly unit: UnitEntry;
  readonly kind: SubjectKind;
}

/** By what they rely on: `at`, and whatever else has a root, for that may be made of it. What a unit relies on is read once. */
function readersIn(units: readonly UnitEntry[], at: string, ground: Ground): ReadonlyMap<string, readonly Reader[]> {
  const readers = new Map<string, Reader[]>();
  for (const unit of units) {
    const { weakKey, set } = unit.entry;
    for (const { kind, name } of ground.records.set(weakKey, set)?.subjects ?? []) {
      if (!CONTENT.has(kind) || (name !== at && !name.startsWith("\x01"))) continue;
      const known = readers.get(name);
      if (known === undefined) readers.set(name, [{ unit, kind }]);
      else if (known.at(-1)?.unit !== unit) known.push({ unit, kind });
    }
  }
  return readers;
}

/** `at`: a token. Null: nobody of the recorded runs knows it. */
export function whyFile(at: string, ground: Ground): FileAnswer | null {
  const { units, unknown } = knownUnits(ground);
  const readersOf = readersIn(units, at, ground);
  const direct = readersOf.get(at) ?? [];
  const found = writerOf(at, ground);
  const writtenBy = found?.writer ?? null;
  if (direct.length === 0 && writtenBy === null) return null;
  const readers: FileReader[] = direct.map(({ unit, kind }) => ({ ...nameOf(unit.process, unit.trace, ground), kind, isIndirect: false }));
  const seen = new Set(direct.map(({ unit }) => unit));
  for (const { unit, kind } of indirect(direct.map((each) => each.unit), readersOf, seen)) readers.push({ ...nameOf(unit.process, unit.trace, ground), kind, isIndirect: true });
  const count = direct.length;
  const more = readers.length - count;
  const written = writtenBy === null ? "was written by no recorded process" : `was last written by "${writtenBy.command}"${writtenBy.task === null ? "" : ` (${writtenBy.task})`}`;
  const relied = count === 0 ? "nothing that is stored relies on its content" : `if it changed, ${plural(count, "unit", "units")} would run again${more > 0 ? `, and ${String(more)} more if what those make differs` : ""}`;
  const changed = found?.since?.inputs.map(pathText) ?? null;
  const isOther = found?.since?.isOther;
  const stale = changed === null || changed.length === 0 ? "" : `; since then ${namesText(changed)} changed, so that it would be made anew by a tool that compares contents`;
  const notes = unknown === 0 ? [] : [`Of ${plural(unknown, "unit", "units")} it is not known, for nothing could be stored of them`];
  if (isOther === true) notes.push("It is not what that one left: somebody changed it who is in no recorded run");
  for (const { id, isWhole } of ground.before(null)) if (!isWhole) notes.push(`The trace of run ${id} is not whole: there was more than it holds`);
  return { file: pathText(at), sentence: `"${pathText(at)}" ${written}${stale}; ${relied}`, writtenBy, readers, unknown, changedSince: changed, isAsWritten: isOther === undefined ? null : !isOther, notes };
}

const NAMED_MAX = 3;

const namesText = (names: readonly string[]): string =>
  `${names.slice(0, NAMED_MAX).map((name) => `"${name}"`).join(", ")}${names.length > NAMED_MAX ? ` and ${String(names.length - NAMED_MAX)} more` : ""}`;

function writerOf(at: string, ground: Ground): { readonly writer: Writer; readonly since: Since | null } | null {
  for (const trace of ground.before(null)) {
    const found = indexOf(trace).lastWriter(at, Number.MAX_SAFE_INTEGER, ground);
    if (found === null) continue;
    const because = causeOfWriter(found.process, trace, ground, 1);
    return { writer: { ...nameOf(found.process, trace, ground), how: found.how, because }, since: since(at, found.process, trace, ground) };
  }
  return null;
}

/** Through what is made of it. */
function* indirect(from: readonly UnitEntry[], readersOf: ReadonlyMap<string, readonly Reader[]>, seen: Set<UnitEntry>): Generator<Reader> {
  const waiting = [...from];
  for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) {
    for (const { at } of unit.entry.effects) {
      for (const reader of readersOf.get(at) ?? []) {
        if (seen.has(reader.unit)) continue;
        seen.add(reader.unit);
        waiting.push(reader.unit);
        yield reader;
      }
    }
  }
}

