// What further runs of the same build prove. A pair that was ordered is let run the
// other way round: who began first is held. If the other one waits nevertheless, the
// build sees to it, and there is no race; if it does not, there is one.

import type { Confirmation } from "./races-answer.ts";
import { accessesIn, addTo, type Access } from "./races-accesses.ts";
import type { Conflict } from "./races-conflicts.ts";
import { Forest } from "./races-forest.ts";
import type { Ground } from "./ground.ts";
import type { Trace, TracedProcess } from "./trace.ts";

export type Verdict =
  | { readonly kind: "confirmed"; readonly confirmation: Confirmation }
  /** The other one waited. */
  | { readonly kind: "ordered" }
  /** One of the two did not run, or both went as before. */
  | { readonly kind: "untold" };

/** Of two that ran one after the other, or at the same time: who is to be held, and who is to go. */
export function heldAndFree({ writer, other }: Pick<Conflict, "writer" | "other">): readonly [TracedProcess, TracedProcess] {
  return writer.startedUs <= other.startedUs ? [writer, other] : [other, writer];
}

export function judge(conflict: Conflict, again: Trace, seed: number, ground: Pick<Ground, "records">): Verdict {
  const [held, free] = heldAndFree(conflict);
  const forest = new Forest(again);
  const [late, early] = [sameIn(again, held), sameIn(again, free)];
  if (late === null || early === null) return { kind: "untold" };
  const failed = again.exit.how === 0 && again.exit.code !== 0 ? `, and the build ended with ${String(again.exit.code)}` : "";
  const confirmed = (shown: string): Verdict => ({ kind: "confirmed", confirmation: { by: "perturb", seed, shown: shown + failed } });
  if (conflict.ordering !== "none") return forest.isBefore(late, early) ? { kind: "ordered" } : confirmed("with the one that began first held back, the other one did not wait for it");
  const accesses = accessesIn(again, ground);
  const first = firstOn(conflict.path, late, forest, accesses);
  const second = firstOn(conflict.path, early, forest, accesses);
  const was = firstOf(held === conflict.writer ? conflict.writing.accesses : conflict.using.accesses);
  const wasOther = firstOf(held === conflict.writer ? conflict.using.accesses : conflict.writing.accesses);
  const isTurned = first !== null && second !== null && was !== null && wasOther !== null && was < wasOther !== first < second;
  return isTurned ? confirmed("with the one that began first held back, they came in the other order") : { kind: "untold" };
}

/** The same command in the same folder; the first of several. */
const sameIn = (trace: Trace, { program, cwd, argv }: TracedProcess): TracedProcess | null =>
  trace.traced.find((process) => process.program === program && process.cwd === cwd && process.argv.length === argv.length && process.argv.every((word, at) => word === argv[at])) ?? null;

function firstOn(path: string, task: TracedProcess, forest: Forest, accesses: ReadonlyMap<number, readonly Access[]>): number | null {
  const lists = new Map<string, Access[]>();
  for (const { image } of forest.below(task)) for (const access of accesses.get(image) ?? []) addTo(lists, access.touch.at, access);
  return firstOf(lists.get(path) ?? []);
}

function firstOf(accesses: readonly Access[]): number | null {
  const all = accesses.flatMap(({ touch }) => [touch.looked, touch.changed].flatMap((span) => (span === null ? [] : [span[0]])));
  return all.length === 0 ? null : Math.min(...all);
}
