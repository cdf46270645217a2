// Counts what a store holds, and empties it. Emptying is safe while others use
// the store: directories are renamed away first, so that every name is either
// complete or gone, and publications that fail on a missing directory start again.
// Records go before the blobs they refer to, and once more after them: who gives a
// record its name in between looks for its blobs afterwards, or it is taken here.

import { namesIn, type Disk } from "../base/disk.ts";
import { absPath, type AbsPath } from "../base/path.ts";
import { ok, type Failure, type Result } from "../base/result.ts";
import { isSignature, sizeBytesOf } from "../base/signature.ts";
import { isKind } from "./layout.ts";
import type { Publisher } from "./publish.ts";

export interface Tally {
  readonly files: number;
  readonly bytes: number;
}

export interface StoreStats {
  readonly blobs: number;
  readonly entries: number;
  /** All of it, index and damaged things included. */
  readonly bytes: number;
  /** By directory below the root: "blobs", "sets", "entries", "index", ... */
  readonly byKind: ReadonlyMap<string, Tally>;
}

const REMOVED = "removed-";

/** Of removing a folder into which others were underway: each of them puts one thing there. */
const ROUNDS_MAX = 100;

/** Made by mkfs where a store is a file system of its own; and what somebody has changed in views and not committed (src/view/view.ts), which no cache gives back. */
const FOREIGN: ReadonlySet<string> = new Set(["lost+found", "views"]);

const subdirectories = (disk: Disk, folder: AbsPath): string[] =>
  [...namesIn(disk.list(folder) ?? "")].filter(({ type, name }) => type === "directory" && !FOREIGN.has(name)).map(({ name }) => name);

function tally(disk: Disk, folder: AbsPath): Tally {
  let [files, bytes] = [0, 0];
  const below = [...namesIn(disk.list(folder) ?? "")];
  const paths = below.filter(({ type }) => type !== "directory").map(({ name }) => absPath(`${folder}/${name}`));
  for (const signature of disk.signatures(paths)) {
    if (!isSignature(signature)) continue;
    files++;
    bytes += sizeBytesOf(signature);
  }
  for (const { name } of below.filter(({ type }) => type === "directory")) {
    const inside = tally(disk, absPath(`${folder}/${name}`));
    files += inside.files;
    bytes += inside.bytes;
  }
  return { files, bytes };
}

export function countStore(disk: Disk, root: AbsPath): StoreStats {
  const byKind = new Map(subdirectories(disk, root).map((kind) => [kind, tally(disk, absPath(`${root}/${kind}`))]));
  const bytes = [...byKind.values()].reduce((sum, each) => sum + each.bytes, 0);
  return { blobs: byKind.get("blobs")?.files ?? 0, entries: byKind.get("entries")?.files ?? 0, bytes, byKind };
}

/** What somebody else removed meanwhile is removed. */
const unlessGone = <F extends Failure>(result: Result<void, F>): Result<void, F> =>
  result.ok || result.failure.code !== "enoent" ? result : ok(undefined);

/** Of a folder that was moved away: only who was underway into it can still put something there, so it ends. */
function removeTree(disk: Disk, folder: AbsPath): Result<void, Failure> {
  for (let round = 1; ; round++) {
    for (const { name, type } of namesIn(disk.list(folder) ?? "")) {
      const path = absPath(`${folder}/${name}`);
      const removed = type === "directory" ? removeTree(disk, path) : unlessGone(disk.removeFile(path));
      if (!removed.ok) return removed;
    }
    const removed = unlessGone(disk.removeDirectory(folder));
    if (removed.ok || removed.failure.code !== "enotempty" || round === ROUNDS_MAX) return removed;
  }
}

/** Moves every directory below the root of such a name, but those already moved so, into a fresh one. */
function moveSome(disk: Disk, root: AbsPath, publisher: Publisher, prefix: string, isMeant: (name: string) => boolean): Result<void, Failure> {
  const names = subdirectories(disk, root).filter((name) => isMeant(name) && !name.startsWith(prefix));
  if (names.length === 0) return ok(undefined);
  const away = publisher.take(root, prefix, (name) => disk.makeDirectory(name, 0o700));
  if (!away.ok) return away;
  for (const name of names) {
    const moved = unlessGone(disk.rename(absPath(`${root}/${name}`), absPath(`${away.value}/${name}`)));
    if (!moved.ok) return moved;
  }
  return ok(undefined);
}

/** Everything there is of the store, into directories of names with this prefix. */
export function moveAway(disk: Disk, root: AbsPath, publisher: Publisher, prefix: string): Result<void, Failure> {
  for (const isMeant of [isKind, (name: string) => !isKind(name), isKind]) {
    const moved = moveSome(disk, root, publisher, prefix, isMeant);
    if (!moved.ok) return moved;
  }
  return ok(undefined);
}

export function emptyStore(disk: Disk, root: AbsPath, publisher: Publisher): Result<{ removedBytes: number }, Failure> {
  const moved = moveAway(disk, root, publisher, REMOVED);
  if (!moved.ok) return moved;
  let removedBytes = 0;
  // Also what an earlier one was killed over.
  for (const name of subdirectories(disk, root).filter((each) => each.startsWith(REMOVED))) {
    const folder = absPath(`${root}/${name}`);
    removedBytes += tally(disk, folder).bytes;
    const removed = removeTree(disk, folder);
    if (!removed.ok) return removed;
  }
  return ok({ removedBytes });
}
