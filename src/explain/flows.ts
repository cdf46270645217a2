// Which images read what other images of the run had written, and which wrote over
// it, by the order that all records share.

import type { LedgerRecord } from "../ledger/layout.ts";
import { plain, type LedgerReading } from "./ledger-reading.ts";

/** Paths whose writers are remembered. Of 100,000 compiles each writes one or two. */
export const WRITTEN_MAX = 250_000;

/** Writers of one path that are remembered; of a log that all append to the last ones. */
const WRITERS_MAX = 64;

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
  /** Images whose program was written in this run. */
  readonly #programs = new Map<number, number>();
  /** True: there were more paths than are remembered. */
  isFull = false;

  /** `seq`: the exec's place in the order. */
  began(image: number, path: string, seq: number): void {
    const writer = this.#before(path, seq);
    if (writer !== null) this.#programs.set(image, writer);
  }

  ended(image: number, { looks, changes }: Pick<LedgerReading, "looks" | "changes">): Flow {
    const used = new Set<number>();
    const replaced = new Set<number>();
    const program = this.#programs.get(image);
    if (program !== undefined) used.add(program);
    this.#programs.delete(image);
    for (const { kind, path, seq } of looks) {
      const writer = kind === "opened" || kind === "stated" ? this.#before(path, seq) : null;
      if (writer !== null) used.add(writer);
    }
    for (const record of changes) {
      for (const path of changedBy(record)) {
        const before = this.#before(path, record.seq);
        if (before !== null) replaced.add(before);
      }
    }
    for (const record of changes) for (const path of changedBy(record)) this.#write(path, { image, seq: record.seq });
    for (const each of [used, replaced]) each.delete(image);
    return { used: [...used], replaced: [...replaced].filter((each) => !used.has(each)) };
  }

  /** Who wrote it last before that. */
  #before(path: string, seq: number): number | null {
    const writings = this.#writings.get(path);
    if (writings === undefined) return null;
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
    else this.#writings.set(path, [writing]);
  }
}

function changedBy(record: LedgerRecord): readonly string[] {
  switch (record.kind) {
    case "wrote": case "removed": case "made-link": return [plain(record.path)];
    case "linked": return [plain(record.to)];
    case "renamed": return [plain(record.from), plain(record.to)];
    default: return [];
  }
}
