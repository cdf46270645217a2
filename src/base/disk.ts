// The file system, as the rest of Fathom sees it: the only way to it, so that a
// test can hand in another one and say what was read and what was not. Bulk
// calls exist where a build asks thousands of times (they go to the addon).

import type { Digest } from "./digest.ts";
import { absPath, toBuffer, type AbsPath } from "./path.ts";
import type { Failure, Result } from "./result.ts";
import { CLOCK_TICK_NS_MAX, COARSE_TICK_NS_MAX } from "./limits.ts";
import { ctimeNsOf, mtimeNsOf, SIGNATURE_BYTES, type FileType, type Signature } from "./signature.ts";

/** Content with the state it was read in: the state was the same before and after reading. */
export interface Hashed {
  readonly digest: Digest;
  readonly signature: Signature;
  /** Real time just before the first byte was read: whether the state can be trusted later depends on it (see isSettled). */
  readonly startedAtNs: bigint;
}

/** What can go wrong with one path; `code` is the kernel's name (ENOSPC), lower-cased, or "changed-while-read". */
export type DiskFailure = Failure & { readonly path: AbsPath };

/** Of one path in what `states` gives. */
export const STATE_BYTES = SIGNATURE_BYTES + 4;

export interface Disk {
  /** lstat each path; null where nothing is there (ENOENT, ENOTDIR); "error" for anything else. One native call for all. */
  signatures(paths: readonly AbsPath[]): (Signature | null | "error")[];
  /**
   * The same without a string for each: `paths` are each followed by a NUL; the answer has STATE_BYTES for each, the
   * signature (or zeros) and the error number (32 bits, 0: none). To compare many states with earlier ones in one go.
   */
  states(paths: Buffer): Buffer;
  /** When it was made (statx(2): the birth time); 0 where that is not known. */
  bornNs(path: AbsPath): bigint;
  /** "user:group" by numbers, where these are not those of this process; "" where they are, or nothing is there. A link is not followed. */
  otherOwner(path: AbsPath): string;
  /** A link's target, or null when the path is not a link. */
  readLink(path: AbsPath): string | null;
  /** A directory's (u8 d_type, name, NUL)*, sorted by name bytes, without "." and "..". Null when it is not a directory; a link to one is not. */
  list(path: AbsPath): string | null;
  /** Regular files only; a link is not followed ("eloop"). */
  readFile(path: AbsPath): Result<Buffer, DiskFailure>;
  /** At most so many bytes from there on; fewer at the end of the file. */
  readPart(path: AbsPath, offsetBytes: number, lengthBytes: number): Result<Buffer, DiskFailure>;
  /** SHA-256 of regular files; null where there is none, or it changed while it was read. One native call for all. */
  hashFiles(paths: readonly AbsPath[]): (Hashed | null)[];
  /** Copies (clones where the file system can) to `to`, which must not exist, with these permission bits. Returns the state of `to`. */
  copyFile(from: AbsPath, to: AbsPath, permissions: number): Result<Signature, DiskFailure>;
  /** Makes the file, or replaces its content in place. */
  writeFile(path: AbsPath, bytes: Uint8Array, permissions: number): Result<void, DiskFailure>;
  /** Makes the file; fails with "eexist" where something is there already. */
  createFile(path: AbsPath, bytes: Uint8Array, permissions: number): Result<void, DiskFailure>;
  /** Adds to the end of a file that is there, in one write. */
  appendFile(path: AbsPath, bytes: Uint8Array): Result<void, DiskFailure>;
  /** Of a file that is there: what is beyond its end now reads as zeros, and takes no room. */
  setLength(path: AbsPath, sizeBytes: number): Result<void, DiskFailure>;
  rename(from: AbsPath, to: AbsPath): Result<void, DiskFailure>;
  /** Fails with "eexist" where `to` is there already: what is there is left alone. */
  link(from: AbsPath, to: AbsPath): Result<void, DiskFailure>;
  symlink(target: string, path: AbsPath): Result<void, DiskFailure>;
  makeDirectory(path: AbsPath, permissions: number): Result<void, DiskFailure>;
  /** With its parents, like mkdir -p. */
  ensureDirectory(path: AbsPath): Result<void, DiskFailure>;
  removeFile(path: AbsPath): Result<void, DiskFailure>;
  removeDirectory(path: AbsPath): Result<void, DiskFailure>;
  setPermissions(path: AbsPath, permissions: number): Result<void, DiskFailure>;
  /** Modification time in nanoseconds since 1970; a link itself is changed, not what it points to. */
  setModified(path: AbsPath, mtimeNs: bigint): Result<void, DiskFailure>;
  /** Whether there is anything, links followed; false where looking is refused. Under a tap this is ten times as fast as a signature. */
  isThere(path: AbsPath): boolean;
  /** True when files can be made in this directory. */
  isWritable(path: AbsPath): boolean;
  /** Asks the kernel (openat2) whether the directory of `path` is `root` or below it, whatever links say; where it is not there yet, its nearest ancestor that is. */
  staysBelow(root: AbsPath, path: AbsPath): boolean;
  /** False on a network file system: its times come from another clock, and memory cannot be shared through it. */
  isLocal(path: AbsPath): boolean;
}

