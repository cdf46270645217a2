// What a view comes to, for a person: a decision as a list of what is added,
// changed and gone. Of directories that are new with something in them only that
// is told; what was removed here and is there under another name was renamed.

import type { Digest } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import { absPath, byteOrder, type AbsPath } from "../base/path.ts";
import { sizeBytesOf, typeOf } from "../base/signature.ts";
import { reasonText, type Change, type Decision } from "./decide.ts";

export type Effect =
  | { readonly kind: "added" | "modified" | "deleted" | "mode" | "rewritten"; readonly path: string }
  | { readonly kind: "renamed"; readonly path: string; readonly from: string }
  | { readonly kind: "conflict"; readonly path: string; readonly reason: string };

/** Hashing more than that would take longer than anybody looks at names. */
const RENAMES_MAX = 1000;

/** Sorted by path. */
export function effectsOf({ changes, conflicts }: Decision, workspace: AbsPath, disk: Disk): readonly Effect[] {
  const renamed = renames(changes, workspace, disk);
  const gone = new Set(renamed.values());
  const effects: Effect[] = conflicts.map(({ path, reason }) => ({ kind: "conflict", path, reason: reasonText(reason) }));
  for (const [index, change] of changes.entries()) {
    const from = renamed.get(change.path);
    if (from !== undefined) effects.push({ kind: "renamed", path: change.path, from });
    else if (change.kind === "remove" ? !gone.has(change.path) : !isFilled(change, changes[index + 1])) effects.push(effectOf(change));
  }
  return effects.sort((a, b) => byteOrder(a.path, b.path));
}

/** A new directory with something in it: that comes next. */
const isFilled = (change: Change, next: Change | undefined): boolean =>
  change.kind === "directory" && change.before === null && next?.path.startsWith(`${change.path}/`) === true;

function effectOf(change: Change): Effect {
  const { path } = change;
  switch (change.kind) {
    case "remove": return { kind: "deleted", path };
    case "mode": return { kind: "mode", path };
    case "time": return { kind: "rewritten", path };
    case "directory": return { kind: change.before === null ? "added" : "modified", path };
    case "put": return { kind: change.before === null ? "added" : change.isModeOnly ? "mode" : "modified", path };
  }
}

/** New path to old one, of files with something in them. */
function renames(changes: readonly Change[], workspace: AbsPath, disk: Disk): ReadonlyMap<string, string> {
  const added = changes.filter((change) => change.kind === "put" && change.before === null && typeOf(change.signature) === "file" && sizeBytesOf(change.signature) > 0);
  const removed = changes.filter((change) => change.kind === "remove" && typeOf(change.before) === "file" && sizeBytesOf(change.before) > 0);
  if (added.length === 0 || removed.length === 0 || added.length > RENAMES_MAX || removed.length > RENAMES_MAX) return new Map();
  const old = disk.hashFiles(removed.map(({ path }) => absPath(`${workspace}/${path}`)));
  const fresh = disk.hashFiles(added.flatMap((change) => (change.kind === "put" ? [change.from] : [])));
  const byDigest = new Map<Digest, string[]>();
  for (const [index, { path }] of removed.entries()) {
    const digest = old[index]?.digest;
    if (digest !== undefined) byDigest.set(digest, [...(byDigest.get(digest) ?? []), path]);
  }
  const found = new Map<string, string>();
  for (const [index, { path }] of added.entries()) {
    const digest = fresh[index]?.digest;
    const from = digest === undefined ? undefined : byDigest.get(digest)?.shift();
    if (from !== undefined) found.set(path, from);
  }
  return found;
}
