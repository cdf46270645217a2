// Files that the failing unit read, that builds make, and that this run did not make again
// although something else had happened to them, or to what they are made from: what a
// build tool does not know of its own rules shows as a failure somewhere else.

import type { DiffGround } from "../diff/divergence.ts";
import { factsOf } from "../diff/facts.ts";
import { nameOf } from "../ground.ts";
import { since } from "../since.ts";
import type { Trace, TracedProcess } from "../trace.ts";
import { cut, pathText, plural } from "../words.ts";
import type { Failing } from "./failing.ts";

export interface Leftover {
  readonly name: string;
  /** A sentence. */
  readonly text: string;
  readonly advice: string;
}

/** Of files that are asked about; each costs a look at an entry. */
const ASKED_MAX = 256;

export function leftoversOf({ process, unit, pairs, greenUnit }: Failing, of: DiffGround): readonly Leftover[] {
  const { first, ground, records, writers } = of;
  const own = withAllBelow(greenUnit, first);
  const looked = [process, unit].flatMap(({ failed }) => failed?.sought.filter(({ isThere }) => isThere).map(({ at }) => at) ?? []);
  const relied = [greenUnit, ...pairs.map((pair) => pair.first)].flatMap((green) => (green === null ? [] : [...(factsOf(green, { records: records.first })?.subjects.map(({ name }) => name) ?? [])]));
  return [...new Set([...looked, ...relied.filter((at) => at.startsWith("\x01W/"))])].slice(0, ASKED_MAX).flatMap((at) => {
    if (writers.second.last(at, process.startedUs) !== null) return [];
    const maker = writers.first.last(at, Number.MAX_SAFE_INTEGER);
    if (maker === null || own.has(maker.image)) return [];
    const inputs = since(at, maker, first, ground)?.inputs ?? [];
    const [input] = inputs;
    if (input === undefined) return [];
    const [name, from, more] = [pathText(at), pathText(input), inputs.length - 1];
    return [{
      name, text: `"${name}" is stale: "${from}"${more > 0 ? ` and ${plural(more, "other file", "other files")}` : ""} changed since "${cut(nameOf(maker, first, ground).command)}" made it, and nothing made it again`,
      advice: `Let "${name}" be made again when "${from}" changes: name that among what it depends on ("fathom races" finds such)`,
    }];
  });
}

/** What it makes itself is made again when it succeeds. */
function withAllBelow(process: TracedProcess | null, { traced }: Trace): ReadonlySet<number> {
  const within = new Set(process === null ? [] : [process.image]);
  for (const { image, parent } of traced) if (within.has(parent)) within.add(image);
  return within;
}
