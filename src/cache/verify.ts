// Decides whether a stored entry may stand in for running a command. Reads
// only; never writes. A wrong "yes" is the worst bug we can ship, so every
// doubt is a "no".

import type { Digest } from "../base/digest.ts";
import type { Signature } from "../base/signature.ts";
import { firstDifference, type Difference } from "./differences.ts";
import type { Entry } from "./entry.ts";
import { Environment } from "./environment.ts";
import { contentOf, strongKeyOf, UNKNOWN, type State, type Subject } from "./facts.ts";
import type { Known } from "./known.ts";
import { locateAll, measure, newestInputNs, type Ground } from "./measure.ts";
import type { KnownSet, Records } from "./records.ts";
import type { Roots } from "./roots.ts";
import { Look, type SystemMemo } from "./tree.ts";
import { proofOf, signatureFromRecord, stillHolds, type Confirmed, type Witness } from "./witness.ts";
import type { Disk } from "../base/disk.ts";

export interface Hit {
  readonly strongKey: Digest;
  readonly entry: Entry;
  /** What was checked, with what a witness may remember of it. */
  readonly confirmed: Confirmed;
  /** The state of each subject's path when it was checked; null: nothing there, or no path. */
  readonly signatures: readonly (Signature | null)[];
  /** As it was before: the answer came from it alone when its first set is `confirmed`. */
  readonly witness: Witness;
}

export type Verdict =
  | { readonly kind: "hit"; readonly hit: Hit }
  /** The first difference for each path set, the most recently used set first. None: this command was never seen. */
  | { readonly kind: "miss"; readonly differences: readonly Difference[] };

export interface VerifyContext {
  readonly disk: Disk;
  readonly records: Records;
  readonly roots: Roots;
  readonly known: Known;
  readonly memo: SystemMemo;
}

export function ask(weakKey: Digest, variables: readonly string[], context: VerifyContext): Verdict {
  const ground: Ground = {
    look: new Look(context.disk, context.memo),
    known: context.known,
    roots: context.roots,
    environment: new Environment(variables, context.roots),
  };
  const witness = context.records.witness(weakKey, context.roots);
  return askWitness(witness, ground, context) ?? askSets(weakKey, witness, ground, context);
}

function askWitness(witness: Witness, ground: Ground, { records }: VerifyContext): Verdict | null {
  for (const confirmed of witness.sets) {
    const signatures = stillHolds(confirmed, ground);
    if (signatures === null) continue;
    const entry = records.entry(confirmed.strongKey);
    if (entry === null || !isFor(confirmed, entry)) continue;
    return { kind: "hit", hit: { strongKey: confirmed.strongKey, entry, confirmed, signatures, witness } };
  }
  return null;
}

const isFor = (confirmed: Confirmed, entry: Entry): boolean =>
  entry.set === confirmed.set && entry.states.length === confirmed.subjects.length && entry.effects.length === confirmed.outputs.length;

function askSets(weakKey: Digest, witness: Witness, ground: Ground, context: VerifyContext): Verdict {
  const { records } = context;
  for (const confirmed of witness.sets) learn(confirmed, ground, context);
  const differences: Difference[] = [];
  for (const known of records.knownSets(weakKey)) {
    const set = records.set(weakKey, known.set);
    if (set === null) continue;
    const measured = measure(set.subjects, ground);
    const states = measured.map(({ state }) => state);
    const strongKey = strongKeyOf(weakKey, set.digest, states);
    const entry = states.includes(UNKNOWN) ? null : records.entry(strongKey);
    if (entry === null) {
      const difference = nearest(known, set.subjects, states, records);
      if (difference !== null) differences.push(difference);
      continue;
    }
    const signatures = measured.map(({ signature }) => signature);
    const before = witness.sets.find((confirmed) => confirmed.strongKey === strongKey);
    const confirmed: Confirmed = {
      set: set.digest,
      strongKey,
      subjects: set.subjects,
      proofs: set.subjects.map((subject, index) => {
        const answer = measured[index];
        return answer === undefined ? "" : proofOf(subject, answer.state, answer.signature, answer.isSettled);
      }),
      newestInputNs: newestInputNs(set.subjects, signatures),
      outputs: before?.outputs.length === entry.effects.length ? before.outputs : entry.effects.map(() => ""),
    };
    return { kind: "hit", hit: { strongKey, entry, confirmed, signatures, witness } };
  }
  return { kind: "miss", differences };
}

/** What the witness confirmed is known: only files whose signature differs now need to be read. */
function learn(confirmed: Confirmed, { known, roots }: Ground, { records }: VerifyContext): void {
  const entry = records.entry(confirmed.strongKey);
  if (entry === null || !isFor(confirmed, entry)) return;
  for (const [index, path] of locateAll(confirmed.subjects, roots).entries()) {
    const state = entry.states[index];
    const proof = confirmed.proofs[index] ?? "";
    if (path === null || state === undefined || proof === "") continue;
    const content = contentOf(state);
    const kind = confirmed.subjects[index]?.kind;
    if (content !== null) known.learnDigest(path, signatureFromRecord(proof), content);
    else if (kind === "listed" || kind === "link") known.learnAnswer(path, signatureFromRecord(proof), state);
  }
}

/** How the tree differs from the entry that was last used of this set. */
function nearest(known: KnownSet, subjects: readonly Subject[], states: readonly State[], records: Records): Difference | null {
  for (const strongKey of known.entries) {
    const entry = records.entry(strongKey);
    const difference = entry?.states.length === subjects.length ? firstDifference(subjects, entry.states, states) : null;
    if (difference !== null) return difference;
  }
  return null;
}
