// What a trace wants of an image's ledger, read once: every change, and the looks that
// can matter to another image. Nearly all records are looks at the system's files,
// which builds do not write: those are stepped over before a string is made. Damage
// ends the reading: a trace may know less, never more.

import { posix } from "node:path";
import { isAbsPath } from "../base/path.ts";
import { typeOf, type FileType } from "../base/signature.ts";
import { wordsOf, WORD_BYTES } from "../ledger/decode.ts";
import { ALIGN_BYTES, FIELDS, FLAGS, HEAD_BYTES, readRecord, type LedgerRecord } from "../ledger/layout.ts";

/** Looks at one path, by the kind of record. */
export type LookKind = "opened" | "stated" | "typed" | "listed" | "missing" | "readlink";

export interface Look {
  readonly kind: LookKind;
  readonly path: string;
  /** Its place in the order of the run. */
  readonly seq: number;
  /** It asked for a lock. */
  readonly isLock: boolean;
  /** Fifo, socket, device: what goes through is not kept there. */
  readonly isChannel: boolean;
}

/** In the order of the ledger. */
export interface LedgerReading {
  readonly looks: readonly Look[];
  readonly changes: readonly LedgerRecord[];
  /** Variables that were asked for, where somebody wanted to know. */
  readonly variables: readonly string[];
  /** It read a stream that it was given. */
  readonly hears: boolean;
}

/** Source: native/ledger.h, struct ledger_sig; where in it the mode is. */
const SIG_BYTES = 48;
const MODE_AT = 40;
const LENGTH_BYTES = 4;
/** Source: stat(2). */
const TYPE_BITS = 0o170000;
const CHANNELS: ReadonlySet<number> = new Set([0o010000, 0o140000, 0o020000]);

/** Of each look its name, and where behind the head its path begins. Source: native/ledger.def. */
const LOOKS: readonly ({ readonly kind: LookKind; readonly pathAt: number } | undefined)[] = (() => {
  const looks: { kind: LookKind; pathAt: number }[] = [];
  for (const kind of ["opened", "stated", "typed", "listed"] as const) looks[FIELDS[kind].id] = { kind, pathAt: SIG_BYTES };
  for (const kind of ["missing", "readlink"] as const) looks[FIELDS[kind].id] = { kind, pathAt: 8 };
  return looks;
})();
const CHANGES: ReadonlySet<number> = new Set((["wrote", "removed", "made-dir", "made-link", "made-node", "linked", "renamed", "changed"] as const).map((kind) => FIELDS[kind].id));

/** Of what a write changes: anything else is a way, not a place. */
const REPLACED: ReadonlySet<FileType> = new Set<FileType>(["file", "link"]);
const isThrough = (record: LedgerRecord): boolean => record.kind === "wrote" && record.before !== null && !REPLACED.has(typeOf(record.before));

/** Where no build writes, or what is no file. */
const SYSTEM = ["/usr/", "/lib", "/etc/", "/proc/", "/sys/", "/dev/", "/bin/", "/sbin/"];

/** Ledgers have paths as programs gave them. By name only: a link on the way stays what it is. */
export const plain = (path: string): string => (!path.startsWith("/") || isAbsPath(path) ? path : posix.resolve(path));

export class LedgerReader {
  /** Where nobody looks, by the first four bytes: there are many records. */
  #skipped = new Map<number, readonly Buffer[]>();
  #prefixes: readonly string[];
  #wantsVariables = false;

  /** `roots`: what is below them is looked at even where it is below one of the system's folders. */
  constructor(roots: readonly string[]) {
    this.#prefixes = SYSTEM.filter((prefix) => !roots.some((root) => root.startsWith(prefix)));
    this.#prepare();
  }

  /** A path that is nobody's business, as things are. */
  isSkipped(path: string): boolean {
    return this.#prefixes.some((prefix) => path.startsWith(prefix));
  }

  /** From now on it is somebody's business. `name`: an absolute path, or "$NAME" for a variable. */
  want(name: string): void {
    if (name.startsWith("$")) this.#wantsVariables = true;
    else if (this.isSkipped(name)) {
      this.#prefixes = this.#prefixes.filter((prefix) => !name.startsWith(prefix));
      this.#prepare();
    }
  }

  read(chunks: readonly Buffer[]): LedgerReading {
    const reading = { looks: [] as Look[], changes: [] as LedgerRecord[], variables: [] as string[], hears: false };
    for (const chunk of chunks) {
      const words = wordsOf(chunk);
      for (let at = 0; at + HEAD_BYTES <= chunk.length;) {
        const word = at / WORD_BYTES;
        const size = words[word] ?? 0;
        if (size < HEAD_BYTES || size % ALIGN_BYTES !== 0 || at + size > chunk.length) break;
        const head = words[word + 1] ?? 0;
        const kind = head & 0xffff;
        const look = LOOKS[kind];
        if (look !== undefined) {
          const pathAt = at + HEAD_BYTES + look.pathAt;
          if (!this.#isSkippedAt(chunk, words, pathAt + LENGTH_BYTES)) this.#look(look, chunk, at, pathAt, size, head >>> 16, reading.looks);
        } else if (CHANGES.has(kind) || (this.#wantsVariables && kind === FIELDS.env.id)) {
          const record = readRecord(kind, head >>> 16, seqAt(chunk, at), chunk, at + HEAD_BYTES, at + size);
          if (record?.kind === "env") reading.variables.push(record.name);
          else if (record !== null && !isThrough(record)) reading.changes.push(record);
        } else if (kind === FIELDS["stream-read"].id) reading.hears = true;
        at += size;
      }
    }
    return reading;
  }

  #look({ kind, pathAt: behind }: { readonly kind: LookKind; readonly pathAt: number }, chunk: Buffer, at: number, lengthAt: number, size: number, flags: number, looks: Look[]): void {
    if (lengthAt + LENGTH_BYTES > at + size) return;
    const from = lengthAt + LENGTH_BYTES;
    const to = from + chunk.readUInt32LE(lengthAt);
    if (to > at + size) return;
    looks.push({
      kind, path: plain(chunk.toString("latin1", from, to)), seq: seqAt(chunk, at), isLock: kind === "typed" && (flags & FLAGS.locked) !== 0,
      isChannel: behind === SIG_BYTES && CHANNELS.has(chunk.readUInt32LE(at + HEAD_BYTES + MODE_AT) & TYPE_BITS),
    });
  }

  #isSkippedAt(chunk: Buffer, words: Int32Array, at: number): boolean {
    const rest = this.#skipped.get(words[at / WORD_BYTES] ?? 0);
    return rest?.some((bytes) => bytes.every((byte, index) => chunk[at + WORD_BYTES + index] === byte)) === true;
  }

  #prepare(): void {
    const skipped = new Map<number, Buffer[]>();
    for (const prefix of this.#prefixes) {
      const bytes = Buffer.from(prefix, "latin1");
      const first = bytes.readInt32LE(0);
      skipped.set(first, [...(skipped.get(first) ?? []), bytes.subarray(WORD_BYTES)]);
    }
    this.#skipped = skipped;
  }
}

/** Numbers of a run stay below 2^53: what is larger is damage, and as good as not known. */
const seqAt = (chunk: Buffer, at: number): number => chunk.readUInt32LE(at + 8) + (chunk.readUInt32LE(at + 12) & 0x1fffff) * 0x1_0000_0000;
