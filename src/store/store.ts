// Stored content and records, as files in one directory that any number of
// Fathoms share. What is read is checked against its name or its frame first:
// nothing in here is believed because it is in here.

import type { Clock } from "../base/clock.ts";
import { digestOf, type Digest } from "../base/digest.ts";
import { isSettled, type Disk, type DiskFailure } from "../base/disk.ts";
import { BLOB_IN_MEMORY_BYTES_MAX, CHECKED_WITHOUT_INDEX_BYTES_MAX, RECORD_BYTES_MAX, USE_GRAIN_NS } from "../base/limits.ts";
import { toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { isSignature, mtimeNsOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import { countStore, emptyStore, type StoreStats } from "./census.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import { blobPath, blobsPath, kindPath, recordPath } from "./layout.ts";
import type { Publisher } from "./publish.ts";
import { LazyIndex, type OpenDatabase, type SignatureIndex } from "./signature-index.ts";
import { auditBlobs, filesIn, removeFrom, removeLeftovers, type Stored } from "./upkeep.ts";

/** Nobody writes a blob; a program that tries by mistake is told. */
const BLOB_PERMISSIONS = 0o444;
const RECORD_PERMISSIONS = 0o644;

export interface Store {
  readonly root: AbsPath;
  /** Where a blob would be. */
  blobPath(digest: Digest): AbsPath;
  /** True when a blob of that name is there: complete unless the machine stopped, which checkedBlob and getBlob notice. */
  hasBlob(digest: Digest): boolean;
  /** Failure: "store-write-failed". */
  putBlob(bytes: Uint8Array): Result<Digest, Failure>;
  /** Copies a file in. Failure: "changed-while-stored" unless its state is `expected` before and after; "store-write-failed". */
  putFile(path: AbsPath, digest: Digest, expected: Signature): Result<void, Failure>;
  /** Bytes whose digest was checked. Failure: "blob-missing", "blob-damaged" (then it is set aside), "blob-too-large". */
  getBlob(digest: Digest): Result<Buffer, Failure>;
  /** The path of a blob whose content was checked, to clone from. Failure: "blob-missing", "blob-damaged". */
  checkedBlob(digest: Digest): Result<AbsPath, Failure>;
  /** Replaces what has that name. Failure: "record-too-large", "store-write-failed". */
  putRecord(kind: string, name: string, payload: Uint8Array): Result<void, Failure>;
  /** Failure: "record-missing", "record-damaged" (then it is set aside), "record-newer". */
  getRecord(kind: string, name: string): Result<Buffer, Failure>;
  hasRecord(kind: string, name: string): boolean;
  /** No failure when there is none. */
  removeRecord(kind: string, name: string): Result<void, Failure>;
  /** Records of a kind, or "blobs"; sorted by the bytes of their names. */
  files(kind: string): readonly Stored[];
  /** Returns the bytes that are gone. */
  remove(kind: string, files: readonly Stored[]): number;
  /** What killed processes left, and what was set aside long ago. Returns the bytes that are gone. */
  removeLeftovers(): number;
  /** Reads every blob; sets aside and names those that are not what their name says. */
  auditBlobs(onRead: (files: number) => void): readonly string[];
  /** So that collecting knows what was used lately. */
  markUsed(kind: string, name: string): void;
  /** Loaded at first use. Close it when done. */
  readonly index: SignatureIndex;
  /** Walks all directories. */
  stats(): StoreStats;
  /** Safe while others use the store. */
  clear(): Result<{ removedBytes: number }, Failure>;
}

function missing(code: "blob-missing" | "record-missing", name: string): Result<never, Failure> {
  return fail({ code, message: `Cannot find "${name}" in the store` });
}

function damaged(code: "blob-damaged" | "record-damaged", name: string): Result<never, Failure> {
  return fail({ code, message: `Cannot use "${name}" of the store: its content is not what was stored; it was set aside` });
}

function unwritten(failure: DiskFailure): Result<never, Failure> {
  const message = `Cannot write to the store: ${failure.message}`;
  if (failure.code !== "enospc" && failure.code !== "edquot") return fail({ code: "store-write-failed", message });
  return fail({ code: "store-write-failed", message, advice: "Make room with \"fathom cache clear\", or set FATHOM_STORE to another disk" });
}

export class FileStore implements Store {
  readonly root: AbsPath;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #publisher: Publisher;
  readonly #index: LazyIndex;
  /** Blobs checked by this process, by the state they were checked in. */
  readonly #checked = new Map<Digest, Signature>();
  #checkedBytes = 0;

  constructor(root: AbsPath, disk: Disk, clock: Clock, publisher: Publisher, openDatabase: OpenDatabase) {
    this.root = root;
    this.#disk = disk;
    this.#clock = clock;
    this.#publisher = publisher;
    this.#index = new LazyIndex(openDatabase, clock.realtimeNs());
  }

  get index(): SignatureIndex {
    return this.#index;
  }

  blobPath(digest: Digest): AbsPath {
    return blobPath(this.root, digest);
  }

  hasBlob(digest: Digest): boolean {
    return this.#fileAt(this.blobPath(digest)) !== null;
  }

  putBlob(bytes: Uint8Array): Result<Digest, Failure> {
    const digest = digestOf(bytes);
    if (this.#hasBlobOf(digest, bytes.length)) return ok(digest);
    const put = this.#publisher.publish(this.blobPath(digest), (staged) => this.#disk.createFile(staged, bytes, BLOB_PERMISSIONS));
    return put.ok ? ok(digest) : unwritten(put.failure);
  }

  putFile(path: AbsPath, digest: Digest, expected: Signature): Result<void, Failure> {
    const changed = (): Result<never, Failure> => fail({
      code: "changed-while-stored",
      message: `Cannot store "${toText(path)}": it changed since its content was read`,
    });
    if (typeOf(expected) !== "file" || this.#disk.signatures([path])[0] !== expected) return changed();
    if (this.#hasBlobOf(digest, sizeBytesOf(expected))) return ok(undefined);
    let isSame = true;
    const put = this.#publisher.publish(this.blobPath(digest), (staged) => {
      const copied = this.#disk.copyFile(path, staged, BLOB_PERMISSIONS);
      if (!copied.ok) return copied;
      isSame = this.#disk.signatures([path])[0] === expected && sizeBytesOf(copied.value) === sizeBytesOf(expected);
      return isSame ? copied : fail({ code: "changed-while-read", message: "", path });
    });
    if (put.ok) return put;
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- The call above sets it, which the rule does not follow.
    return !isSame || put.failure.code === "changed-while-read" || this.#disk.signatures([path])[0] !== expected ? changed() : unwritten(put.failure);
  }

  getBlob(digest: Digest): Result<Buffer, Failure> {
    const path = this.blobPath(digest);
    const state = this.#fileAt(path);
    if (state === null) return missing("blob-missing", digest);
    if (sizeBytesOf(state) > BLOB_IN_MEMORY_BYTES_MAX) {
      return fail({ code: "blob-too-large", message: `Cannot read blob "${digest}" into memory: it has ${String(sizeBytesOf(state))} bytes` });
    }
    const read = this.#disk.readFile(path);
    if (!read.ok) return missing("blob-missing", digest);
    if (digestOf(read.value) === digest) return ok(read.value);
    this.#publisher.setAside(path);
    return damaged("blob-damaged", digest);
  }

  checkedBlob(digest: Digest): Result<AbsPath, Failure> {
    const path = this.blobPath(digest);
    const state = this.#fileAt(path);
    if (state === null) return missing("blob-missing", digest);
    if (this.#checked.get(digest) === state) return ok(path);
    // Reading a few small blobs is cheaper than loading the index.
    const isCheap = !this.#index.isLoaded && this.#checkedBytes + sizeBytesOf(state) <= CHECKED_WITHOUT_INDEX_BYTES_MAX;
    if (!isCheap && this.#index.get(path, state) === digest) {
      this.#checked.set(digest, state);
      return ok(path);
    }
    const [hashed] = this.#disk.hashFiles([path]);
    if (hashed === undefined || hashed === null) return missing("blob-missing", digest);
    if (hashed.digest !== digest) {
      this.#publisher.setAside(path);
      return damaged("blob-damaged", digest);
    }
    this.#checkedBytes += sizeBytesOf(state);
    if (isSettled(hashed.signature, hashed.startedAtNs)) this.#checked.set(digest, hashed.signature);
    if (!isCheap) this.#index.put(path, hashed.signature, digest, hashed.startedAtNs);
    return ok(path);
  }

  putRecord(kind: string, name: string, payload: Uint8Array): Result<void, Failure> {
    if (payload.length > RECORD_BYTES_MAX) {
      const found = `it has ${String(payload.length)} bytes, more than ${String(RECORD_BYTES_MAX)}`;
      return fail({ code: "record-too-large", message: `Cannot store record "${kind}/${name}": ${found}` });
    }
    const framed = encodeFrame(kind, name, payload);
    const put = this.#publisher.publish(recordPath(this.root, kind, name), (staged) =>
      this.#disk.createFile(staged, framed, RECORD_PERMISSIONS));
    return put.ok ? put : unwritten(put.failure);
  }

  getRecord(kind: string, name: string): Result<Buffer, Failure> {
    const path = recordPath(this.root, kind, name);
    const read = this.#disk.readFile(path);
    if (!read.ok) return missing("record-missing", `${kind}/${name}`);
    const decoded = decodeFrame(kind, name, read.value);
    if (decoded.ok) return decoded;
    if (decoded.failure === "newer") {
      return fail({ code: "record-newer", message: `Cannot use "${kind}/${name}" of the store: it was made by a newer Fathom` });
    }
    this.#publisher.setAside(path);
    return damaged("record-damaged", `${kind}/${name}`);
  }

  hasRecord(kind: string, name: string): boolean {
    return this.#fileAt(recordPath(this.root, kind, name)) !== null;
  }

  removeRecord(kind: string, name: string): Result<void, Failure> {
    const removed = this.#disk.removeFile(recordPath(this.root, kind, name));
    return removed.ok || removed.failure.code === "enoent" ? ok(undefined) : unwritten(removed.failure);
  }

  files(kind: string): readonly Stored[] {
    return filesIn(this.#disk, this.#folderOf(kind));
  }

  remove(kind: string, files: readonly Stored[]): number {
    return removeFrom(this.#disk, this.#folderOf(kind), files);
  }

  removeLeftovers(): number {
    return removeLeftovers(this.#disk, this.root, this.#clock.realtimeNs());
  }

  auditBlobs(onRead: (files: number) => void): readonly string[] {
    this.#checked.clear();
    return auditBlobs(this.#disk, blobsPath(this.root), this.#publisher, onRead);
  }

  markUsed(kind: string, name: string): void {
    const path = recordPath(this.root, kind, name);
    const state = this.#fileAt(path);
    const nowNs = this.#clock.realtimeNs();
    if (state !== null && mtimeNsOf(state) < nowNs - USE_GRAIN_NS) this.#disk.setModified(path, nowNs);
  }

  #folderOf(kind: string): AbsPath {
    return kind === "blobs" ? blobsPath(this.root) : kindPath(this.root, kind);
  }

  stats(): StoreStats {
    return countStore(this.#disk, this.root);
  }

  clear(): Result<{ removedBytes: number }, Failure> {
    this.#checked.clear();
    return emptyStore(this.#disk, this.root, this.#publisher);
  }

  #fileAt(path: AbsPath): Signature | null {
    const [state] = this.#disk.signatures([path]);
    return isSignature(state) && typeOf(state) === "file" ? state : null;
  }

  /** One of the wrong size was cut short when the machine stopped: it is replaced. */
  #hasBlobOf(digest: Digest, sizeBytes: number): boolean {
    const state = this.#fileAt(this.blobPath(digest));
    return state !== null && sizeBytesOf(state) === sizeBytes;
  }
}
