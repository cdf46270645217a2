// A witness remembers, for one weak key at one place, in which signatures a set
// of facts was last confirmed. While every signature is equal there is nothing
// to hash and no index to open. It is a shortcut, never the truth: deleting it
// costs time only. It also remembers which entry was last stored or replayed
// here, so that another entry's replay can take away what that one left.

import { digestOf, type Digest } from "../base/digest.ts";
import { SIGNATURE_BYTES, typeOf, type Signature } from "../base/signature.ts";
import { isAboutPath, kindCode, kindOf, stateFromRecord, typeState, type State, type Subject } from "./facts.ts";
import { EFFECTS_MAX, NAME_BYTES_MAX, STATE_BYTES_MAX, SUBJECTS_MAX, WITNESS_SETS_MAX } from "./limits.ts";
import { locateAll, prefetch, valueOf, type Ground } from "./measure.ts";
import type { Roots } from "./roots.ts";
import { Reader, Writer } from "./wire.ts";

export interface Confirmed {
  readonly set: Digest;
  readonly strongKey: Digest;
  readonly subjects: readonly Subject[];
  /**
   * Content, names, link: the signature that means the fact, or "" when none
   * does yet. Type, variables, roots: the state itself. Missing: "".
   */
  readonly proofs: readonly string[];
  readonly newestInputNs: bigint;
  /** One for each effect of the entry: the signature in which a file was last in place, or "". */
  readonly outputs: readonly string[];
}

export interface Witness {
  /** The entry whose effects are in place here, as far as is known. */
  readonly applied: Digest | null;
  /** Most recently confirmed first. */
  readonly sets: readonly Confirmed[];
}

export const NO_WITNESS: Witness = { applied: null, sets: [] };

/** One witness for each place: another checkout has other inodes. */
export const witnessName = (weakKey: Digest, roots: Roots): Digest =>
  digestOf(Buffer.from(`fathom witness 1\0${weakKey}\0${roots.workspace}\0${roots.pathOf("H") ?? ""}\0${roots.pathOf("T") ?? ""}`, "latin1"));

const HEAD = "FWIT\x01\0\0\0";

export function encodeWitness(witness: Witness): Buffer {
  const writer = new Writer().raw(HEAD).u8(witness.applied === null ? 0 : 1);
  if (witness.applied !== null) writer.digest(witness.applied);
  const sets = witness.sets.slice(0, WITNESS_SETS_MAX);
  writer.u8(sets.length);
  for (const confirmed of sets) {
    writer.digest(confirmed.set).digest(confirmed.strongKey).u64(confirmed.newestInputNs).u32(confirmed.subjects.length);
    for (const [index, subject] of confirmed.subjects.entries()) {
      writer.u8(kindCode(subject.kind)).text(subject.name).text(confirmed.proofs[index] ?? "");
    }
    writer.u32(confirmed.outputs.length);
    for (const signature of confirmed.outputs) writer.text(signature);
  }
  return writer.buffer();
}

/** Damage is as good as no witness. */
export function decodeWitness(bytes: Buffer): Witness {
  const reader = new Reader(bytes).expect(HEAD);
  const applied = reader.u8() === 1 ? reader.digest() : null;
  const sets: Confirmed[] = [];
  for (let left = Math.min(reader.u8(), WITNESS_SETS_MAX); left > 0 && !reader.isDamaged; left--) sets.push(decodeConfirmed(reader));
  return reader.isFinished() ? { applied, sets } : NO_WITNESS;
}

function decodeConfirmed(reader: Reader): Confirmed {
  const set = reader.digest();
  const strongKey = reader.digest();
  const newestInputNs = reader.u64();
  const subjects: Subject[] = [];
  const proofs: string[] = [];
  for (let left = reader.count(SUBJECTS_MAX, 5); left > 0 && !reader.isDamaged; left--) {
    const kind = kindOf(reader.u8());
    if (kind === undefined) reader.isDamaged = true;
    else subjects.push({ kind, name: reader.text(NAME_BYTES_MAX) });
    proofs.push(reader.text(STATE_BYTES_MAX));
  }
  const outputs: string[] = [];
  for (let left = reader.count(EFFECTS_MAX, 2); left > 0 && !reader.isDamaged; left--) outputs.push(reader.text(SIGNATURE_BYTES));
  return { set, strongKey, subjects, proofs, newestInputNs, outputs };
}

/** What a witness should keep of one answer. `isSettled`: as in Measured. */
export function proofOf(subject: Subject, state: State, signature: Signature | null, isSettled: boolean): string {
  switch (subject.kind) {
    case "content": case "timed": case "listed": case "link": return isSettled && signature !== null ? signature : "";
    case "missing": return "";
    default: return state;
  }
}

/** The signatures seen, in the subjects' order, when every one is as it was confirmed; null at the first that is not. */
export function stillHolds(confirmed: Confirmed, ground: Ground): (Signature | null)[] | null {
  const { subjects, proofs } = confirmed;
  for (const [index, subject] of subjects.entries()) {
    if (!isAboutPath(subject) && valueOf(subject, ground) !== stateFromRecord(proofs[index] ?? "")) return null;
  }
  const paths = locateAll(subjects, ground.roots);
  prefetch(subjects, paths, ground.look);
  const seen: (Signature | null)[] = [];
  for (const [index, subject] of subjects.entries()) {
    const path = paths[index];
    if (path === null || path === undefined) {
      if (isAboutPath(subject)) return null;
      seen.push(null);
      continue;
    }
    const found = ground.look.found(path);
    const proof = proofs[index] ?? "";
    if (found === "error") return null;
    if (subject.kind === "missing" ? found !== null : found === null) return null;
    if (found !== null && (subject.kind === "type" ? typeState(typeOf(found)) !== stateFromRecord(proof) : found !== signatureFromRecord(proof))) return null;
    seen.push(found);
  }
  return seen;
}

/** What a record calls a signature. Comparing is all that is done with it; "" is equal to none. */
export const signatureFromRecord = (proof: string): Signature => proof as Signature;
