// Environments of a trace. A large run has thousands, of which most differ from another
// one in a few variables: they are lists of changes, and each is put together when
// somebody asks for it.

import type { TraceReader } from "./bytes.ts";
import { ENVIRONMENTS_MAX } from "./trace.ts";

/** Environments between two that are kept whole. */
const ENVIRONMENT_STEPS = 64;
/** Put together and not forgotten yet: a build has few that many processes share. */
const ENVIRONMENTS_KEPT = 64;

export function environmentsIn(reader: TraceReader, pairs: readonly (readonly [string, string])[]): readonly (() => ReadonlyMap<string, string>)[] {
  const steps: { readonly removed: readonly number[]; readonly added: readonly number[] }[] = [];
  const list = (): number[] => {
    const numbers: number[] = [];
    for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) {
      const pair = reader.number();
      if (pair >= pairs.length) reader.isDamaged = true;
      numbers.push(pair);
    }
    return numbers;
  };
  const count = reader.count();
  if (count > ENVIRONMENTS_MAX) reader.isDamaged = true;
  for (let left = count; left > 0 && !reader.isDamaged; left--) steps.push({ removed: list(), added: list() });
  const apply = (held: Set<number>, from: number, to: number): Set<number> => {
    for (const { removed, added } of steps.slice(from, to)) {
      for (const pair of removed) held.delete(pair);
      for (const pair of added) held.add(pair);
    }
    return held;
  };
  // Who asks for all of them would walk all steps each time.
  const marks: ReadonlySet<number>[] = [new Set()];
  const heldAt = (last: number): ReadonlySet<number> => {
    const mark = Math.floor(last / ENVIRONMENT_STEPS);
    for (let next = marks.length; next <= mark; next++) marks.push(apply(new Set(marks[next - 1]), (next - 1) * ENVIRONMENT_STEPS, next * ENVIRONMENT_STEPS));
    return apply(new Set(marks[mark]), mark * ENVIRONMENT_STEPS, last);
  };
  const put = (last: number): ReadonlyMap<string, string> => {
    const variables = new Map<string, string>();
    for (const pair of heldAt(last)) {
      const known = pairs[pair];
      if (known !== undefined) variables.set(known[0], known[1]);
    }
    return variables;
  };
  const environments: (() => ReadonlyMap<string, string>)[] = [];
  const kept = new Map<number, ReadonlyMap<string, string>>();
  for (let last = 1; last <= steps.length; last++) {
    environments.push(() => {
      const variables = kept.get(last) ?? put(last);
      // Asked for last stands last.
      kept.delete(last);
      kept.set(last, variables);
      const [oldest] = kept.keys();
      if (kept.size > ENVIRONMENTS_KEPT && oldest !== undefined) kept.delete(oldest);
      return variables;
    });
  }
  return environments;
}
