// What the processes of a run did to paths, from all that is known: the trace, where a
// process ran; the entry, where it was replayed, for what it relied on was looked at
// when it began, and what it changes was put in place before it ended.

import { decodeStates, isAboutPath } from "../cache/facts.ts";
import type { Ground } from "./ground.ts";
import { CHANGES, DID, LOOKS, type Touch } from "./touch.ts";
import type { PathChange, Trace, TracedProcess } from "./trace.ts";

export interface Access {
  readonly process: TracedProcess;
  readonly touch: Touch;
}

const CHANGED: Readonly<Record<PathChange["how"], number>> = { wrote: DID.wrote, removed: DID.removed, made: DID.made, renamed: DID.published, mode: DID.marked };

/** By image. */
export const accessesIn = (trace: Trace, ground: Pick<Ground, "records">): ReadonlyMap<number, readonly Access[]> =>
  new Map(trace.traced.map((process) => [process.image, touchesOf(process, ground).map((touch) => ({ process, touch }))]));

/** Paths that somebody changed and another process touched, with who did. */
export function contested(accesses: ReadonlyMap<number, readonly Access[]>): ReadonlyMap<string, readonly Access[]> {
  const byPath = new Map<string, Access[]>();
  for (const each of accesses.values()) for (const access of each) addTo(byPath, access.touch.at, access);
  for (const [path, accesses] of byPath) {
    const images = new Set(accesses.map(({ process }) => process.image));
    const isChanged = accesses.some(({ touch }) => (touch.did & (CHANGES | DID.names)) !== 0);
    if (images.size < 2 || !isChanged) byPath.delete(path);
  }
  return byPath;
}

export function addTo(lists: Map<string, Access[]>, path: string, access: Access): void {
  const list = lists.get(path);
  if (list === undefined) lists.set(path, [access]);
  else list.push(access);
}

function touchesOf(process: TracedProcess, ground: Pick<Ground, "records">): readonly Touch[] {
  if (process.fate.kind === "replayed") return replayedTouches(process, process.fate.strongKey, ground);
  const known = new Set(process.touched.map(({ at }) => at));
  const more = process.changes.filter(({ at }) => !known.has(at)).map(({ at, how }) => ({ at, did: CHANGED[how], looked: null, changed: null }));
  return [...process.touched, ...more];
}

function replayedTouches({ order }: TracedProcess, strongKey: Parameters<Ground["records"]["entry"]>[0], { records }: Pick<Ground, "records">): readonly Touch[] {
  const entry = records.entry(strongKey);
  if (entry === null) return [];
  const subjects = records.set(entry.weakKey, entry.set)?.subjects ?? [];
  const states = decodeStates(entry.states, subjects.length) ?? [];
  const [began, ended] = order === null ? [null, null] : [[order.began, order.began] as const, [order.ended, order.ended] as const];
  const touches = new Map<string, Touch>();
  for (const [index, subject] of subjects.entries()) {
    if (!isAboutPath(subject)) continue;
    const isAbsent = states[index]?.startsWith("-") === true;
    const did = isAbsent ? DID.sought : subject.kind === "listed" ? DID.listed : subject.kind === "content" || subject.kind === "timed" ? DID.read : DID.found;
    const known = touches.get(subject.name);
    touches.set(subject.name, { at: subject.name, did: did | (known?.did ?? 0), looked: began, changed: null });
  }
  for (const { at, kind } of entry.effects) {
    const did = kind === "absent" ? DID.removed : kind === "file" ? DID.published : DID.made;
    const known = touches.get(at);
    touches.set(at, { at, did: did | (known?.did ?? 0), looked: known?.looked ?? null, changed: ended });
  }
  return [...touches.values()];
}

export interface Reads {
  /** Tokens. */
  readonly paths: ReadonlySet<string>;
  /** Units whose entry is not in the store any more: of them not all is known. */
  readonly lost: number;
}

/** What they read: what the units in them rely on, and what the trace tells of those that have no entry. */
export function readsOf(processes: Iterable<TracedProcess>, ground: Pick<Ground, "records">): Reads {
  const reads = new Set<string>();
  let lost = 0;
  for (const process of processes) {
    for (const { at, did } of process.touched) if ((did & DID.read) !== 0 && (did & CHANGES) === 0) reads.add(at);
    const { fate } = process;
    if (fate.kind !== "stored" && fate.kind !== "replayed") continue;
    const entry = ground.records.entry(fate.strongKey);
    if (entry === null) lost += 1;
    else for (const { kind, name } of ground.records.set(entry.weakKey, entry.set)?.subjects ?? []) if (kind === "content" || kind === "timed") reads.add(name);
  }
  return { paths: reads, lost };
}

export const looksAt = ({ did }: Touch): boolean => (did & LOOKS) !== 0;
export const changes = ({ did }: Touch): boolean => (did & CHANGES) !== 0;
