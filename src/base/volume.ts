// What the file system under a folder offers: free space, whether it can be
// written, whether it clones. Found by trying, never by the name of a file system.

import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync, statSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Volume {
  /** The folder itself, or the nearest one above it that exists. */
  readonly folder: string;
  /** st_dev: equal for two folders of one file system. */
  readonly device: number;
  /** What an unprivileged user may still use (statfs f_bavail). */
  readonly freeBytes: number;
  readonly isWritable: boolean;
  /** FICLONE works: copies share their blocks until one is changed. */
  readonly canClone: boolean;
}

export function nearestFolder(folder: string): string {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false; // EACCES, EROFS: either way nothing can be stored there.
  }
}

/** Writes two small files into a folder of its own and removes them. */
function canClone(folder: string): boolean {
  const scratch = mkdtempSync(join(folder, ".fathom-probe-"));
  try {
    writeFileSync(join(scratch, "a"), "a");
    copyFileSync(join(scratch, "a"), join(scratch, "b"), constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false; // EOPNOTSUPP, EXDEV, EINVAL: the file system's way to say that it copies.
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

export function volumeOf(wanted: string): Volume {
  const folder = nearestFolder(wanted);
  const space = statfsSync(folder);
  const writable = isWritable(folder);
  return {
    folder,
    device: statSync(folder).dev,
    freeBytes: space.bavail * space.bsize,
    isWritable: writable,
    canClone: writable && canClone(folder),
  };
}
