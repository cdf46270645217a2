// For tests: a world that is a table, and records and images in few words.
// Paths in the table are as the disk shows them when the unit has ended.

import { absPath, isWithin, type AbsPath } from "../base/path.ts";
import { signatureOf, type Signature } from "../base/signature.ts";
import { carryImage, foldAlone, foldUnit, type CarriedImage, type FoldedAlone, type FoldedUnit } from "./fold.ts";
import { directoryBy, type Directory, type FoldContext, type Image, type ImageEnd, type ImageStart, type World, type WorldEntry } from "./image.ts";
import { STREAM, type LedgerRecord } from "./layout.ts";
import type { Event } from "./event.ts";
import { Cuts } from "./resolve.ts";
import type { Events } from "./timeline.ts";
import { ProgramNames } from "./names.ts";

export const fileSig = (ino: number, nlink = 1): Signature => signatureOf({ dev: 1n, ino: BigInt(ino), size: 10n, mtimeNs: 5n, ctimeNs: 5n, mode: 0o100644, nlink });
export const dirSig = (ino: number): Signature => signatureOf({ dev: 1n, ino: BigInt(ino), mode: 0o040755, nlink: 2 });
export const linkSig = (ino: number): Signature => signatureOf({ dev: 1n, ino: BigInt(ino), mode: 0o120777 });

export type Table = Readonly<Record<string, WorldEntry>>;
export const file = (ino: number): WorldEntry => ({ type: "file", target: null, signature: fileSig(ino) });
export const dir = (ino = 900): WorldEntry => ({ type: "directory", target: null, signature: dirSig(ino) });
export const link = (target: string, ino = 800): WorldEntry => ({ type: "link", target, signature: linkSig(ino) });

/** Parents of what is in the table are directories. */
export class FakeWorld implements World {
  age = 0;
  readonly #entries = new Map<string, WorldEntry>();
  readonly #interpreters: ReadonlyMap<string, string>;

  constructor(table: Table, interpreters: Readonly<Record<string, string>> = {}) {
    for (const [path, entry] of Object.entries(table)) {
      for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) {
        const parent = path.slice(0, cut);
        if (!this.#entries.has(parent)) this.#entries.set(parent, dir());
      }
      this.#entries.set(path, entry);
    }
    this.#interpreters = new Map(Object.entries(interpreters));
  }

