// A unit that finds what it has made itself, where nothing was when it was stored: the
// second run after one from nothing. It runs, for it may rely on that; and this is said,
// so that nobody looks for a change.

import type { Disk } from "../base/disk.ts";
import type { Detailed } from "../cache/differences.ts";
import { listedState } from "../cache/facts.ts";
import { withoutIgnored } from "../cache/programs.ts";
import type { Roots } from "../cache/roots.ts";
import type { NamesChanged } from "./evidence.ts";
import { pathText, type Named } from "./words.ts";

const SHOWN_MAX = 2;

/** What it made is there now, outermost; null: something else differs as well, or nobody knows. `among`: which of its own outputs are all that is new in a directory. */
export function foundOwn<Difference extends Named>(differences: readonly Difference[], own: ReadonlySet<string>, among: (difference: Difference) => readonly string[] | null): readonly string[] | null {
  const found = new Set<string>();
  for (const difference of differences) {
    const { kind, name, what } = difference;
    const isListing = kind === "listed" && what === "names";
    const names = isListing ? among(difference) : what === "appeared" && own.has(name) ? [name] : null;
    if (names === null) return null;
    for (const each of names) found.add(each);
  }
  return found.size === 0 ? null : [...found].filter((name) => !found.has(name.slice(0, name.lastIndexOf("/"))));
}

/** By what is in the directory now: without what the unit made it is the one that was listed. */
export function amongNow({ name, was }: Detailed, own: ReadonlySet<string>, roots: Pick<Roots, "locate">, disk: Pick<Disk, "list">): readonly string[] | null {
  const path = roots.locate(name);
  const names = path === null ? null : disk.list(path);
  if (names === null) return null;
  const at = (entry: string): string => `${name}/${entry.slice(1)}`;
  const entries = names.split("\0").filter((entry) => entry !== "");
  const others = entries.filter((entry) => !own.has(at(entry))).map((entry) => `${entry}\0`).join("");
  return listedState(withoutIgnored(name, others)) === was ? entries.map(at).filter((each) => own.has(each)) : null;
}

/** By the names that came and went. */
export function amongChanged({ name }: Named, changed: NamesChanged | null, own: ReadonlySet<string>): readonly string[] | null {
  if (changed === null || changed.added.length === 0 || changed.removed.length > 0) return null;
  const added = changed.added.map((each) => `${name}/${each}`);
  return added.every((each) => own.has(each)) ? added : null;
}

export function ownDoingText(found: readonly string[]): string {
  const shown = found.slice(0, SHOWN_MAX).map((name) => `"${pathText(name)}"`).join(", ");
  const rest = found.length - SHOWN_MAX;
  return `what it made itself is there now: ${shown}${rest > 0 ? ` and ${String(rest)} more` : ""}`;
}
