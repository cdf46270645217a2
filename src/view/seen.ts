// What commands in a view looked at, and what they changed elsewhere: so that it can
// be told whether what the view was built on still is so, and which views have
// nothing to do with each other. Written by the engine when a command has ended.

import { namesIn, type Disk } from "../base/disk.ts";
import { absPath, isAbsPath, join, type AbsPath } from "../base/path.ts";
import { ok, type Failure, type Result } from "../base/result.ts";
import { sizeBytesOf } from "../base/signature.ts";
import { parse, seenOf, type View } from "./view.ts";

export interface Seen {
  /** False: something of what was looked at is not known. */
  readonly isWhole: boolean;
  /** Paths from the workspace's root, of bytes, sorted: files whose content was relied on, and names that were not there. */
  readonly reads: readonly string[];
  readonly missing: readonly string[];
  /** Absolute: outside the workspace, where a view keeps nothing back. */
  readonly changedOutside: readonly string[];
  readonly processes: number;
  readonly replayed: number;
  readonly ran: number;
}

/** In the environment of a command in a view: the file in which the engine leaves what was seen. */
export const SEEN = "FATHOM_VIEW_SEEN";

/** Of 400,000 files with long paths. */
const BYTES_MAX = 64 * 1024 * 1024;

/** Before a command: until the engine has written what was seen there, that is not known. */
export function expectSeen(disk: Disk, view: View, name: string): Result<AbsPath, Failure> {
  const path = join(seenOf(view), name);
  const made = disk.ensureDirectory(seenOf(view));
  const written = made.ok ? disk.createFile(path, Buffer.alloc(0), 0o600) : made;
  return written.ok ? ok(path) : written;
}

export function writeSeen(disk: Disk, path: AbsPath, seen: Seen): Result<void, Failure> {
  const staged = absPath(`${path}.new`);
  const written = disk.writeFile(staged, Buffer.from(JSON.stringify({ version: 1, ...seen }), "utf8"), 0o600);
  return written.ok ? disk.rename(staged, path) : written;
}

const NOTHING: Seen = { isWhole: true, reads: [], missing: [], changedOutside: [], processes: 0, replayed: 0, ran: 0 };

/** Of every command so far. */
export function readSeen(disk: Disk, view: View): Seen {
  const all = [...namesIn(disk.list(seenOf(view)) ?? "")].map(({ name }) => readOne(disk, join(seenOf(view), name)));
  const known = all.filter((seen) => seen !== null);
  const sum = known.reduce((one, other) => ({
    isWhole: one.isWhole && other.isWhole,
    reads: [...one.reads, ...other.reads], missing: [...one.missing, ...other.missing], changedOutside: [...one.changedOutside, ...other.changedOutside],
    processes: one.processes + other.processes, replayed: one.replayed + other.replayed, ran: one.ran + other.ran,
  }), NOTHING);
  const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
  return { ...sum, isWhole: sum.isWhole && known.length === all.length, reads: unique(sum.reads), missing: unique(sum.missing), changedOutside: unique(sum.changedOutside) };
}

function readOne(disk: Disk, path: AbsPath): Seen | null {
  const [found] = disk.signatures([path]);
  if (found === undefined || found === null || found === "error" || sizeBytesOf(found) > BYTES_MAX) return null;
  const read = disk.readFile(path);
  const parsed = read.ok ? parse(read.value) : null;
  if (typeof parsed !== "object" || parsed === null || !("version" in parsed) || parsed.version !== 1) return null;
  const { isWhole, reads, missing, changedOutside, processes, replayed, ran } = { ...NOTHING, ...parsed };
  const isSound = typeof isWhole === "boolean" && [reads, missing].every(areRelative) && areTexts(changedOutside) && [processes, replayed, ran].every(Number.isSafeInteger);
  return isSound ? { isWhole, reads, missing, changedOutside, processes, replayed, ran } : null;
}

const areTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((text) => typeof text === "string");
const areRelative = (value: unknown): boolean => areTexts(value) && value.every((path) => isAbsPath(`/${path}`));
