// What all of a command looked at and changed, where somebody wants to know that of
// the whole of it (a view): of every image, also of those that are never stored.

import type { AbsPath } from "../base/path.ts";
import { isWithin, byteOrder } from "../base/path.ts";
import { isIgnoredState } from "../cache/programs.ts";
import type { Roots } from "../cache/roots.ts";
import type { Footprint } from "../ledger/footprint.ts";
import type { Seen } from "../view/seen.ts";
import type { RunResult } from "./tally.ts";

/** Doubts about what is stored, not about what was seen. */
const SEEN_ALL_THE_SAME: ReadonlySet<string> = new Set([
  "comparator", "network", "local-server", "serves", "stdin", "inherited", "inherited-descriptor", "device", "killed", "owner", "xattr", "traces", "special-file", "hard-link",
  "changed-during-run", "appeared-during-run", "foreign-change", "stream-seek", "stream-lost", "output-too-large", "privilege", "program-changed",
]);

export class LookedAt {
  readonly #roots: Roots;
  readonly #reads = new Set<AbsPath>();
  readonly #missing = new Set<AbsPath>();
  readonly #changed = new Set<AbsPath>();
  #isWhole = true;

  constructor(roots: Roots) {
    this.#roots = roots;
  }

  add({ observations, touched, doubts }: Pick<Footprint, "observations" | "touched"> & Partial<Pick<Footprint, "doubts">>): void {
    // What an earlier part of the command wrote is the view's own.
    for (const { kind, path } of observations.filter((each) => !this.#changed.has(each.path))) {
      if (kind === "content" || kind === "link") this.#reads.add(path);
      else if (kind === "missing") this.#missing.add(path);
    }
    for (const path of touched) this.#changed.add(path);
    if (doubts?.some(({ code }) => !SEEN_ALL_THE_SAME.has(code)) === true) this.unknown();
  }

  /** Something was not seen. */
  unknown(): void {
    this.#isWhole = false;
  }

  result({ processes, replayed, ran }: Pick<RunResult, "processes" | "replayed" | "ran">): Seen {
    const { workspace } = this.#roots;
    const counts = (path: AbsPath): boolean => !isIgnoredState(this.#roots.tokenise(path));
    const below = (paths: ReadonlySet<AbsPath>): readonly string[] =>
      [...paths].filter((path) => path !== workspace && isWithin(path, workspace) && counts(path)).map((path) => path.slice(workspace.length + 1)).sort(byteOrder);
    const changedOutside = [...this.#changed].filter((path) => !isWithin(path, workspace) && counts(path)).sort(byteOrder);
    return { isWhole: this.#isWhole, reads: below(this.#reads), missing: below(this.#missing), changedOutside, processes, replayed, ran };
  }
}
