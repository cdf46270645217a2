// A replay of a part: somebody wants only some of what the command wrote. The entry is
// whole, and what is kept of the replay says nothing of outputs, for the state that it
// leaves is none that the command ever left.

import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { parentOf, type AbsPath } from "../base/path.ts";
import type { Roots } from "./roots.ts";
import type { Hit } from "./verify.ts";

/** Whether what the command wrote there is put back. */
export type Restores = (path: AbsPath) => boolean;

/** The same hit with the effects that are wanted, and the directories that these need. */
export function limited(hit: Hit, restores: Restores, roots: Roots): Result<Hit, Failure> {
  if (hit.entry.moves.length > 0) return fail({ code: "replay-limited", message: "Cannot replay a part of what moved whole directories" });
  const wanted = new Set<AbsPath>();
  for (const { at } of hit.entry.effects) {
    const path = roots.locate(at);
    if (path === null || !restores(path)) continue;
    for (let above = path; !wanted.has(above); above = parentOf(above)) wanted.add(above);
  }
  const effects = hit.entry.effects.filter(({ kind, at }) => {
    const path = roots.locate(at);
    return path !== null && (kind === "directory" ? wanted.has(path) : restores(path));
  });
  return ok({ ...hit, entry: { ...hit.entry, effects } });
}
