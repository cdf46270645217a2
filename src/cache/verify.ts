// Decides whether a stored entry may stand in for running a command. Reads
// only; never writes. A wrong "yes" is the worst bug we can ship, so every
// doubt is a "no".

import type { Digest } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import type { AbsPath } from "../base/path.ts";
import type { Signature } from "../base/signature.ts";
import { allDifferences, firstDifference, type Detailed, type Difference } from "./differences.ts";
import { rankedBy, type Entry } from "./entry.ts";
import { Environment } from "./environment.ts";
import { contentOf, decodeStates, encodeStates, strongKeyOf, UNKNOWN, type PathSet, type State, type Subject } from "./facts.ts";
import type { Known } from "./known.ts";
import { locateAll, measure, newestInputNs, type Ground, type Measured } from "./measure.ts";
import { recheck } from "./recheck.ts";
import { pathSetOf, type KnownSet, type Records } from "./records.ts";
import type { Roots } from "./roots.ts";
import { unseal } from "./seal.ts";
import { Look, type SystemMemo } from "./tree.ts";
import { confirm, sealOutputs, stillHolds, type Confirmed, type Witness } from "./witness.ts";

/** What was checked, one by one. */
export interface Checked {
  readonly subjects: readonly Subject[];
  readonly states: readonly State[];
  /** The state of each subject's path; null: nothing there, no path, or only its type was looked at. */
  readonly signatures: readonly (Signature | null)[];
}

export interface Hit {
  readonly weakKey: Digest;
  readonly strongKey: Digest;
  readonly entry: Entry;
  readonly confirmed: Confirmed;
  readonly witness: Witness;
  /** Whether `confirmed` is from the witness: every signature is as it was. */
  readonly isWitnessed: boolean;
  /** Taken apart when somebody asks; null when the set is gone from the store. */
  readonly checked: () => Checked | null;
}

export type Verdict =
  | { readonly kind: "hit"; readonly hit: Hit }
  /** The first difference for each path set, the most recently used set first. None: this command was never seen. */
  | {
      readonly kind: "miss";
      readonly differences: readonly Difference[];
      /** For who wants to know why; asked after the answer was given. "gone": entries for this were stored, and are no more. Null: never seen. */
      readonly near: () => Near | "gone" | null;
    };

/** The entry that the tree differs from least: had these been as they were, it would have been replayed. */
export interface Near {
  readonly strongKey: Digest;
  readonly differences: readonly Detailed[];
}

/** Entries that are compared to find the nearest: each is a file to be read. */
const NEAR_ENTRIES_MAX = 6;

export interface VerifyContext {
  readonly disk: Disk;
  readonly records: Records;
  readonly roots: Roots;
  readonly known: Known;
  readonly memo: SystemMemo;
}

export function ask(weakKey: Digest, variables: readonly string[], context: VerifyContext): Verdict {
  const environment = new Environment(variables, context.roots);
  const witness = context.records.witness(weakKey, context.roots);
  const hit = askWitness(weakKey, witness, environment, context);
  if (hit !== null) return { kind: "hit", hit };
  const ground: Ground = { look: new Look(context.disk, context.memo), known: context.known, roots: context.roots, environment };
  const near = askNear(weakKey, witness, ground, context);
  return near === null ? askSets(weakKey, witness, ground, context) : { kind: "hit", hit: near };
}

function askWitness(weakKey: Digest, witness: Witness, environment: Environment, context: VerifyContext): Hit | null {
  for (const confirmed of witness.sets) {
    if (!stillHolds(confirmed, { ...context, environment })) continue;
    const entry = context.records.entry(confirmed.strongKey);
    if (entry === null || entry.set !== confirmed.set) continue;
    const { strongKey } = confirmed;
    return { weakKey, strongKey, entry, confirmed, witness, isWitnessed: true, checked: () => takeApart(confirmed, entry, context) };
  }
  return null;
}

/** Asks again only what differs from what the witness confirmed. */
function askNear(weakKey: Digest, witness: Witness, ground: Ground, context: VerifyContext): Hit | null {
  const { disk, memo, records } = context;
  for (const before of witness.sets) {
    const earlier = records.entry(before.strongKey);
    const set = earlier === null ? null : records.set(weakKey, before.set);
    const rechecked = earlier === null || set === null ? null : recheck(before, earlier, set, ground, disk, memo);
    if (earlier === null || rechecked === null || set === null || rechecked.states.includes(UNKNOWN)) continue;
    const { states, changed } = rechecked;
    const strongKey = strongKeyOf(weakKey, set.digest, encodeStates(states));
    const isSame = strongKey === before.strongKey;
    const entry = isSame ? earlier : records.entry(strongKey);
    if (entry === null) continue;
    const confirmed: Confirmed = { ...rechecked.confirmed, strongKey, outputs: isSame ? before.outputs : sealOutputs([], [], disk) };
    const checked = (): Checked | null => {
      const apart = takeApart(confirmed, entry, context);
      return apart === null ? null : { ...apart, signatures: apart.signatures.map((signature, index) => changed.get(index)?.signature ?? signature) };
    };
    const signatures = readsWhatWrote(set, earlier, entry) ? checked()?.signatures : null;
    if (signatures === undefined) continue;
    const newestNs = signatures === null ? confirmed.newestInputNs : newestInputNs(set.subjects, signatures, entry.effects);
    return { weakKey, strongKey, entry, confirmed: { ...confirmed, newestInputNs: newestNs }, witness, isWitnessed: false, checked };
  }
  return null;
}

