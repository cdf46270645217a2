// What may have made a unit fail that was green before: what differs of what it relied on,
// each followed to where it comes from. Grades come later, from experiments.

import type { Digest } from "../../base/digest.ts";
import type { ProcessName } from "../answer.ts";
import { divergencesOf, type DiffGround, type Divergence, type DivergenceKind } from "../diff/divergence.ts";
import type { Alignment, Pair } from "../diff/align.ts";
import { contentIn, factsOf, factsOfKey, linkIn, permissionsOf, type KnownFacts } from "../diff/facts.ts";
import { nameOf } from "../ground.ts";
import type { TracedProcess } from "../trace.ts";
import { pathText } from "../words.ts";
import type { Failing } from "./failing.ts";

export interface Step {
  readonly process: ProcessName;
  /** Half a sentence: what of it differed. */
  readonly text: string;
}

export interface Suspect {
  readonly kind: DivergenceKind;
  /** What of the failing unit differs: a token, a variable, an argument. */
  readonly subject: string;
  readonly what: string;
  /** Where that comes from: the root cause, in half a sentence, and its name. */
  readonly text: string;
  readonly name: string;
  readonly rootKind: DivergenceKind;
  /** From the cause to the failing process. */
  readonly chain: readonly Step[];
  /** Its content and permissions in the green run; null: it had none, or that is not known. */
  readonly green: Digest | null;
  readonly permissions: number | null;
  /** Where a link led, with roots as tokens. */
  readonly link: string | null;
  /** Of a directory. */
  readonly names: Divergence["names"];
}

export interface SuspectGround extends DiffGround {
  readonly alignment: Alignment;
  /** Whether a file of the workspace was changed after that time; nanoseconds since 1970. */
  readonly changedSince: (at: string, ns: bigint) => boolean;
  /** Whether the version of the green run had it, for who keeps versions. */
  readonly wasThere: (at: string) => boolean;
  /** Whether there is something now. */
  readonly isThere: (at: string) => boolean;
  /** What is there now under that name in other letters, upper case and lower; null: nothing. */
  readonly inOtherCase: (at: string) => string | null;
}

const UNKNOWN = { green: null, permissions: null, link: null, names: null };

/** How far a cause is followed. */
const DEPTH_MAX = 8;

export function suspectsOf(failing: Failing, of: SuspectGround): readonly Suspect[] {
  const found = new Map<string, Suspect>();
  const add = (suspect: Suspect): void => {
    const key = `${suspect.subject}\0${suspect.what}`;
    if (!found.has(key)) found.set(key, withOtherCase(suspect, of));
  };
  for (const suspect of tooEarly(failing, of)) add(suspect);
  const differing = failing.pairs.map((pair) => ({ pair, divergences: divergencesOf(pair, of).filter(({ what }) => what !== "exit-code") }));
  for (const [index, { pair, divergences }] of differing.entries()) {
    const facts = greenFacts(pair, of);
    const isAboveDifferent = differing.slice(index + 1).some((above) => above.divergences.length > 0);
    for (const divergence of divergences) {
      // What went another way gives other arguments, and starts other programs: that is no cause.
      if ((divergence.kind === "argument" || divergence.kind === "variable" || divergence.what === "program") && isAboveDifferent) continue;
      if ([...found.values()].some(({ subject }) => subject !== "" && subject === divergence.subject)) continue;
      add(suspectFrom(divergence, pair, facts, failing, of));
    }
  }
  if (![...found.values()].some(({ kind }) => kind === "input" || kind === "tool" || kind === "listing")) for (const suspect of [...soughtBy(failing, of), ...startedBefore(failing, of)]) add(suspect);
  return [...found.values()];
}

function withOtherCase(suspect: Suspect, { inOtherCase }: SuspectGround): Suspect {
  const other = suspect.what === "gone" && suspect.name === pathText(suspect.subject) ? inOtherCase(suspect.subject) : null;
  return other === null ? suspect : { ...suspect, text: `${suspect.text}, and "${pathText(other)}" is there` };
}

/** What cannot be started any more is no process of the red run: programs that the green one started in that place, and that are not there now. */
function startedBefore({ process: failed }: Failing, of: SuspectGround): readonly Suspect[] {
  const pair = of.alignment.pairs.find(({ second }) => second.image === failed.image);
  const started = pair === undefined ? [] : of.alignment.onlyFirst.filter(({ parent }) => parent === pair.first.image);
  return [...new Set(started.map(({ program }) => program))].filter((at) => !of.isThere(at)).map((at) => {
    const [name, process] = [pathText(at), started.find(({ program }) => program === at)];
    const text = `"${name}" is gone, which it started in the green run`;
    return { kind: "tool", rootKind: "tool", subject: at, what: "gone", text, name, ...UNKNOWN, chain: process === undefined ? [] : [{ process: nameOf(process, of.first, of.ground), text }] } satisfies Suspect;
  });
}

/** Of the counterpart, or of the entry that the verdict compared with. */
function greenFacts({ first, second }: Pair, { records }: DiffGround): KnownFacts | null {
  return factsOf(first, { records: records.first }) ?? (second.miss?.kind === "differs" ? factsOfKey(second.miss.strongKey, { records: records.first }) : null);
}

