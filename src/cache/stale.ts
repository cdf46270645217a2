// What the entry that was in place before has left behind and the new one would
// not have made. Taken away only where nobody can miss it: it is still exactly
// what that entry wrote, and the new entry relied on nothing about it.

import type { Disk } from "../base/disk.ts";
import { parentOf, type AbsPath } from "../base/path.ts";
import { isSignature, permissionsOf, sizeBytesOf, typeOf } from "../base/signature.ts";
import type { Effect, Entry } from "./entry.ts";
import type { Subject } from "./facts.ts";
import type { Known } from "./known.ts";
import type { Records } from "./records.ts";
import { isSystem, type Roots } from "./roots.ts";
import type { Hit } from "./verify.ts";

export interface StaleContext {
  readonly disk: Disk;
  readonly roots: Roots;
  readonly known: Known;
  readonly records: Records;
}

/** Files and links to remove, then directories to remove when they are empty, deepest first. */
export interface Stale {
  readonly files: readonly AbsPath[];
  readonly directories: readonly AbsPath[];
}

const NOTHING: Stale = { files: [], directories: [] };

export function staleAfter(hit: Hit, context: StaleContext): Stale {
  const { applied } = hit.witness;
  if (applied === null || applied === hit.strongKey) return NOTHING;
  const earlier = context.records.entry(applied);
  return earlier === null ? NOTHING : leftBy(earlier, hit, context);
}

/** An entry with the questions that it answers. */
export interface Asked {
  readonly entry: Entry;
  readonly subjects: readonly Subject[];
}

/** What an entry changed and the later one neither changes nor relies on. */
function freeFor({ entry, subjects }: Asked, earlier: Entry, roots: Roots): readonly Effect[] {
  const kept = new Set<string>(entry.effects.map(({ at }) => at));
  for (const { from, to } of entry.moves) kept.add(from).add(to);
  // A missing path that is there would have been a miss; all other questions need it as it is.
  const relied = new Set<string>();
  const listed = new Set<string>();
  for (const { kind, name } of subjects) (kind === "listed" || kind === "searched" ? listed : relied).add(name);
  return earlier.effects.filter(({ at }) => {
    const path = roots.locate(at);
    return path !== null && !isSystem(at) && at.length > 2 && !kept.has(at) && !relied.has(at) && !listed.has(roots.tokenise(parentOf(path)));
  });
}

/** Whether there is never anything to take away, in whatever order the two are replayed. */
export function leaveNothing(one: Asked, other: Asked, roots: Roots): boolean {
  return [freeFor(one, other.entry, roots), freeFor(other, one.entry, roots)].every((free) => free.every(({ kind }) => kind === "absent"));
}

function leftBy(earlier: Entry, hit: Hit, { disk, roots, known, records }: StaleContext): Stale {
  const checked = hit.checked();
  if (checked === null) return NOTHING;
  const free = freeFor({ entry: hit.entry, subjects: checked.subjects }, earlier, roots);
  // Only what the earlier entry made: a directory that it found and changed is somebody else's.
  const madeNames = new Set(records.set(earlier.weakKey, earlier.set)?.subjects.filter(({ kind }) => kind === "missing").map(({ name }) => name) ?? []);
  const paths = free.map(({ at }) => roots.locate(at) ?? roots.workspace);
  const found = disk.signatures(paths);
  const asked = free.flatMap((effect, index) => {
    const path = paths[index];
    const signature = found[index];
    if (effect.kind !== "file" || path === undefined || !isSignature(signature)) return [];
    const isLike = typeOf(signature) === "file" && permissionsOf(signature) === effect.permissions && sizeBytesOf(signature) === effect.sizeBytes;
    return isLike ? [{ effect, path, signature }] : [];
  });
  const digests = known.digests(asked);
  const files = asked.filter((file, index) => digests[index]?.digest === file.effect.content).map(({ path }) => path);
  for (const [index, effect] of free.entries()) {
    const path = paths[index];
    if (effect.kind !== "link" || path === undefined) continue;
    const target = disk.readLink(path);
    if (target !== null && roots.tokeniseText(target) === effect.target) files.push(path);
  }
  const directories = free.flatMap((effect, index) => (effect.kind === "directory" && wasMissing(effect.at, madeNames) ? [paths[index] ?? roots.workspace] : []));
  return { files, directories: directories.filter((path) => path !== roots.workspace).reverse() };
}

/** A lookup that failed is a fact about the first part that was missing. */
function wasMissing(token: string, missing: ReadonlySet<string>): boolean {
  for (let at = token; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) if (missing.has(at)) return true;
  return false;
}
