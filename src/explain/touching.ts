// Gathers, while a run goes on, who touched which paths and when, and keeps of it what
// somebody wrote and another process touched, what a build tool's steps read of which
// there is no entry, and what they made that was not there. Until the end nobody knows which paths those are, so all of them are
// kept as bytes, with each path once.

import type { Digest } from "../base/digest.ts";
import { isAbsPath, parentOf } from "../base/path.ts";
import { identityOf, isSignature } from "../base/signature.ts";
import type { Disk } from "../base/disk.ts";
import { COMPARATORS, isIgnoredState, isListed } from "../cache/programs.ts";
import type { Roots } from "../cache/roots.ts";
import { STREAM } from "../ledger/layout.ts";
import type { End, Exec, Stream } from "../tap/messages.ts";
import { TraceReader, TraceWriter } from "./bytes.ts";
import type { LedgerChange } from "./ledger-changes.ts";
import { plain, type LedgerReader, type LedgerReading } from "./ledger-reading.ts";
import { touchesOf, type LedgerTouches } from "./ledger-touches.ts";
import { CHANGES, DID, LOOKS, TOUCHED_BYTES_MAX, type Links, type Order, type Span, type Touch } from "./touch.ts";

export interface Touched {
  readonly image: number;
  /** Null: told in few words. */
  readonly order: Order | null;
  readonly touches: readonly Touch[];
}

/** A standard stream that is a file: whoever opened it, this image reads or writes it. */
interface FileStream {
  readonly fd: number;
  readonly identity: string;
}

interface Image {
  readonly parent: number;
  readonly began: number;
  ended: number;
  hasEntry: boolean;
  links: Links;
  readonly files: readonly FileStream[];
  /** It decides by itself in which order its children run: what it does to files is its own affair. */
  readonly isScheduler: boolean;
}

interface Path {
  /** What all images did there, in one. */
  did: number;
  /** So many images, at most. */
  touchedBy: number;
  writtenBy: number;
  /** Number of the directory that it is in; -1: nobody asked yet. */
  folder: number;
}

const NO_FOLDER = -2;
const NO_FILES: readonly FileStream[] = [];

export class Touching {
  readonly #roots: Roots;
  readonly #disk: Pick<Disk, "signatures" | "hashFiles">;
  readonly #reader: Pick<LedgerReader, "isSkipped">;
  readonly #images = new Map<number, Image>();
  readonly #numbers = new Map<string, number>();
  readonly #paths: Path[] = [];
  readonly #bytes = new TraceWriter();
  readonly #channels = new Map<string, number>();
  readonly #links = new Map<string, Links>();
  /** Standard streams that the command itself was given: everybody has them. */
  #given: ReadonlySet<string> = new Set();
  readonly #identities = new Map<string, string>();
  /** Images that gave a file as a standard stream. */
  readonly #givers = new Set<number>();
  readonly #unnamed: (FileStream & { readonly image: number; readonly span: Span })[] = [];
  readonly #versions = new Map<string, { readonly digests: Set<string>; count: number }>();
  #isWhole = true;

  constructor(roots: Roots, disk: Pick<Disk, "signatures" | "hashFiles">, reader: Pick<LedgerReader, "isSkipped">) {
    this.#roots = roots;
    this.#disk = disk;
    this.#reader = reader;
  }

  /** False: there was more than is kept. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  began(exec: Pick<Exec, "image" | "parent" | "seq" | "streams" | "inherited" | "path">): void {
    if (this.#images.size === 0) this.#given = new Set(exec.streams.map(identityOfStream));
    const files = exec.streams.flatMap((stream, fd) => (stream.kind === STREAM.file && !this.#given.has(identityOfStream(stream)) ? [{ fd, identity: identityOfStream(stream) }] : []));
    if (files.length > 0) this.#givers.add(exec.parent);
    const [input, output, error] = exec.streams.map((stream) => this.#channel(stream));
    const isLinked = exec.inherited.some((text) => /^\d+ (pipe|socket):/.test(text));
    this.#images.set(exec.image, { parent: exec.parent, began: exec.seq, ended: 0, hasEntry: false, files: files.length === 0 ? NO_FILES : files, isScheduler: isListed(COMPARATORS, exec.path), links: this.#link({ input: input ?? 0, output: output ?? 0, error: error ?? 0, isLinked, hears: false }) });
    if (isAbsPath(exec.path) && !this.#reader.isSkipped(exec.path)) this.#touch(exec.image, exec.path, DID.read, [exec.seq, exec.seq], null);
  }

  ended(end: Pick<End, "image" | "exitSeq">, reading: LedgerReading): void {
    const image = this.#images.get(end.image);
    if (image === undefined) return;
    image.ended = end.exitSeq;
    if (image.isScheduler) return;
    image.links = this.#link({ ...image.links, hears: reading.hears });
    const touches = touchesOf(reading);
    for (const [path, { did, looked, changed }] of touches.paths) this.#touch(end.image, path, did, looked, changed);
    if (this.#givers.has(end.image)) this.#identify(touches);
    for (const { fd, identity } of image.files) {
      const path = this.#identities.get(identity);
      const span = [image.began, Math.max(image.began, end.exitSeq)] as const;
      if (path !== undefined) this.#touch(end.image, path, fd === 0 ? DID.read : DID.updated, fd === 0 ? span : null, fd === 0 ? null : span);
      else this.#unnamed.push({ image: end.image, fd, identity, span });
    }
  }

  /** What its unit read is in the store. */
  stored(number: number): void {
    const image = this.#images.get(number);
    if (image !== undefined) image.hasEntry = true;
  }

