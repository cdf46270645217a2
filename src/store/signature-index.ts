// What a file's state said about its content when it was last read. An index,
// never the truth: without it everything is read again. It is loaded at the
// first question that memory cannot answer, because loading costs 30 ms.

import { crc32 } from "node:zlib";
import { digestOf, digest as checkedDigest, type Digest } from "../base/digest.ts";
import { isSettled } from "../base/disk.ts";
import { INDEX_KEY_BYTES_MAX, INDEX_PENDING_MAX, INDEX_WORTH_BYTES } from "../base/limits.ts";
import { isAbsPath, toBuffer, type AbsPath } from "../base/path.ts";
import { SIGNATURE_BYTES, sizeBytesOf, type Signature } from "../base/signature.ts";

export interface KnownFile {
  readonly path: AbsPath;
  readonly signature: Signature;
  readonly digest: Digest;
}

export interface SignatureIndex {
  get(path: AbsPath, signature: Signature): Digest | null;
  /** All that is known of the files below `root`, each in its last state, read at once; without paths that are too long to be keys. */
  below(root: AbsPath): Iterable<KnownFile>;
  /**
   * Remembers the digest. Refused in silence when the state is too young: `startedAtNs` is the real time just before
   * the content was read (Hashed has it); without it, only what was old when the store was opened is remembered.
   */
  put(path: AbsPath, signature: Signature, digest: Digest, startedAtNs?: bigint): void;
  /** Writes what is pending. The index may be used again afterwards. */
  close(): Promise<void>;
  /** For the end of a run: the same, unless hashing again what is pending takes less time than opening the index. */
  settle(): Promise<void>;
}

/** A persistent map of bytes to bytes. `null` and `false`: it did not work, now or ever again. */
export interface Database {
  get(key: Buffer): Buffer | null;
  /** All with keys from `first` on and before `end`. */
  range(first: Buffer, end: Buffer): Iterable<readonly [key: Buffer, value: Buffer]>;
  putAll(pairs: Iterable<readonly [key: Buffer, value: Buffer]>): boolean;
  close(): Promise<void>;
}

/** Null: this machine cannot keep one here (read-only, full, no binary). */
export type OpenDatabase = () => Database | null;

const DIGEST_BYTES = 32;
const CHECK_AT = SIGNATURE_BYTES + DIGEST_BYTES;
const VALUE_BYTES = CHECK_AT + 4;

/** Short paths are keys themselves and begin with "/"; long ones go by digest and do not. */
const keyOf = (path: AbsPath): Buffer =>
  path.length <= INDEX_KEY_BYTES_MAX ? toBuffer(path) : toBuffer(`#${digestOf(toBuffer(path))}`);

const checkOf = (key: Buffer, value: Buffer): number => crc32(value.subarray(0, CHECK_AT), crc32(key));

/** Signature, digest, CRC-32 of key and both: a page that decayed on the disk must not name a wrong content. */
function valueOf(key: Buffer, signature: Signature, digest: Digest): Buffer {
  const value = Buffer.alloc(VALUE_BYTES);
  value.write(signature, 0, "latin1");
  value.write(digest, SIGNATURE_BYTES, "hex");
  value.writeUInt32LE(checkOf(key, value), CHECK_AT);
  return value;
}

/** Null: of another state, or decayed. */
function digestIn(key: Buffer, value: Buffer | null, signature: Signature): Digest | null {
  if (value?.length !== VALUE_BYTES || value.readUInt32LE(CHECK_AT) !== checkOf(key, value)) return null;
  if (value.toString("latin1", 0, SIGNATURE_BYTES) !== signature) return null;
  return checkedDigest(value.toString("hex", SIGNATURE_BYTES, CHECK_AT));
}

export class LazyIndex implements SignatureIndex {
  readonly #open: OpenDatabase;
  readonly #openedAtNs: bigint;
  readonly #pending = new Map<AbsPath, { readonly signature: Signature; readonly digest: Digest }>();
  #pendingBytes = 0;
  #database: Database | null | "unopened" = "unopened";

  /** `openedAtNs`: before anything was read that will be remembered. */
  constructor(open: OpenDatabase, openedAtNs: bigint) {
    this.#open = open;
    this.#openedAtNs = openedAtNs;
  }

  get isLoaded(): boolean {
    return this.#database !== "unopened";
  }

  get(path: AbsPath, signature: Signature): Digest | null {
    const recent = this.#pending.get(path);
    if (recent !== undefined) return recent.signature === signature ? recent.digest : null;
    const key = keyOf(path);
    return digestIn(key, this.#loaded()?.get(key) ?? null, signature);
  }

  *below(root: AbsPath): Generator<KnownFile> {
    for (const [path, { signature, digest }] of this.#pending) if (path.startsWith(`${root}/`)) yield { path, signature, digest };
    for (const [key, value] of this.#loaded()?.range(toBuffer(`${root}/`), toBuffer(`${root}0`)) ?? []) {
      const path = key.toString("latin1");
      if (!isAbsPath(path)) continue;
      const signature = value.toString("latin1", 0, SIGNATURE_BYTES) as Signature; // As it was written.
      const digest = this.#pending.has(path) ? null : digestIn(key, value, signature);
      if (digest !== null) yield { path, signature, digest };
    }
  }

  put(path: AbsPath, signature: Signature, digest: Digest, startedAtNs: bigint = this.#openedAtNs): void {
    if (!isSettled(signature, startedAtNs)) return;
    this.#pending.set(path, { signature, digest });
    this.#pendingBytes += sizeBytesOf(signature);
    if (this.#pending.size >= INDEX_PENDING_MAX) this.#flush();
  }

  async close(): Promise<void> {
    if (this.#pending.size > 0) this.#flush();
    if (this.#database === "unopened" || this.#database === null) return;
    const closing = this.#database;
    this.#database = "unopened";
    await closing.close();
  }

  async settle(): Promise<void> {
    if (this.isLoaded || this.#pendingBytes > INDEX_WORTH_BYTES) await this.close();
  }

  #loaded(): Database | null {
    if (this.#database === "unopened") this.#database = this.#open();
    return this.#database;
  }

  #flush(): void {
    const database = this.#loaded();
    const pairs = [...this.#pending].map(([path, { signature, digest }]) => {
      const key = keyOf(path);
      return [key, valueOf(key, signature, digest)] as const;
    });
    this.#pendingBytes = 0;
    if (database?.putAll(pairs) === true) this.#pending.clear();
    else if (this.#pending.size >= INDEX_PENDING_MAX) this.#pending.clear(); // Memory only, and only so much of it.
  }
}
