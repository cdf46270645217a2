// Which records the cache keeps in the store, and how they hang together: keys
// (weak key -> path sets, with the entries seen for each), entries (by strong key)
// and witnesses, which hold plans. What cannot be read is as good as not there. Making a file is most
// of what storing a small unit costs, so path sets have none of their own.

import type { Digest } from "../base/digest.ts";
import type { AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { recordPath } from "../store/layout.ts";
import type { Store } from "../store/store.ts";
import { blobsOf, decodeEntry, encodeEntry, type Entry } from "./entry.ts";
import { contentOf, decodeSet, type Fact, type PathSet } from "./facts.ts";
import { ENTRIES_PER_SET_MAX, MARKED_SUBJECTS_MAX, SET_BYTES_MAX, SETS_MAX } from "./limits.ts";
import type { Roots } from "./roots.ts";
import { decodeWitness, encodeWitness, NO_WITNESS, weakKeyOf, witnessName, type Witness } from "./witness.ts";
import { Reader, Writer } from "./wire.ts";

export const KIND = { keys: "keys", entries: "entries", witnesses: "witnesses" } as const;

/** One path set of a weak key, with the entries last used of it. Most recent first, both. */
export interface KnownSet {
  readonly set: Digest;
  /** As encodeSet gives them: taken apart only when they are needed. */
  readonly subjects: string;
  readonly entries: readonly KnownEntry[];
}

export interface KnownEntry {
  readonly strongKey: Digest;
  /** As contentMarks gives them. */
  readonly marks: string;
}

const HEAD = "FKEY\x03\0\0\0";

export function encodeKey(sets: readonly KnownSet[]): Buffer {
  const kept = sets.slice(0, SETS_MAX);
  const writer = new Writer().raw(HEAD).u8(kept.length);
  for (const { set, subjects, entries } of kept) {
    const latest = entries.slice(0, ENTRIES_PER_SET_MAX);
    writer.digest(set).u32(subjects.length).raw(subjects).u8(latest.length);
    for (const { strongKey, marks } of latest) writer.digest(strongKey).u32(marks.length).raw(marks);
  }
  return writer.buffer();
}

export function decodeKey(bytes: Buffer): readonly KnownSet[] {
  const reader = new Reader(bytes).expect(HEAD);
  const sets: KnownSet[] = [];
  for (let left = reader.u8(); left > 0 && !reader.isDamaged; left--) {
    const set = reader.digest();
    const subjects = reader.raw(reader.count(SET_BYTES_MAX, 1));
    const entries: KnownEntry[] = [];
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- Each reading may set it, which the rule does not follow.
    for (let more = reader.u8(); more > 0 && !reader.isDamaged; more--) entries.push({ strongKey: reader.digest(), marks: reader.raw(reader.count(MARK_BYTES * MARKED_SUBJECTS_MAX, 1)) });
    sets.push({ set, subjects, entries });
  }
  return reader.isFinished() ? sets : [];
}

/** A few bytes for each question: the first of the digest of a content, or zeros. Where none of a file that is known here is that of a content, no entry holds (native/supervisor/unheard.c). Empty: too many. */
export function contentMarks(facts: readonly Fact[]): string {
  if (facts.length > MARKED_SUBJECTS_MAX) return "";
  return facts.map(({ state }) => (contentOf(state) === null ? NO_MARK : state.slice(1, 1 + MARK_BYTES))).join("");
}

const MARK_BYTES = 4;
const NO_MARK = "\0".repeat(MARK_BYTES);

/** The list with this set and entry in front. `added` null: both must be known already, else nothing is changed. */
export function inFront(sets: readonly KnownSet[], set: Digest, strongKey: Digest, added: NewEntry | null): readonly KnownSet[] {
  const before = sets.find((known) => known.set === set);
  const known = before?.entries.find((entry) => entry.strongKey === strongKey);
  const subjects = before?.subjects ?? added?.subjects ?? null;
  const marks = added?.marks ?? known?.marks ?? (before === undefined ? null : "");
  if (subjects === null || marks === null) return sets;
  const entries = [{ strongKey, marks }, ...(before?.entries ?? []).filter((entry) => entry !== known)];
  return [{ set, subjects, entries }, ...sets.filter((other) => other !== before)];
}

/** Of an entry that is new: `subjects` as encodeSet gives them. */
export interface NewEntry {
  readonly subjects: string;
  readonly marks: string;
}

/** Null: its bytes are not those of the set. */
export function pathSetOf({ set, subjects }: KnownSet): PathSet | null {
  const decoded = decodeSet(Buffer.from(subjects, "latin1"));
  return decoded.ok && decoded.value.digest === set ? decoded.value : null;
}

/** A blob that the entry promises and the store does not have. */
export const lackingBlob = (store: Pick<Store, "hasBlob">, entry: Entry): Digest | null => blobsOf(entry).find((blob) => !store.hasBlob(blob)) ?? null;

export class Records {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  knownSets(weakKey: Digest): readonly KnownSet[] {
    const found = this.#store.getRecord(KIND.keys, weakKey);
    return found.ok ? decodeKey(found.value) : [];
  }

  /** Two Fathoms that do this at once may lose one of the two: a miss later, nothing worse. */
  putInFront(weakKey: Digest, set: Digest, strongKey: Digest, added: NewEntry | null): Result<void, Failure> {
    const before = this.knownSets(weakKey);
    if (before[0]?.set === set && before[0].entries[0]?.strongKey === strongKey) return ok(undefined);
    const sets = inFront(before, set, strongKey, added);
    return sets === before ? ok(undefined) : this.#store.putRecord(KIND.keys, weakKey, encodeKey(sets));
  }

  /** Collecting takes what was used longest ago first. */
  markUsed(weakKey: Digest): void {
    this.#store.markUsed(KIND.keys, weakKey);
  }

  set(weakKey: Digest, set: Digest): PathSet | null {
    const known = this.knownSets(weakKey).find((each) => each.set === set);
    return known === undefined ? null : pathSetOf(known);
  }

  entry(strongKey: Digest): Entry | null {
    const found = this.#store.getRecord(KIND.entries, strongKey);
    if (!found.ok) return null;
    const decoded = decodeEntry(found.value);
    return decoded.ok ? decoded.value : null;
  }

  /**
   * Its blobs are looked for when it has its name: somebody who collects or clears may have taken one before. Who does so later
   * looks for entries without blobs afterwards (collect.ts, census.ts). Failure: "blob-missing", and those of putRecord.
   */
  putEntry(strongKey: Digest, entry: Entry): Result<void, Failure> {
    const put = this.#store.putRecord(KIND.entries, strongKey, encodeEntry(entry));
    const lacking = put.ok ? lackingBlob(this.#store, entry) : null;
    if (lacking === null) return put;
    this.removeEntry(strongKey);
    return fail({ code: "blob-missing", message: `Cannot store an entry: "${lacking}" was removed from the store meanwhile` });
  }

  /** What came of an entry shows that it is not to be used: a blob that is gone, a wrong result. */
  removeEntry(strongKey: Digest): void {
    this.#store.removeRecord(KIND.entries, strongKey);
  }

  /** Also what would lead to it without looking at it: the witnesses of its weak key, at every place. */
  withdraw(weakKey: Digest, strongKey: Digest): void {
    for (const { name } of this.#store.files(KIND.witnesses)) if (weakKeyOf(name) === weakKey) this.#store.removeRecord(KIND.witnesses, name);
    this.removeEntry(strongKey);
  }

  witness(weakKey: Digest, roots: Roots): Witness {
    const found = this.#store.getRecord(KIND.witnesses, witnessName(weakKey, roots));
    return found.ok ? decodeWitness(found.value) : NO_WITNESS;
  }

  /** Where it is: another one under that name is another file. */
  witnessPath(weakKey: Digest, roots: Roots): AbsPath {
    return recordPath(this.#store.root, KIND.witnesses, witnessName(weakKey, roots));
  }

  putWitness(weakKey: Digest, roots: Roots, witness: Witness): Result<void, Failure> {
    return this.#store.putRecord(KIND.witnesses, witnessName(weakKey, roots), encodeWitness(witness));
  }
}