function suspectFrom(divergence: Divergence, pair: Pair, facts: KnownFacts | null, failing: Failing, of: SuspectGround): Suspect {
  const { kind, subject, what, text, name } = divergence;
  const last: Step = { process: nameOf(pair.second, of.second, of.ground), text };
  const green = facts === null ? null : contentIn(facts, subject);
  const permissions = facts === null ? null : permissionsOf(facts, subject);
  const root = originOf(divergence, of, new Set([pair.second.image]), 0);
  const plain = { kind, subject, what, green, permissions, link: facts === null ? null : linkIn(facts, subject), names: divergence.names };
  if (root === null) return { ...plain, text, name, rootKind: kind, chain: [last] };
  return { ...plain, text: root.text, name: root.name, rootKind: root.kind, chain: [...root.chain, last] };
}

interface Origin {
  readonly kind: DivergenceKind;
  readonly name: string;
  readonly text: string;
  readonly chain: readonly Step[];
}

/** Null: it comes from outside. */
function originOf({ madeBy, name }: Divergence, of: SuspectGround, seen: ReadonlySet<number>, depth: number): Origin | null {
  if (madeBy === null || depth >= DEPTH_MAX) return null;
  const isRed = madeBy.run === of.second.id;
  const sideOf = (pair: Pair): TracedProcess => (isRed ? pair.second : pair.first);
  const start = of.alignment.pairs.find((pair) => sideOf(pair).image === madeBy.image);
  if (start === undefined && !isRed) {
    const text = `"${name}" was written over since the green run made it, by nobody in these runs`;
    return { kind: "input", name, text, chain: [{ process: madeBy, text: `made "${name}" in the green run` }] };
  }
  for (let pair = start ?? null; pair !== null; pair = pair.above) {
    if (seen.has(pair.second.image)) continue;
    const divergence = divergencesOf(pair, of).find(({ what }) => what !== "exit-code");
    if (divergence === undefined) continue;
    const further = originOf(divergence, of, new Set([...seen, pair.second.image]), depth + 1);
    const step: Step = { process: nameOf(pair.second, of.second, of.ground), text: divergence.text };
    return further === null ? { kind: divergence.kind, name: divergence.name, text: divergence.text, chain: [step] } : { ...further, chain: [...further.chain, step] };
  }
  const text = `"${name}" came out another way, though nothing that is known of its making differs`;
  return { kind: "nondeterminism", name, text, chain: [{ process: madeBy, text }] };
}

/** What it looked for in vain, and another process made only afterwards, or at the same time. */
function tooEarly({ process, pairs }: Failing, of: SuspectGround): readonly Suspect[] {
  const { second, ground } = of;
  const within = new Set(pairs.map((pair) => pair.second.image));
  const gone = pairs.flatMap((pair) => (pair.second.miss?.kind === "differs" ? pair.second.miss.differences : [])).filter(({ what }) => what === "gone").map(({ name }) => name);
  const missing = [...(process.failed?.sought.filter(({ isThere }) => !isThere).map(({ at }) => at) ?? []), ...gone];
  return [...new Set(missing)].flatMap((at) => {
    const writer = second.traced.find((other) => !within.has(other.image) && other.parent !== process.image && other.end !== null && other.end.endedUs > process.startedUs && other.changes.some((change) => change.at === at && change.how !== "removed"));
    if (writer === undefined || writer.image === process.parent) return [];
    const name = pathText(at);
    const text = `"${name}" was not there yet: what makes it ended only later, and nothing made the one wait for the other`;
    return [{ kind: "order", rootKind: "order", subject: at, what: "order", text, name, ...UNKNOWN, chain: [{ process: nameOf(writer, second, ground), text: `made "${name}"` }, { process: nameOf(process, second, ground), text: `looked for "${name}" before` }] } satisfies Suspect];
  });
}

/** Where no entry tells what the green unit relied on: what the failed one looked at, and what is known of that since. */
function soughtBy({ process, unit, pairs }: Failing, of: SuspectGround): readonly Suspect[] {
  const { first, second, ground } = of;
  const greenEndNs = first.startedNs + BigInt(first.wallUs) * 1000n;
  const sought = new Map([...(process.failed?.sought ?? []), ...(unit.failed?.sought ?? [])].map(({ at, isThere }) => [at, isThere]));
  return [...sought].flatMap(([at, isThere]) => {
    const name = pathText(at);
    const isOwn = unit.changes.some((change) => change.at === at) || process.changes.some((change) => change.at === at);
    const wasPassing = isThere && pairs.some((pair) => pair.first.changes.some((change) => change.at === at)) && first.traced.some(({ changes }) => changes.some((change) => change.at === at && change.how === "removed"));
    const what = isOwn ? null : wasPassing ? "appeared" : isThere ? (of.changedSince(at, greenEndNs) ? "content" : null) : of.wasThere(at) ? "gone" : null;
    if (what === null) return [];
    const text = { gone: `"${name}" is gone`, appeared: `"${name}" is there already; in the green run it was made and removed`, content: `"${name}" was changed since the green run` }[what];
    return [{ kind: "input", rootKind: "input", subject: at, what, text, name, ...UNKNOWN, chain: [{ process: nameOf(process, second, ground), text }] } satisfies Suspect];
  });
}
