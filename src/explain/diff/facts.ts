// What is known of one process's unit: the facts and effects of the entry that its trace
// names. Null where it has none: too slight, part of another unit, failed, or collected.

import { contentOf, decodeStates, isAboutPath, permissionsIn, type State, type Subject } from "../../cache/facts.ts";
import type { Entry } from "../../cache/entry.ts";
import { allDifferences, type Detailed } from "../../cache/differences.ts";
import type { Digest } from "../../base/digest.ts";
import type { Ground } from "../ground.ts";
import type { TracedProcess } from "../trace.ts";

export interface KnownFacts {
  readonly entry: Entry;
  readonly subjects: readonly Subject[];
  readonly states: readonly State[];
}

export function factsOfKey(strongKey: Digest, { records }: Pick<Ground, "records">): KnownFacts | null {
  const entry = records.entry(strongKey);
  const set = entry === null ? null : records.set(entry.weakKey, entry.set);
  const states = entry === null || set === null ? null : decodeStates(entry.states, set.subjects.length);
  return entry === null || set === null || states === null ? null : { entry, subjects: set.subjects, states };
}

export const factsOf = ({ fate }: TracedProcess, ground: Pick<Ground, "records">): KnownFacts | null =>
  (fate.kind === "stored" || fate.kind === "replayed" ? factsOfKey(fate.strongKey, ground) : null);

const keyOf = ({ kind, name }: Subject): string => `${kind}\0${name}`;

/** Of two units. Mostly they ask the same: then the questions are read once. */
export function factsOfTwo(first: TracedProcess, second: TracedProcess, records: { readonly first: Ground["records"]; readonly second: Ground["records"] }): readonly [KnownFacts | null, KnownFacts | null] {
  const was = factsOf(first, { records: records.first });
  if (was === null || records.first !== records.second) return [was, factsOf(second, { records: records.second })];
  const { weakKey, set } = was.entry;
  const isRead: Ground["records"]["set"] = (ofKey, named) => (ofKey === weakKey && named === set ? { digest: set, subjects: was.subjects } : records.second.set(ofKey, named));
  return [was, factsOf(second, { records: { entry: (strongKey) => records.second.entry(strongKey), set: isRead } })];
}

/** Of the questions that both asked, those with another answer. */
export function factDifferences(was: KnownFacts, now: KnownFacts): readonly Detailed[] {
  if (was.subjects === now.subjects) return allDifferences(was.subjects, was.states, now.states);
  const answers = new Map(now.subjects.map((subject, index) => [keyOf(subject), now.states[index]]));
  const [subjects, before, after]: [Subject[], State[], State[]] = [[], [], []];
  for (const [index, subject] of was.subjects.entries()) {
    const [then, since] = [was.states[index], answers.get(keyOf(subject)) ?? sameName(subject, now)];
    if (then === undefined || since === undefined) continue;
    subjects.push(subject);
    before.push(then);
    after.push(since);
  }
  return allDifferences(subjects, before, after);
}

/** What was missing and is read now is another question of the same name. */
function sameName({ kind, name }: Subject, { subjects, states }: KnownFacts): State | undefined {
  const at = subjects.findIndex((subject) => subject.name === name && isAboutPath(subject) && (kind === "missing") !== (subject.kind === "missing") && (kind === "missing" || kind === "content" || kind === "timed"));
  return at < 0 ? undefined : states[at];
}

/** The content that a path had for it; null: it did not read it. */
export function contentIn(facts: KnownFacts, name: string): Digest | null {
  const state = readState(facts, name);
  return state === null ? null : contentOf(state);
}

/** Where a link led for it, as it was written, with roots as tokens; null: it followed none of that name. */
export function linkIn({ subjects, states }: KnownFacts, name: string): string | null {
  const state = states[subjects.findIndex((subject) => subject.name === name && subject.kind === "link")];
  return state?.startsWith("L") === true ? state.slice(1) : null;
}

export function permissionsOf(facts: KnownFacts, name: string): number | null {
  const state = readState(facts, name);
  return state === null || contentOf(state) === null ? null : permissionsIn(state);
}

const readState = ({ subjects, states }: KnownFacts, name: string): State | null => states[subjects.findIndex((subject) => subject.name === name && (subject.kind === "content" || subject.kind === "timed"))] ?? null;

/** Paths of which it made something else, though all that it relied on is the same. */
export function otherEffects(was: KnownFacts, now: KnownFacts): readonly string[] {
  const made = new Map(now.entry.effects.map((effect) => [effect.at, effect.kind === "file" ? effect.content : effect.kind]));
  return was.entry.effects.flatMap((effect) => (made.get(effect.at) === (effect.kind === "file" ? effect.content : effect.kind) ? [] : [effect.at]));
}
