// Files that a target names, that no rule makes, and that the recipe of another target makes
// beside its own. One job at a time make comes to them when that recipe has ended; with
// more jobs it asks for them at once, and gives up ("No rule to make target"). Nobody but
// make itself looks for them then, so nothing of it is a conflict of two commands.

import { textOf, reachedFrom, type Declared, type TaskTarget } from "./declared.ts";
import type { DeclaredGraph } from "./declared-graph.ts";
import { goalsOf } from "./build-folder.ts";
import type { Forest } from "./races-forest.ts";
import type { Ground } from "./ground.ts";
import { CHANGES, DID, type Touch } from "./touch.ts";
import type { TracedProcess } from "./trace.ts";

export interface Unruled {
  /** The make that looks for it. */
  readonly make: TracedProcess;
  /** Whose recipe makes it. */
  readonly task: TracedProcess;
  readonly target: TaskTarget;
  readonly process: TracedProcess;
  /** Who names it: a target of the same make. */
  readonly neededBy: string;
  /** A token. */
  readonly at: string;
}

export function unruledIn(forest: Forest, declared: Declared, { roots }: Pick<Ground, "roots">): readonly Unruled[] {
  const found = new Map<string, Unruled>();
  for (const make of forest.trace.traced) {
    const graph = forest.isScheduler(make) ? declared.graphOf(make, roots) : null;
    // What a make runs before it starts itself anew is done before it looks for anything else.
    if (graph?.tool !== "make" || make.end?.how === 2) continue;
    const wanted = wantedIn(graph, make, roots);
    if (wanted.size === 0) continue;
    for (const task of forest.childrenOf(make)) {
      const target = declared.targetOf(task);
      if (target?.isRecipe !== true || target.isSerial) continue;
      for (const process of forest.below(task)) for (const touch of process.touched) {
        const neededBy = isMade(touch) ? wanted.get(textOf(touch.at, roots)) : undefined;
        const key = `${target.name}\0${touch.at}`;
        if (neededBy !== undefined && !found.has(key)) found.set(key, { make, task, target, process, neededBy, at: touch.at });
      }
    }
  }
  return [...found.values()];
}

/** It was not there before, and stayed. */
const isMade = ({ did }: Touch): boolean => (did & DID.created) !== 0 && (did & CHANGES & ~DID.removed) !== 0 && (did & DID.removed) === 0;

/** By name: who names what no rule makes, of all that this make has to look at. */
function wantedIn(graph: DeclaredGraph, make: TracedProcess, roots: Ground["roots"]): ReadonlyMap<string, string> {
  const named = goalsOf(make, graph.folder, roots);
  // Makefiles of one folder may each have another one: which is this one's is not known then.
  const goals = named.length > 0 ? named : graph.defaultGoals.size === 1 ? graph.defaultGoals : [];
  const ruled = new Set([...graph.targets].flatMap(([name, { alsoMakes }]) => [name, ...alsoMakes]));
  const wanted = new Map<string, string>();
  for (const name of reachedFrom(graph, goals)) for (const each of graph.targets.get(name)?.waitsFor ?? []) if (!ruled.has(each)) wanted.set(each, name);
  return wanted;
}
