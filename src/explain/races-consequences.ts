// What follows from a rule with several targets that ran once for each: who waits for one
// of them also meets the other run of the recipe. That is the same fault, told once.

import type { Declared, TaskTarget } from "./declared.ts";
import type { Conflict } from "./races-conflicts.ts";
import { ruleOfBoth } from "./races-classes.ts";

export function withoutConsequences(conflicts: readonly Conflict[], declared: Declared): readonly Conflict[] {
  const madeTwice = new Map<string, TaskTarget[]>();
  for (const conflict of conflicts) {
    if (ruleOfBoth(conflict, declared) === null) continue;
    const targets = [conflict.writer, conflict.other].flatMap((task) => declared.targetOf(task) ?? []);
    madeTwice.set(conflict.path, [...(madeTwice.get(conflict.path) ?? []), ...targets]);
  }
  return conflicts.filter((conflict) => {
    const [writer, other] = [declared.targetOf(conflict.writer), declared.targetOf(conflict.other)];
    const makers = madeTwice.get(conflict.path) ?? [];
    if (writer === null || other === null || ruleOfBoth(conflict, declared) !== null || !makers.some(({ name }) => name === writer.name)) return true;
    return !makers.some(({ graph, name }) => graph === other.graph && declared.waitsFor(other, name));
  });
}
