// What a view was built on and is no longer so: files that its commands read, or
// names that they missed, which have changed in the workspace since. A merge of
// texts cannot see it. Also which of several views have nothing to do with each other.

import type { Disk } from "../base/disk.ts";
import { absPath, byteOrder, type AbsPath } from "../base/path.ts";
import type { Before } from "./before.ts";
import type { Commit } from "./history.ts";
import type { Seen } from "./seen.ts";
import type { Upper } from "./upper.ts";

export interface Stale {
  readonly path: string;
  /** The view whose commit changed it last; null: somebody else. */
  readonly by: string | null;
}

export interface StaleContext {
  readonly disk: Disk;
  readonly workspace: AbsPath;
  readonly before: Before;
  /** Newest first. */
  readonly commits: readonly Commit[];
  /** When the view began. */
  readonly sinceNs: bigint;
}

/** Sorted by path. `own`: what the view itself changes, which is decided about path by path. */
export function staleReads({ reads, missing }: Pick<Seen, "reads" | "missing">, own: ReadonlySet<string>, { disk, workspace, before, commits, sinceNs }: StaleContext): readonly Stale[] {
  const at = (paths: readonly string[]): readonly AbsPath[] => paths.map((path) => absPath(`${workspace}/${path}`));
  const read = reads.filter((path) => !own.has(path));
  const missed = missing.filter((path) => !own.has(path));
  const [now, there] = [disk.signatures(at(read)), disk.signatures(at(missed))];
  const changed = read.filter((_, index) => {
    const found = now[index];
    return found === undefined || found === null || found === "error" || !before.isOld(found);
  });
  const appeared = missed.filter((_, index) => there[index] !== null);
  const since = commits.filter(({ state, plan }) => state === "done" && plan.atNs >= sinceNs);
  return [...changed, ...appeared].sort(byteOrder).map((path) => ({ path, by: since.find(({ plan }) => plan.steps.some((step) => step.path === path))?.plan.view ?? null }));
}

/** Every name that the view changes, directories of which one thing changes left out; one that may not be looked into counts whole. */
export function changedNames(upper: Upper): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (relative: string): void => {
    const listed = upper.list(relative);
    if (listed === null) names.add(relative);
    for (const each of listed ?? []) {
      const path = relative === "" ? each.name : `${relative}/${each.name}`;
      if (path === ".fathom") continue;
      if (each.kind !== "directory" || upper.isOpaque(each) || !upper.wasThere(each)) names.add(path);
      if (each.kind === "directory") visit(path);
    }
  };
  visit("");
  return names;
}

export interface Sides {
  readonly changed: ReadonlySet<string>;
  readonly seen: Pick<Seen, "isWhole" | "reads" | "missing">;
}

/** Whether one can be committed without the other knowing. False as well where it is not known what one of them read. */
export function areIndependent(one: Sides, other: Sides): boolean {
  const meets = (changed: ReadonlySet<string>, { changed: theirs, seen }: Sides): boolean =>
    [theirs, seen.reads, seen.missing].some((paths) => [...paths].some((path) => isChanged(path, changed)));
  if (one.changed.size > 0 && (!other.seen.isWhole || meets(one.changed, other))) return false;
  return other.changed.size === 0 || (one.seen.isWhole && !meets(other.changed, one));
}

/** It, or a directory that it is in (which is then new, gone, or replaced). */
function isChanged(path: string, changed: ReadonlySet<string>): boolean {
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) if (changed.has(at)) return true;
  return false;
}

