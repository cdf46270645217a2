// Keeps the store within bounds: what was used longest ago goes first, with
// everything that only it refers to. A unit is used when it is stored or replayed.

import { COLLECTED_AGE_NS_MIN } from "../base/limits.ts";
import { byteOrder } from "../base/path.ts";
import type { Store } from "../store/store.ts";
import type { Stored } from "../store/upkeep.ts";
import { blobsOf, decodeEntry } from "./entry.ts";
import { decodeKey, KIND, lackingBlob } from "./records.ts";
import { weakKeyOf } from "./witness.ts";

export interface Bounds {
  readonly bytesMax: number;
  /** Since its last use. */
  readonly ageNsMax: bigint;
}

export interface Collected {
  readonly removedBytes: number;
  readonly removedFiles: number;
  readonly keptBytes: number;
}

const BLOBS = "blobs";

type Name = readonly [kind: string, name: string];

/** What a weak key keeps alive. */
function* heldBy(store: Store, weakKey: string): Generator<Name> {
  yield [KIND.keys, weakKey];
  const read = store.getRecord(KIND.keys, weakKey);
  for (const { entries } of read.ok ? decodeKey(read.value) : []) {
    for (const { strongKey: name } of entries) {
      yield [KIND.entries, name];
      const record = store.getRecord(KIND.entries, name);
      const entry = record.ok ? decodeEntry(record.value) : record;
      if (entry.ok) for (const blob of blobsOf(entry.value)) yield [BLOBS, blob];
    }
  }
}

/** Names to keep, and what they weigh; the same blob counts once. */
class Kept {
  readonly #sizes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly #names = new Map<string, Set<string>>();
  bytes = 0;

  constructor(files: ReadonlyMap<string, readonly Stored[]>) {
    this.#sizes = new Map([...files].map(([kind, list]) => [kind, new Map(list.map(({ name, sizeBytes }) => [name, sizeBytes]))]));
    for (const kind of files.keys()) this.#names.set(kind, new Set());
  }

  /** False when that would be more than `bytesMax` in all: nothing is added then. */
  add(wanted: Iterable<Name>, bytesMax: number): boolean {
    const fresh = new Map<string, Name>();
    for (const name of wanted) if (!this.has(...name)) fresh.set(name.join("/"), name);
    let bytes = this.bytes;
    for (const [kind, name] of fresh.values()) bytes += this.#sizes.get(kind)?.get(name) ?? 0;
    if (bytes > bytesMax) return false;
    this.bytes = bytes;
    for (const [kind, name] of fresh.values()) this.#names.get(kind)?.add(name);
    return true;
  }

  has(kind: string, name: string): boolean {
    return this.#names.get(kind)?.has(name) === true;
  }
}

function lacksBlob(store: Store, name: string): boolean {
  const record = store.getRecord(KIND.entries, name);
  const entry = record.ok ? decodeEntry(record.value) : record;
  return entry.ok && lackingBlob(store, entry.value) !== null;
}

export function collect(store: Store, bounds: Bounds, nowNs: bigint): Collected {
  const kinds = [...Object.values(KIND), BLOBS];
  const files = new Map(kinds.map((kind) => [kind, store.files(kind)]));
  const of = (kind: string): readonly Stored[] => files.get(kind) ?? [];
  const kept = new Kept(files);
  const latestFirst = [...of(KIND.keys)].sort((a, b) => (a.usedNs === b.usedNs ? byteOrder(a.name, b.name) : a.usedNs < b.usedNs ? 1 : -1));
  const ofPlaces = new Map<string, Name[]>();
  for (const { name } of of(KIND.witnesses)) ofPlaces.set(weakKeyOf(name), [...(ofPlaces.get(weakKeyOf(name)) ?? []), [KIND.witnesses, name]]);
  for (const key of latestFirst) {
    if (key.usedNs < nowNs - bounds.ageNsMax) break;
    if (!kept.add([...heldBy(store, key.name), ...(ofPlaces.get(key.name) ?? [])], bounds.bytesMax)) break;
  }
  let [removedBytes, removedFiles] = [store.removeLeftovers(), 0];
  for (const kind of kinds) {
    const gone = of(kind).filter(({ name, madeNs }) => !kept.has(kind, name) && madeNs < nowNs - COLLECTED_AGE_NS_MIN);
    removedFiles += gone.length;
    removedBytes += store.remove(kind, gone);
  }
  // Stored meanwhile, or less than an hour ago, with content from long ago.
  const lacking = store.files(KIND.entries).filter(({ name }) => !kept.has(KIND.entries, name) && lacksBlob(store, name));
  removedFiles += lacking.length;
  removedBytes += store.remove(KIND.entries, lacking);
  return { removedBytes, removedFiles, keptBytes: kept.bytes };
}
