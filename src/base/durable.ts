// What must be there after the machine lost its power, in the order in which it
// was written; and files that say who is at work.

import { closeSync, fsyncSync, openSync } from "node:fs";
import type { Disk } from "./disk.ts";
import type { Native } from "./native.ts";
import { absPath, parentOf, toBuffer, type AbsPath } from "./path.ts";
import { fail, ok, type Failure, type Result } from "./result.ts";

function sync(path: AbsPath): void {
  const fd = openSync(toBuffer(path), "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whole or not at all, and on the disk when this returns. */
export function writeDurably(disk: Disk, path: AbsPath, bytes: Uint8Array): Result<void, Failure> {
  const staged = absPath(`${path}.new`);
  const written = disk.writeFile(staged, bytes, 0o600);
  if (!written.ok) return written;
  sync(staged);
  const named = disk.rename(staged, path);
  if (named.ok) sync(parentOf(path));
  return named;
}

/** All that was written to the file system of this folder. */
export function syncAround(native: Native, folder: AbsPath): void {
  const fd = openSync(toBuffer(folder), "r");
  try {
    native.syncFileSystem(fd);
  } finally {
    closeSync(fd);
  }
}

/** Held by this process and by whoever inherits `fd`, until the last of them closes it or ends. */
export interface Lock {
  readonly fd: number;
  readonly release: () => void;
}

/** Does not wait. `busy`: what it means that somebody else has it. */
export function takeLock(disk: Disk, native: Native, path: AbsPath, busy: Failure): Result<Lock, Failure> {
  const made = disk.createFile(path, Buffer.alloc(0), 0o600);
  if (!made.ok && made.failure.code !== "eexist") return made;
  const fd = openSync(toBuffer(path), "r");
  if (native.lock(fd) === 0) return ok({ fd, release: () => { closeSync(fd); } });
  closeSync(fd);
  return fail(busy);
}
