// What of a unit's facts is not so any more: what has to be put back so that somebody
// sees what it saw, and what cannot be.

import type { Digest } from "../base/digest.ts";
import { byteOrder, type AbsPath } from "../base/path.ts";
import { contentOf, isAboutPath, permissionsIn, typeFrom, type State, type Subject, ABSENT, OTHER } from "../cache/facts.ts";
import type { Roots } from "../cache/roots.ts";
import type { KnownFacts } from "./diff/facts.ts";

/** Of a path in the workspace. */
export type PastInput =
  | { readonly kind: "file"; readonly at: AbsPath; readonly digest: Digest; readonly permissions: number; readonly mtimeNs: bigint | null }
  | { readonly kind: "link"; readonly at: AbsPath; readonly target: string }
  | { readonly kind: "directory" | "absent"; readonly at: AbsPath };

export interface Past {
  /** Sorted by path. */
  readonly inside: readonly PastInput[];
  /** Elsewhere: nothing is put back there. */
  readonly outside: readonly { readonly at: AbsPath; readonly digest: Digest }[];
}

/** Behind the letter, the digest and the permissions of a timed fact. */
const TIME_AT = 35;
const TIMED_BYTES = 43;

export function pastInputs({ subjects, states }: Pick<KnownFacts, "subjects" | "states">, roots: Roots): Past {
  const inside: PastInput[] = [];
  const outside: { at: AbsPath; digest: Digest }[] = [];
  for (const [index, subject] of subjects.entries()) {
    const [state, at] = [states[index], isAboutPath(subject) ? roots.locate(subject.name) : null];
    if (state === undefined || at === null) continue;
    const digest = contentOf(state);
    if (!subject.name.startsWith("\x01W/")) {
      if (digest !== null) outside.push({ at, digest });
      continue;
    }
    const input = inputOf(subject, state, at, digest, roots);
    if (input !== null) inside.push(input);
  }
  return { inside: inside.sort((a, b) => byteOrder(a.at, b.at)), outside };
}

function inputOf({ kind }: Subject, state: State, at: AbsPath, digest: Digest | null, roots: Roots): PastInput | null {
  if (digest !== null) {
    const isTimed = kind === "timed" && state.length === TIMED_BYTES;
    return { kind: "file", at, digest, permissions: permissionsIn(state), mtimeNs: isTimed ? Buffer.from(state.slice(TIME_AT), "latin1").readBigInt64LE() : null };
  }
  if (state === ABSENT) return { kind: "absent", at };
  if (state === OTHER) return null;
  if (kind === "link" && state.startsWith("L")) {
    const target = roots.locateText(state.slice(1));
    return target === null ? null : { kind: "link", at, target };
  }
  return typeFrom(state) === "directory" ? { kind: "directory", at } : null;
}