/** Whether the one reads a file that only the earlier one wrote, and whose time did not count as an input's therefore. */
function readsWhatWrote({ subjects }: PathSet, earlier: Entry, entry: Entry): boolean {
  if (entry === earlier) return false;
  const [before, now] = [rankedBy(earlier.effects), rankedBy(entry.effects)];
  return subjects.some(({ name }) => before.has(name) && !now.has(name));
}

function askSets(weakKey: Digest, witness: Witness, ground: Ground, context: VerifyContext): Verdict {
  const { records } = context;
  for (const confirmed of witness.sets) learn(confirmed, context);
  const differences: Difference[] = [];
  const tried: Tried[] = [];
  for (const candidate of records.knownSets(weakKey)) {
    const set = pathSetOf(candidate);
    if (set === null) continue;
    const measured = measure(set.subjects, ground);
    const states = measured.map(({ state }) => state);
    const strongKey = strongKeyOf(weakKey, set.digest, encodeStates(states));
    const entry = states.includes(UNKNOWN) ? null : records.entry(strongKey);
    if (entry !== null) return { kind: "hit", hit: hitBy(strongKey, entry, set, measured, witness, context) };
    tried.push({ known: candidate, subjects: set.subjects, states, strongKey });
    const difference = nearest(candidate, set.subjects, states, records);
    if (difference !== null) differences.push(difference);
  }
  return { kind: "miss", differences, near: () => nearOf(tried, records) };
}

interface Tried {
  readonly known: KnownSet;
  readonly subjects: readonly Subject[];
  readonly states: readonly State[];
  readonly strongKey: Digest;
}

/** Of entries with equally many differences the one that was used last. */
function nearOf(tried: readonly Tried[], records: Records): Near | "gone" | null {
  if (tried.some(({ known, strongKey }) => known.entries.some((entry) => entry.strongKey === strongKey))) return "gone";
  let near: Near | null = null;
  let left = NEAR_ENTRIES_MAX;
  for (const { known, subjects, states } of tried) {
    for (const { strongKey } of known.entries.slice(0, left)) {
      left -= 1;
      const entry = records.entry(strongKey);
      const before = entry === null ? null : decodeStates(entry.states, subjects.length);
      const differences = before === null ? [] : allDifferences(subjects, before, states);
      if (differences.length > 0 && (near === null || differences.length < near.differences.length)) near = { strongKey, differences };
    }
  }
  return near ?? (tried.length === 0 ? null : "gone");
}

function hitBy(strongKey: Digest, entry: Entry, set: PathSet, measured: readonly Measured[], witness: Witness, context: VerifyContext): Hit {
  const { subjects } = set;
  const signatures = measured.map(({ signature }) => signature);
  const paths = locateAll(subjects, context.roots);
  const facts = subjects.flatMap((subject, index) => {
    const answer = measured[index];
    return answer === undefined ? [] : [{ fact: { subject, state: answer.state }, path: paths[index] ?? null, signature: answer.signature, isProven: answer.isSettled }];
  });
  const outputs = witness.sets.find((confirmed) => confirmed.strongKey === strongKey)?.outputs ?? sealOutputs([], [], context.disk);
  const keys = { set: set.digest, strongKey, newestInputNs: newestInputNs(subjects, signatures, entry.effects), outputs };
  const states = measured.map(({ state }) => state);
  return {
    weakKey: entry.weakKey, strongKey, entry, witness, isWitnessed: false,
    confirmed: confirm(keys, facts, context),
    checked: () => ({ subjects, states, signatures }),
  };
}

/** What a witness confirmed, fact by fact. */
function takeApart(confirmed: Confirmed, entry: Entry, { records, roots }: VerifyContext): Checked | null {
  const set = records.set(entry.weakKey, entry.set);
  const states = set === null ? null : decodeStates(entry.states, set.subjects.length);
  if (set === null || states === null) return null;
  const seen = new Map<AbsPath, Signature | "" | null>();
  for (const { path, proof } of [...unseal(confirmed.here), ...unseal(confirmed.system)]) seen.set(path, proof);
  const signatures = locateAll(set.subjects, roots).map((path) => (path === null ? null : seen.get(path) || null));
  return { subjects: set.subjects, states, signatures };
}

/** What the witness confirmed is known: only files whose signature differs now need to be read. */
function learn(confirmed: Confirmed, context: VerifyContext): void {
  const entry = context.records.entry(confirmed.strongKey);
  const checked = entry === null ? null : takeApart(confirmed, entry, context);
  if (checked === null) return;
  for (const [index, path] of locateAll(checked.subjects, context.roots).entries()) {
    const state = checked.states[index];
    const signature = checked.signatures[index] ?? null;
    if (path === null || state === undefined || signature === null) continue;
    const content = contentOf(state);
    const kind = checked.subjects[index]?.kind;
    if (content !== null) context.known.learnDigest(path, signature, content);
    else if (kind === "listed" || kind === "link") context.known.learnAnswer(path, signature, state);
  }
}

/** How the tree differs from the entry that was last used of this set. */
function nearest(known: KnownSet, subjects: readonly Subject[], states: readonly State[], records: Records): Difference | null {
  for (const { strongKey } of known.entries) {
    const entry = records.entry(strongKey);
    const before = entry === null ? null : decodeStates(entry.states, subjects.length);
    const difference = before === null ? null : firstDifference(subjects, before, states);
    if (difference !== null) return difference;
  }
  return null;
}