  /** What it holds, before somebody writes it again. */
  preserved(text: string, digest: Digest): void {
    const path = plain(text);
    const known = this.#versions.get(path) ?? { digests: new Set<string>(), count: 0 };
    known.digests.add(digest);
    known.count += 1;
    this.#versions.set(path, known);
  }

  /** Told in few words: what it looked at is not known, nor when it did anything. */
  slight(image: number, changes: readonly LedgerChange[]): void {
    for (const { how, path } of changes) this.#touch(image, path, { wrote: DID.wrote, removed: DID.removed, made: DID.made, renamed: DID.published, mode: DID.marked }[how], null, null);
  }

  /** In the order in which images began, then those told in few words. One at a time: there may be a hundred thousand. */
  *finish(): Generator<Touched> {
    const same = this.#writtenAlike();
    for (const { image, fd, identity, span } of this.#unnamed) {
      const path = this.#identities.get(identity);
      if (path !== undefined) this.#touch(image, path, fd === 0 ? DID.read : DID.updated, fd === 0 ? span : null, fd === 0 ? null : span);
    }
    const texts = [...this.#numbers.keys()];
    const touches = new Map<number, Touch[]>();
    const below = new Map<number, boolean>([...this.#images.keys()].map((image) => [image, this.#isBelowScheduler(image)]));
    const onlyHere = new Map<number, boolean>([...this.#images.keys()].map((image) => [image, this.#isOnlyHere(image)]));
    const reader = new TraceReader(this.#bytes.buffer());
    while (!reader.isAtEnd()) {
      const [image, number, did] = [reader.number(), reader.number(), reader.number()];
      const [looked, changed] = [spanFrom(reader), spanFrom(reader)];
      const [path, text] = [this.#paths[number], texts[number]];
      const isInListed = path !== undefined && (did & (DID.read | DID.created | DID.removed)) !== 0 && isListedAndChanged(this.#paths[this.#folderOf(path, text ?? "")]);
      const isInput = (did & DID.read) !== 0 && (did & (DID.listed | DID.names)) === 0 && onlyHere.get(image) === true && text !== undefined && isAbsPath(text) && this.#roots.tokenise(text).startsWith("\x01W/");
      // Whoever asks for it by name may do so before: make, of which nothing is kept.
      const isMadeByStep = (did & DID.created) !== 0 && path !== undefined && (path.did & DID.removed) === 0 && below.get(image) === true && text !== undefined && isAbsPath(text) && this.#roots.tokenise(text).startsWith("\x01W/");
      if (path === undefined || text === undefined || (!isContested(path, did) && !isInListed && !isInput && !isMadeByStep)) continue;
      const touch = { at: isAbsPath(text) ? this.#roots.tokenise(text) : text, did: did | (same.has(text) ? DID.same : 0), looked, changed };
      if (isIgnoredState(touch.at)) continue;
      const known = touches.get(image);
      if (known === undefined) touches.set(image, [touch]);
      else known.push(touch);
    }
    for (const [image, { began, ended, links }] of this.#images) yield { image, order: { began, ended, links }, touches: touches.get(image) ?? [] };
    for (const [image, each] of touches) if (!this.#images.has(image)) yield { image, order: null, touches: each };
  }

  /** No unit around it, up to the build tool above, has an entry that would tell what it read. */
  #isOnlyHere(image: number): boolean {
    for (let above = this.#images.get(image); above !== undefined; above = this.#images.get(above.parent)) {
      if (above.isScheduler) return true;
      if (above.hasEntry) return false;
    }
    return false;
  }

  #isBelowScheduler(image: number): boolean {
    for (let above = this.#images.get(image); above !== undefined; above = this.#images.get(above.parent)) if (above.isScheduler) return true;
    return false;
  }

  /** Asked for once, at the end. */
  #folderOf(path: Path, text: string): number {
    if (path.folder === -1) path.folder = isAbsPath(text) && text !== "/" ? (this.#numbers.get(parentOf(text)) ?? NO_FOLDER) : NO_FOLDER;
    return path.folder;
  }

  /** Of those that several wrote: what each of them left is known, for it was kept before the next one wrote, and is the same. */
  #writtenAlike(): ReadonlySet<string> {
    const several = [...this.#versions].flatMap(([path, { digests, count }]) => {
      const writers = this.#paths[this.#numbers.get(path) ?? -1]?.writtenBy ?? 0;
      return isAbsPath(path) && digests.size === 1 && writers > 1 && count >= writers - 1 ? [path] : [];
    });
    const last = this.#disk.hashFiles(several);
    return new Set(several.filter((path, index) => this.#versions.get(path)?.digests.has(last[index]?.digest ?? "") === true));
  }

  /** The same object for equal ones: nearly all processes are linked alike. */
  #link(links: Links): Links {
    const key = `${String(links.input)} ${String(links.output)} ${String(links.error)} ${String(links.isLinked)} ${String(links.hears)}`;
    const known = this.#links.get(key);
    if (known === undefined) this.#links.set(key, links);
    return known ?? links;
  }

  #channel(stream: Stream): number {
    const identity = identityOfStream(stream);
    if ((stream.kind !== STREAM.pipe && stream.kind !== STREAM.socket) || this.#given.has(identity)) return 0;
    const known = this.#channels.get(identity) ?? this.#channels.size + 1;
    this.#channels.set(identity, known);
    return known;
  }

  /** Which of the files that an image opened were given to those it started: by what the disk, or the image's own renaming, says now. */
  #identify({ paths, identities }: LedgerTouches): void {
    for (const [identity, path] of identities) this.#identities.set(identity, path);
    const wanted = [...paths].flatMap(([path, { did }]) => ((did & (DID.wrote | DID.updated | DID.read)) !== 0 && isAbsPath(path) ? [path] : []));
    for (const [index, signature] of this.#disk.signatures(wanted).entries()) {
      const path = wanted[index];
      if (path !== undefined && isSignature(signature)) this.#identities.set(identityOf(signature), path);
    }
  }

  #touch(image: number, path: string, did: number, looked: Span | null, changed: Span | null): void {
    if (this.#bytes.sizeBytes > TOUCHED_BYTES_MAX) {
      this.#isWhole = false;
      return;
    }
    let number = this.#numbers.get(path);
    if (number === undefined) {
      number = this.#paths.length;
      this.#numbers.set(path, number);
      this.#paths.push({ did: 0, touchedBy: 0, writtenBy: 0, folder: -1 });
    }
    const known = this.#paths[number];
    if (known === undefined) return;
    known.did |= did;
    known.touchedBy += 1;
    if ((did & (DID.wrote | DID.updated | DID.published)) !== 0) known.writtenBy += 1;
    this.#bytes.number(image).number(number).number(did);
    for (const span of [looked, changed]) {
      if (span === null) this.#bytes.number(0);
      else this.#bytes.number(span[0] + 1).number(span[1] - span[0]);
    }
  }
}

/** Somebody changed it, and another one touched it; or changed the names in it, which another one listed. */
function isContested(path: Path, did: number): boolean {
  const { did: all, touchedBy } = path;
  if (touchedBy < 2) return false;
  return (isListedAndChanged(path) && (did & (DID.names | DID.listed)) !== 0) || ((all & CHANGES) !== 0 && (did & (LOOKS | CHANGES | DID.locked)) !== 0);
}

const isListedAndChanged = (path: Path | undefined): boolean => path !== undefined && path.touchedBy > 1 && (path.did & DID.names) !== 0 && (path.did & DID.listed) !== 0;

function spanFrom(reader: TraceReader): Span | null {
  const first = reader.number();
  return first === 0 ? null : [first - 1, first - 1 + reader.number()];
}

/** As `identityOf` has it of a signature. */
function identityOfStream({ dev, ino }: Stream): string {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(dev, 0);
  bytes.writeBigUInt64LE(ino, 8);
  return bytes.toString("latin1");
}
