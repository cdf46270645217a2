// .fathom/ at a workspace's root: what runs leave for a person and for the next run.
// No task is thought to depend on it (src/cache/programs.ts), and git does not see it.

import type { Disk } from "../base/disk.ts";
import { absPath, join, type AbsPath } from "../base/path.ts";
import { ok, type Failure, type Result } from "../base/result.ts";

export const stateFolder = (root: AbsPath): AbsPath => join(root, ".fathom");

/** A note that git is to leave all of the folder alone. One that is there already stays. */
export function ignoreState(disk: Disk, folder: AbsPath): Result<void, Failure> {
  const made = disk.createFile(join(folder, ".gitignore"), Buffer.from("*\n"), 0o644);
  return made.ok || made.failure.code === "eexist" ? ok(undefined) : made;
}

/** A file below it, with its folders: whole or not at all. `name`: "summaries/x.json". */
export function writeState(disk: Disk, root: AbsPath, name: string, text: string): Result<AbsPath, Failure> {
  const folder = stateFolder(root);
  const path = absPath(`${folder}/${name}`);
  const made = disk.ensureDirectory(absPath(path.slice(0, path.lastIndexOf("/"))));
  if (!made.ok) return made;
  const ignored = ignoreState(disk, folder);
  if (!ignored.ok) return ignored;
  const staged = absPath(`${path}.${String(process.pid)}`);
  const written = disk.writeFile(staged, Buffer.from(text, "utf8"), 0o644);
  const renamed = written.ok ? disk.rename(staged, path) : written;
  return renamed.ok ? ok(path) : renamed;
}
