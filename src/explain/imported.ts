// Runs of other machines or checkouts, as `fathom runs import` keeps them: beside the
// traces of this place, each one file, never among them, so that nothing that happened
// here is compared with them unless somebody asks.

import { namesIn, type Disk } from "../base/disk.ts";
import { absPath, byteOrder, join, parentOf, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { isSignature, sizeBytesOf } from "../base/signature.ts";
import { decodePortable, PORTABLE_BYTES_MAX, type PortableRun } from "./portable.ts";
import { isRunId } from "./runs.ts";

/** Kept of one workspace. */
export const IMPORTED_MAX = 20;

export const importedFolder = (runs: AbsPath): AbsPath => absPath(`${parentOf(runs)}/imported${runs.endsWith("/runs") ? "" : `-${runs.slice(runs.lastIndexOf("/") + 1)}`}`);

/** Newest first. */
export const importedIds = (runs: AbsPath, disk: Pick<Disk, "list">): readonly string[] =>
  [...namesIn(disk.list(importedFolder(runs)) ?? "")].map(({ name }) => name).filter(isRunId).sort(byteOrder).reverse();

export function readPortable(path: AbsPath, disk: Disk): Result<{ readonly bytes: Buffer; readonly run: PortableRun }, Failure> {
  const [found] = disk.signatures([path]);
  if (isSignature(found) && sizeBytesOf(found) > PORTABLE_BYTES_MAX) return fail({ code: "run-file-damaged", message: "Cannot read a run from this file: it is larger than any that is written" });
  const bytes = disk.readFile(path);
  if (!bytes.ok) return bytes;
  const run = decodePortable(bytes.value);
  return run.ok ? ok({ bytes: bytes.value, run: run.value }) : run;
}

export function keepImported(runs: AbsPath, id: string, bytes: Buffer, disk: Disk): Result<void, Failure> {
  const folder = importedFolder(runs);
  const made = disk.ensureDirectory(folder);
  if (!made.ok) return made;
  const staged = join(folder, `.${id}`);
  disk.removeFile(staged);
  const written = disk.createFile(staged, bytes, 0o600);
  const named = written.ok ? disk.rename(staged, join(folder, id)) : written;
  if (!named.ok) disk.removeFile(staged);
  else for (const old of importedIds(runs, disk).slice(IMPORTED_MAX)) disk.removeFile(join(folder, old));
  return named;
}