  lookup(path: AbsPath): WorldEntry | null {
    return path === "/" ? dir(2) : (this.#entries.get(path) ?? null);
  }

  directory(path: AbsPath): Directory {
    return directoryBy(path, (child) => this.lookup(child));
  }

  /** As if all but /w were outside the roots. */
  isLasting(path: AbsPath): boolean {
    return !isWithin(path, "/w");
  }

  interpreter(path: AbsPath): AbsPath | "unknown" | null {
    const found = this.#interpreters.get(path);
    return found === undefined ? null : found === "unknown" ? found : absPath(found);
  }
}

export const contextOf = (world: World): FoldContext => ({
  world,
  namesBySignature: new Map(),
  namesNow: () => null,
  cuts: new Cuts(),
  programNames: new ProgramNames(),
  isChangedAfter: () => false,
  timeReaders: new Set(["test"]),
  comparators: new Set(["make"]),
});

export function start(parts: Partial<ImageStart> = {}): ImageStart {
  const stream = (ino: bigint): ImageStart["streams"][0] => ({ kind: STREAM.pipe, dev: 9n, ino });
  const streams: ImageStart["streams"] = [stream(10n), stream(11n), stream(12n)];
  return { image: 1, parent: 0, seq: 1, startedNs: 100n, flags: 0, streams, inherited: [], path: "/bin/tool", cwd: "/w", argv: ["tool"], env: [], ...parts };
}

export const end = (parts: Partial<ImageEnd> = {}): ImageEnd => ({ image: 1, how: 0, code: 0, successor: 0, exitSeq: 1000, cpuNs: 7, flags: 0, ...parts });

type Distribute<T> = T extends LedgerRecord ? Omit<T, "seq" | "flags"> & { readonly flags?: number; readonly seq?: number } : never;
/** A record without its place in the order: it gets the next one. */
export type Said = Distribute<LedgerRecord>;

export const inOrder = (said: readonly Said[], first = 2): LedgerRecord[] => said.map((record, index) => ({ flags: 0, seq: first + index, ...record }));

export interface Story {
  readonly world?: Table;
  readonly interpreters?: Readonly<Record<string, string>>;
  readonly records: readonly Said[];
  readonly start?: Partial<ImageStart>;
  readonly end?: Partial<ImageEnd> | null;
  readonly children?: readonly CarriedImage[];
  readonly context?: FoldContext;
  /** Paths that somebody changed after whatever the unit did. */
  readonly changedAfter?: readonly string[];
}

export function contextFor(story: Story): FoldContext {
  const context = story.context ?? contextOf(new FakeWorld({ "/bin/tool": file(77), ...story.world }, story.interpreters));
  const { changedAfter } = story;
  return changedAfter === undefined ? context : { ...context, isChangedAfter: (path) => changedAfter.includes(path) };
}

function imageOf(story: Story): Extract<Image, { readonly kind: "ran" }> {
  const image = start(story.start);
  const ended = story.end === null ? null : end({ image: image.image, ...story.end });
  const records = inOrder(story.records, image.seq + 1).sort((a, b) => a.seq - b.seq);
  return { kind: "ran", start: image, end: ended, records, seqs: records.map(({ seq }) => seq), isIncomplete: false };
}

export const fold = (story: Story): FoldedUnit => foldUnit(imageOf(story), story.children ?? [], contextFor(story));
export const alone = (story: Story): FoldedAlone => foldAlone(imageOf(story), story.children ?? [], contextFor(story));
export const carry = (story: Story): CarriedImage => carryImage(imageOf(story), story.children ?? [], contextFor(story));

/** The observations without the program itself, as short lines: "content /w/a", "link /w/l -> a". */
export function facts(unit: FoldedUnit): string[] {
  const lines: string[] = [];
  for (const fact of unit.footprint.observations) {
    if (fact.path === "/bin/tool") continue;
    const more = fact.kind === "link" ? ` -> ${fact.target}` : fact.kind === "type" ? ` ${fact.type}` : fact.kind === "listed" ? ` ${fact.names.replaceAll(/[^a-z]+/g, " ").trim()}` : "";
    lines.push(`${fact.kind === "content" && fact.timed ? "timed" : fact.kind} ${fact.path}${more}`);
  }
  return lines;
}

export const doubtCodes = (unit: FoldedUnit): string[] => unit.footprint.doubts.map((doubt) => doubt.code);

export function placesOf(events: Events): { readonly event: Event; readonly seq: number }[] {
  const places: { readonly event: Event; readonly seq: number }[] = [];
  events.each((event, seq) => { places.push({ event, seq }); });
  return places;
}

/** Without the place that a record still knows: of equal ones it is another's. */
export const said = (events: Events): unknown[] => placesOf(events).map(({ event, seq }) => ({ event: { ...event, record: { ...event.record, seq } }, seq }));

// Records in few words.
export const opened = (path: string, ino: number, flags = 0): Said => ({ kind: "opened", file: fileSig(ino), path, flags });
export const openedDir = (path: string): Said => ({ kind: "opened", file: dirSig(900), path });
export const stated = (path: string, ino: number): Said => ({ kind: "stated", file: fileSig(ino), path });
export const missing = (path: string): Said => ({ kind: "missing", error: 2, path });
export const denied = (path: string): Said => ({ kind: "missing", error: 13, path });
export const wrote = (path: string, before: number | null, flags = 4): Said => ({ kind: "wrote", before: before === null ? null : fileSig(before), path, flags });
export const appended = (path: string, before: number | null): Said => wrote(path, before, 0);
export const removed = (path: string, before: Signature, flags = 0): Said => ({ kind: "removed", before, path, flags });
export const madeDir = (path: string): Said => ({ kind: "made-dir", mode: 0o755, path });
export const madeLink = (path: string, target: string): Said => ({ kind: "made-link", path, target });
export const renamed = (from: string, to: string, moved: Signature, replaced: Signature | null = null, flags = 0): Said => ({ kind: "renamed", moved, replaced, from, to, flags });
export const listed = (path: string, names: readonly string[], ino = 900): Said => ({ kind: "listed", directory: dirSig(ino), path, names: names.map((name) => `\b${name}\0`).join("") });
export const linked = (from: string, to: string, ino: number): Said => ({ kind: "linked", file: fileSig(ino), from, to });
export const changed = (path: string, ino: number, what = 1): Said => ({ kind: "changed", what, before: fileSig(ino), path });
