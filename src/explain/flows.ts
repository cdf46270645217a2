// Which images read what other images of the run had written, and which wrote over
// it: out of the bytes of their ledgers, with the order that all records share. Most
// records are looks at what nobody of the run wrote (headers of the system), and are
// stepped over where no path that was written begins with the same two bytes.

import { WORD_BYTES } from "../ledger/decode.ts";
import { FIELDS, HEAD_BYTES, type LedgerRecord } from "../ledger/layout.ts";
import { plain } from "./ledger-changes.ts";
import { decoded, eachRecord, seqOf, type RawRecord } from "./ledger-records.ts";

/** Paths whose writers are remembered. Of 100,000 compiles each writes one or two. */
export const WRITTEN_MAX = 250_000;

/** Writers of one path that are remembered; of a log that all append to the last ones. */
const WRITERS_MAX = 64;

/** Source: native/ledger.def: of these a signature, then the path. */
const LOOKS: ReadonlySet<number> = new Set((["opened", "stated"] as const).map((kind) => FIELDS[kind].id));
const CHANGES: ReadonlySet<number> = new Set((["wrote", "removed", "made-link", "linked", "renamed"] as const).map((kind) => FIELDS[kind].id));
const SIGNATURE_BYTES = 48;
const LENGTH_BYTES = 4;
const PATH_WORD = (HEAD_BYTES + SIGNATURE_BYTES + LENGTH_BYTES) / WORD_BYTES;

interface Writing {
  readonly image: number;
  readonly seq: number;
}

export interface Flow {
  /** Images that wrote what it read. */
  readonly used: readonly number[];
  /** Images that wrote what it wrote over, or removed. */
  readonly replaced: readonly number[];
}

export class Flows {
  /** By path, in the order of the run. */
  readonly #writings = new Map<string, Writing[]>();
  /** The first two bytes of each: the root, and one of its folder. What follows may hold "..". */
  readonly #beginnings = new Set<number>();
  /** Images whose program was written in this run. */
  readonly #programs = new Map<number, number>();
  /** True: there were more paths than are remembered. */
  isFull = false;

  /** `seq`: the exec's place in the order. */
  began(image: number, path: string, seq: number): void {
    const writer = this.#before(path, seq);
    if (writer !== null) this.#programs.set(image, writer);
  }

  ended(image: number, chunks: readonly Buffer[]): Flow {
    const used = new Set<number>();
    const replaced = new Set<number>();
    const program = this.#programs.get(image);
    if (program !== undefined) used.add(program);
    this.#programs.delete(image);
    const writings: { readonly path: string; readonly seq: number }[] = [];
    eachRecord(chunks, (raw) => {
      if (LOOKS.has(raw.kind)) {
        const writer = this.#lookedAt(raw);
        if (writer !== null) used.add(writer);
      } else if (CHANGES.has(raw.kind)) {
        const record = decoded(raw);
        for (const path of record === null ? [] : changedBy(record)) writings.push({ path, seq: seqOf(raw) });
      }
    });
    for (const { path, seq } of writings) {
      const before = this.#before(path, seq);
      if (before !== null) replaced.add(before);
    }
    for (const { path, seq } of writings) this.#write(path, { image, seq });
    for (const each of [used, replaced]) each.delete(image);
    return { used: [...used], replaced: [...replaced].filter((each) => !used.has(each)) };
  }

  /** Who wrote what is looked at there. */
  #lookedAt(raw: RawRecord): number | null {
    if (!this.#beginnings.has((raw.words[raw.word + PATH_WORD] ?? 0) & 0xffff)) return null;
    const path = pathAt(raw.chunk, raw.at + HEAD_BYTES + SIGNATURE_BYTES, raw.end);
    return path === null ? null : this.#before(path, seqOf(raw));
  }

  /** Who wrote it last before that. */
  #before(path: string, seq: number): number | null {
    const writings = this.#writings.get(path) ?? (path.includes("/.") ? this.#writings.get(plain(path)) : undefined) ?? [];
    let last: Writing | null = null;
    for (const writing of writings) if (writing.seq < seq && (last === null || writing.seq > last.seq)) last = writing;
    return last?.image ?? null;
  }

  #write(path: string, writing: Writing): void {
    const known = this.#writings.get(path);
    if (known !== undefined) {
      const same = known.findIndex(({ image }) => image === writing.image);
      if (same >= 0) {
        if ((known[same]?.seq ?? 0) > writing.seq) known[same] = writing;
      } else if (known.push(writing) > WRITERS_MAX) known.shift();
      return;
    }
    if (this.#writings.size === WRITTEN_MAX) this.isFull = true;
    else {
      this.#writings.set(path, [writing]);
      this.#beginnings.add(beginningOf(path));
    }
  }
}

const beginningOf = (path: string): number => path.charCodeAt(0) | ((path.charCodeAt(1) || 0) << 8);

function pathAt(chunk: Buffer, at: number, end: number): string | null {
  const from = at + LENGTH_BYTES;
  if (from > end) return null;
  const to = from + chunk.readUInt32LE(at);
  return to > end ? null : chunk.toString("latin1", from, to);
}

function changedBy(record: LedgerRecord): readonly string[] {
  switch (record.kind) {
    case "wrote": case "removed": case "made-link": return [plain(record.path)];
    case "linked": return [plain(record.to)];
    case "renamed": return [plain(record.from), plain(record.to)];
    default: return [];
  }
}
