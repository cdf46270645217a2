// The file system, as the rest of Fathom sees it: the only way to it, so that a
// test can hand in another one and say what was read and what was not. Bulk
// calls exist where a build asks thousands of times (they go to the addon).

import type { Digest } from "./digest.ts";
import type { AbsPath } from "./path.ts";
import type { Failure, Result } from "./result.ts";
import type { Signature } from "./signature.ts";

/** Content with the state it was read in: the state was the same before and after reading. */
export interface Hashed {
  readonly digest: Digest;
  readonly signature: Signature;
}

/** What can go wrong with one path; `code` is the kernel's name (ENOSPC), lower-cased, or "changed-while-read". */
export type DiskFailure = Failure & { readonly path: AbsPath };

export interface Disk {
  /** lstat each path; null where nothing is there (ENOENT, ENOTDIR); "error" for anything else. One native call for all. */
  signatures(paths: readonly AbsPath[]): (Signature | null | "error")[];
  /** A link's target, or null when the path is not a link. */
  readLink(path: AbsPath): string | null;
  /** A directory's (u8 d_type, name, NUL)*, sorted by name bytes, without "." and "..". Null when it is not a directory. */
  list(path: AbsPath): string | null;
  readFile(path: AbsPath): Result<Buffer, DiskFailure>;
  /** SHA-256 of regular files; null where there is none, or it changed while it was read. One native call for all. */
  hashFiles(paths: readonly AbsPath[]): (Hashed | null)[];
  /** Copies (clones where the file system can) to `to`, which must not exist, with these permission bits. Returns the state of `to`. */
  copyFile(from: AbsPath, to: AbsPath, permissions: number): Result<Signature, DiskFailure>;
  writeFile(path: AbsPath, bytes: Uint8Array, permissions: number): Result<void, DiskFailure>;
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
}
