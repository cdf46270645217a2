// What is asked of one trace for each of its processes: who has a key, what it started,
// who wrote a path last. Found through lists that are made once, for an answer about ten
// thousand processes cannot walk ten thousand for each.

import type { Ground } from "./ground.ts";
import type { PathChange, Trace, TracedProcess } from "./trace.ts";

export interface Wrote {
  readonly process: TracedProcess;
  readonly how: PathChange["how"] | "replayed";
}

interface Changed {
  readonly process: TracedProcess;
  readonly change: PathChange;
}

const NOBODY: readonly TracedProcess[] = [];

const lastOf = (token: string): string => token.slice(token.lastIndexOf("/") + 1);

export class TraceIndex {
  readonly #trace: Trace;
  #strong: ReadonlyMap<string, readonly TracedProcess[]> | null = null;
  #weak: ReadonlyMap<string, readonly TracedProcess[]> | null = null;
  #children: ReadonlyMap<number, readonly TracedProcess[]> | null = null;
  #places: ReadonlyMap<TracedProcess, number> | null = null;
  #changes: ReadonlyMap<string, readonly Changed[]> | null = null;
  readonly #replayed = new WeakMap<Ground["records"], ReadonlyMap<string, readonly TracedProcess[]>>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Stored or replayed under it, in the order of the trace. */
  withKey(strongKey: string): readonly TracedProcess[] {
    this.#strong ??= listed(this.#trace.traced.flatMap((process) => (process.fate.kind === "stored" || process.fate.kind === "replayed" ? [[process.fate.strongKey, process] as const] : [])));
    return this.#strong.get(strongKey) ?? NOBODY;
  }

  withWeakKey(weakKey: string): readonly TracedProcess[] {
    this.#weak ??= grouped(this.#trace.traced, (process) => process.weakKey);
    return this.#weak.get(weakKey) ?? NOBODY;
  }

  /** With itself, in the order of the trace. */
  within(process: TracedProcess): readonly TracedProcess[] {
    this.#children ??= grouped(this.#trace.traced, ({ parent }) => parent);
    this.#places ??= new Map(this.#trace.traced.map((each, place) => [each, place]));
    const [children, places] = [this.#children, this.#places];
    // A set: what was read may hold a circle.
    const found = new Set([process]);
    for (const above of found) for (const child of children.get(above.image) ?? NOBODY) found.add(child);
    return [...found].sort((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0));
  }

  /** The process itself where that was seen, else the innermost unit whose entry says that it is among its effects. */
  lastWriter(at: string, beforeUs: number, { records, isSamePlace }: Pick<Ground, "records" | "isSamePlace">): Wrote | null {
    this.#changes ??= listed(this.#trace.traced.flatMap((process) => process.changes.map((change) => [lastOf(change.at), { process, change }] as const)));
    // A ledger has paths as programs gave them, with links in them.
    const found = this.#changes.get(lastOf(at))?.findLast(({ process, change }) => process.startedUs < beforeUs && (change.at === at || isSamePlace(change.at, at)));
    if (found !== undefined) return { process: found.process, how: found.change.how };
    const replayed = this.#replayedIn(records).get(at)?.findLast(({ startedUs }) => startedUs < beforeUs);
    return replayed === undefined ? null : { process: replayed, how: "replayed" };
  }

  /** By what their entries say that they made. */
  #replayedIn(records: Ground["records"]): ReadonlyMap<string, readonly TracedProcess[]> {
    const known = this.#replayed.get(records) ?? listed(this.#trace.traced.flatMap((process) => {
      const entry = process.fate.kind === "replayed" ? records.entry(process.fate.strongKey) : null;
      return entry?.effects.map(({ at }) => [at, process] as const) ?? [];
    }));
    this.#replayed.set(records, known);
    return known;
  }
}

const INDEXES = new WeakMap<Trace, TraceIndex>();

export function indexOf(trace: Trace): TraceIndex {
  const known = INDEXES.get(trace) ?? new TraceIndex(trace);
  INDEXES.set(trace, known);
  return known;
}

export const grouped = <Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): ReadonlyMap<Key, readonly Value[]> => listed(values.map((value) => [keyOf(value), value] as const));

function listed<Key, Value>(pairs: Iterable<readonly [Key, Value]>): ReadonlyMap<Key, readonly Value[]> {
  const lists = new Map<Key, Value[]>();
  for (const [key, value] of pairs) {
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [value]);
    else list.push(value);
  }
  return lists;
}