export interface Name {
  readonly type: FileType | "unknown";
  readonly name: string;
}

/** d_type of getdents64(2). */
export const ENTRY_TYPE = { fifo: 1, device: 2, directory: 4, block: 6, file: 8, link: 10, socket: 12 } as const;

function entryType(byte: number): FileType | "unknown" {
  switch (byte) {
    case ENTRY_TYPE.fifo: return "fifo";
    case ENTRY_TYPE.device: case ENTRY_TYPE.block: return "device";
    case ENTRY_TYPE.directory: return "directory";
    case ENTRY_TYPE.file: return "file";
    case ENTRY_TYPE.link: return "link";
    case ENTRY_TYPE.socket: return "socket";
    default: return "unknown";
  }
}

/** Takes apart what `list` gives. */
export function* namesIn(listing: string): Generator<Name> {
  for (let at = 0; at < listing.length;) {
    const end = listing.indexOf("\0", at + 1);
    yield { type: entryType(listing.charCodeAt(at)), name: listing.slice(at + 1, end) };
    at = end + 1;
  }
}

/**
 * False when the file could have changed once more after `startedAtNs` without its signature changing: file times move
 * on with the timer tick. Such a signature must not be remembered as that of the content that was read.
 */
export function isSettled(signature: Signature, startedAtNs: bigint): boolean {
  const latest = startedAtNs - lagNsOf(signature);
  return ctimeNsOf(signature) < latest && mtimeNsOf(signature) < latest;
}

const SECOND_NS = 1_000_000_000n;
/** A whole second by chance is one time in ten million. */
export const isCoarse = (signature: Signature): boolean => ctimeNsOf(signature) % SECOND_NS === 0n;
/** How long a file may have changed before its times say so. */
export const lagNsOf = (signature: Signature): bigint => (isCoarse(signature) ? COARSE_TICK_NS_MAX : CLOCK_TICK_NS_MAX);

/** Source: errno-base.h; the same on every Linux architecture. */
export const ENOENT = 2;
const ENOTDIR = 20;
const EIO = 5;
export const EACCES = 13;

/** Whether looking there is refused: a directory on the way may not be searched. False where that cannot be told. */
export const isDenied = (disk: Pick<Disk, "states">, path: AbsPath): boolean =>
  disk.states(pathBytes([path])).readUInt32LE(SIGNATURE_BYTES) === EACCES;

/** One of the answers in what Disk.states gives. */
export interface StateAt {
  readonly states: Buffer;
  readonly at: number;
}

/** ENOENT and ENOTDIR: nothing is there. */
const isAbsent = (errno: number): boolean => errno === ENOENT || errno === ENOTDIR;

/** What Disk.states gives as what Disk.signatures gives. */
export function signaturesIn(states: Buffer): (Signature | null | "error")[] {
  const found: (Signature | null | "error")[] = [];
  for (let at = 0; at < states.length; at += STATE_BYTES) {
    const errno = states.readUInt32LE(at + SIGNATURE_BYTES);
    if (errno === 0) found.push(states.toString("latin1", at, at + SIGNATURE_BYTES) as Signature);
    else found.push(isAbsent(errno) ? null : "error");
  }
  return found;
}

/** Paths as Disk.states takes them. */
export const pathBytes = (paths: readonly AbsPath[]): Buffer => (paths.length === 0 ? Buffer.alloc(0) : toBuffer(`${paths.join("\0")}\0`));

/** For disks that have no call of their own for `states`. */
export function statesFrom(paths: Buffer, look: (paths: readonly AbsPath[]) => (Signature | null | "error")[]): Buffer {
  if (paths.length === 0) return paths;
  const found = look(paths.toString("latin1", 0, paths.length - 1).split("\0").map(absPath));
  const states = Buffer.alloc(found.length * STATE_BYTES);
  for (const [index, signature] of found.entries()) {
    const at = index * STATE_BYTES;
    if (signature === null || signature === "error") states.writeUInt32LE(signature === null ? ENOENT : EIO, at + SIGNATURE_BYTES);
    else states.write(signature, at, "latin1");
  }
  return states;
}
