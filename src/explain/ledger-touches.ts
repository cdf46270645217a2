// What one image did to paths, and when, out of the bytes of its ledger. Nearly all
// records are looks at the system's files, which builds do not write: those are
// stepped over before a string is made.

import { parentOf, isAbsPath } from "../base/path.ts";
import { identityOf, typeOf, type FileType } from "../base/signature.ts";
import { FIELDS, FLAGS, HEAD_BYTES, type LedgerRecord } from "../ledger/layout.ts";
import { plain } from "./ledger-changes.ts";
import { decoded, eachRecord, flagsOf, seqOf } from "./ledger-records.ts";
import { CHANGES, DID } from "./touch.ts";

export interface LedgerTouch {
  did: number;
  looked: [number, number] | null;
  changed: [number, number] | null;
}

export interface LedgerTouches {
  readonly paths: ReadonlyMap<string, LedgerTouch>;
  /** Names that files had, by device and inode (`identityOf`), as far as records tell. */
  readonly identities: ReadonlyMap<string, string>;
  /** It read a stream that it was given. */
  readonly hears: boolean;
}

/** Source: native/ledger.h, struct ledger_sig; where in it the mode is. */
const SIG_BYTES = 48;
const MODE_AT = 40;
/** Source: stat(2). */
const TYPE_BITS = 0o170000;
const CHANNELS: ReadonlySet<number> = new Set([0o010000, 0o140000, 0o020000]); // Fifo, socket, device: what goes through is not kept there.

/** Source: native/ledger.def. */
const PATH_AT: ReadonlyMap<number, number> = new Map([
  ...(["opened", "stated", "typed", "listed"] as const).map((kind) => [FIELDS[kind].id, SIG_BYTES] as const),
  ...(["missing", "readlink"] as const).map((kind) => [FIELDS[kind].id, 8] as const),
]);
const LOOKED: ReadonlyMap<number, number> = new Map([
  [FIELDS.opened.id, DID.read], [FIELDS.stated.id, DID.found], [FIELDS.typed.id, DID.found], [FIELDS.listed.id, DID.listed], [FIELDS.missing.id, DID.sought], [FIELDS.readlink.id, DID.found],
]);
const CHANGED: ReadonlySet<number> = new Set((["wrote", "removed", "made-dir", "made-link", "made-node", "linked", "renamed", "changed"] as const).map((kind) => FIELDS[kind].id));
/** Where no build writes, or what is no file. */
const SYSTEM = ["/usr/", "/lib", "/etc/", "/proc/", "/sys/", "/dev/", "/bin/", "/sbin/"];

/** `roots`: what is below them is looked at even where it is below one of the system's folders. */
export class TouchReader {
  readonly #system: readonly Buffer[];

  constructor(roots: readonly string[]) {
    this.#system = SYSTEM.filter((prefix) => !roots.some((root) => root.startsWith(prefix))).map((prefix) => Buffer.from(prefix, "latin1"));
  }

  isSystem(path: string): boolean {
    return this.#system.some((prefix) => path.startsWith(prefix.toString("latin1")));
  }

  read(chunks: readonly Buffer[]): LedgerTouches {
    const gathered = new Gathered();
    eachRecord(chunks, (raw) => {
      const { chunk, kind, at, end } = raw;
      const pathAt = PATH_AT.get(kind);
      if (pathAt === SIG_BYTES && isChannel(chunk, at + HEAD_BYTES)) return;
      if (pathAt !== undefined) {
        const path = this.#path(chunk, at + HEAD_BYTES + pathAt, end);
        const isLock = kind === FIELDS.typed.id && (flagsOf(raw) & FLAGS.locked) !== 0;
        if (path !== null) gathered.look(path, isLock ? DID.locked : (LOOKED.get(kind) ?? 0), seqOf(raw));
      } else if (CHANGED.has(kind)) {
        const record = decoded(raw);
        if (record !== null) gathered.change(record);
      } else if (kind === FIELDS["stream-read"].id) gathered.hears = true;
    });
    return gathered;
  }

  /** Null: nobody's business. */
  #path(chunk: Buffer, at: number, end: number): string | null {
    if (at + 4 > end) return null;
    const [from, stop] = [at + 4, at + 4 + chunk.readUInt32LE(at)];
    if (stop > end) return null;
    if (this.#system.some((prefix) => chunk.compare(prefix, 0, prefix.length, from, Math.min(stop, from + prefix.length)) === 0)) return null;
    return plain(chunk.toString("latin1", from, stop));
  }
}

const isChannel = (chunk: Buffer, at: number): boolean => at + SIG_BYTES <= chunk.length && CHANNELS.has(chunk.readUInt32LE(at + MODE_AT) & TYPE_BITS);

/** Of what a write changes: anything else is a way, not a place. */
const REPLACED: ReadonlySet<FileType> = new Set<FileType>(["file", "link"]);

class Gathered implements LedgerTouches {
  readonly paths = new Map<string, LedgerTouch>();
  readonly identities = new Map<string, string>();
  hears = false;

  look(path: string, did: number, seq: number): void {
    const touch = this.#at(path);
    touch.did |= did;
    touch.looked = spanWith(touch.looked, seq);
  }

  change(record: LedgerRecord): void {
    switch (record.kind) {
      case "wrote":
        if (record.before !== null && !REPLACED.has(typeOf(record.before))) return;
        if (record.before !== null) this.identities.set(identityOf(record.before), plain(record.path));
        return this.#change(record.path, ((record.flags & FLAGS.truncated) !== 0 ? DID.wrote : DID.updated) | (record.before === null ? DID.created : 0), record.seq);
      case "removed": return this.#change(record.path, DID.removed, record.seq);
      case "made-dir": case "made-link": case "made-node": return this.#change(record.path, DID.made | DID.created, record.seq);
      case "linked":
        this.look(plain(record.from), DID.found, record.seq);
        return this.#change(record.to, DID.published | DID.created, record.seq);
      case "renamed":
        if (record.moved !== null) this.identities.set(identityOf(record.moved), plain(record.from));
        this.#change(record.from, DID.removed, record.seq);
        return this.#change(record.to, DID.published | (record.replaced === null ? DID.created : 0), record.seq);
      case "changed": {
        const touch = this.#at(plain(record.path));
        touch.did |= DID.marked;
        return;
      }
      default: return;
    }
  }

  #change(text: string, did: number, seq: number): void {
    const path = plain(text);
    const touch = this.#at(path);
    const isFirst = (touch.did & CHANGES) === 0;
    // Whether something was there counts for the first change only.
    touch.did |= isFirst ? did : did & ~DID.created;
    touch.changed = spanWith(touch.changed, seq);
    if ((did & (DID.created | DID.removed)) === 0 || !isAbsPath(path) || path === "/") return;
    const folder = this.#at(parentOf(path));
    folder.did |= DID.names;
    folder.changed = spanWith(folder.changed, seq);
  }

  #at(path: string): LedgerTouch {
    let touch = this.paths.get(path);
    if (touch === undefined) this.paths.set(path, touch = { did: 0, looked: null, changed: null });
    return touch;
  }
}

const spanWith = (span: [number, number] | null, seq: number): [number, number] => (span === null ? [seq, seq] : [Math.min(span[0], seq), Math.max(span[1], seq)]);
