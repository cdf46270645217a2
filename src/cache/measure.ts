// Answers the questions of a path set as the tree is now. What cannot be found
// out is UNKNOWN, a state that no entry has.

import type { AbsPath } from "../base/path.ts";
import { mtimeNsOf, permissionsOf, typeOf, type Signature } from "../base/signature.ts";
import { rankedBy, type Effect } from "./entry.ts";
import type { Environment } from "./environment.ts";
import { ABSENT, DENIED, fileState, isAboutPath, OTHER, permissionsState, typeState, UNKNOWN, valueState, type State, type Subject } from "./facts.ts";
import type { Known } from "./known.ts";
import { librariesAmong } from "./libraries.ts";
import { isSystem, ROOT_LETTERS, type Roots } from "./roots.ts";
import type { Look } from "./tree.ts";

/** One answer. */
export interface Measured {
  readonly state: State;
  /** What was there; null: nothing, or the question is not about a path. */
  readonly signature: Signature | null;
  /** Whether an equal signature will mean the same state later. */
  readonly isSettled: boolean;
}

export interface Ground {
  readonly look: Look;
  readonly known: Known;
  readonly roots: Roots;
  readonly environment: Environment;
}

const notAPath = (state: State): Measured => ({ state, signature: null, isSettled: true });

/** Where each subject's path is on this machine; null for what is no path here. */
export const locateAll = (subjects: readonly Subject[], roots: Roots): (AbsPath | null)[] =>
  subjects.map((subject) => (isAboutPath(subject) ? roots.locate(subject.name) : null));

/** Asks for every path at once. */
export function prefetch(subjects: readonly Subject[], paths: readonly (AbsPath | null)[], look: Look): void {
  const here: AbsPath[] = [];
  const system: AbsPath[] = [];
  for (const [index, path] of paths.entries()) {
    if (path !== null) (isSystem(subjects[index]?.name ?? "") ? system : here).push(path);
  }
  look.prefetch(here, system);
}

export function measure(subjects: readonly Subject[], ground: Ground): Measured[] {
  const paths = locateAll(subjects, ground.roots);
  prefetch(subjects, paths, ground.look);
  const files: { readonly index: number; readonly path: AbsPath; readonly signature: Signature }[] = [];
  let libraries: ReadonlySet<string> | null = null;
  const measured = subjects.map((subject, index): Measured => {
    if (!isAboutPath(subject)) return notAPath(valueOf(subject, ground));
    const path = paths[index];
    const found = path === null || path === undefined ? "error" : ground.look.found(path);
    if (path === null || path === undefined) return notAPath(UNKNOWN);
    if (found === "error") return notAPath(subject.kind === "denied" && ground.look.isDenied(path) ? DENIED : UNKNOWN);
    if (found === null) return { state: ABSENT, signature: null, isSettled: true };
    if ((subject.kind === "content" || subject.kind === "timed") && typeOf(found) === "file") files.push({ index, path, signature: found });
    if (subject.kind === "searched") return searched(path, found, libraries ??= librariesAmong(subjects), ground);
    return answer(subject, path, found, ground);
  });
  for (const [order, digested] of ground.known.digests(files).entries()) {
    const file = files[order];
    if (file === undefined) continue;
    const { index, path } = file;
    const state = digested === null ? UNKNOWN : fileState(subjects[index]?.kind === "timed", digested.digest, digested.signature, () => ground.known.otherOwner(path));
    measured[index] = { state, signature: digested?.signature ?? null, isSettled: digested?.isSettled ?? false };
  }
  return measured;
}

function searched(path: AbsPath, signature: Signature, libraries: ReadonlySet<string>, { known }: Ground): Measured {
  const names = known.searched(path, signature, libraries);
  return names === null ? { state: OTHER, signature, isSettled: false } : { ...names, signature };
}

function answer(subject: Subject, path: AbsPath, signature: Signature, { known, roots }: Ground): Measured {
  switch (subject.kind) {
    case "listed": {
      const listed = known.listed(path, signature, roots);
      return listed === null ? { state: OTHER, signature, isSettled: false } : { ...listed, signature };
    }
    case "link": {
      const link = known.link(path, signature, roots);
      return link === null ? { state: OTHER, signature, isSettled: false } : { ...link, signature };
    }
    case "permissions":
      return { state: typeOf(signature) === "directory" ? permissionsState(permissionsOf(signature)) : OTHER, signature, isSettled: true };
    case "type":
      return { state: typeState(typeOf(signature)), signature, isSettled: true };
    default:
      return { state: OTHER, signature, isSettled: false }; // Missing, and now there; content, filled in later.
  }
}

export function valueOf(subject: Subject, { environment, roots }: Pick<Ground, "environment" | "roots">): State {
  switch (subject.kind) {
    case "variable": return environment.variable(subject.name);
    case "libc-variables": return environment.libc();
    case "all-variables": return environment.all();
    case "root": return rootState(subject.name, roots);
    default: return UNKNOWN;
  }
}

export function rootState(letter: string, roots: Roots): State {
  const root = ROOT_LETTERS.find((candidate) => candidate === letter);
  const path = root === undefined ? null : roots.pathOf(root);
  return path === null ? UNKNOWN : valueState(path);
}

/** The latest modification time of a workspace file that counts as content and that the unit does not write itself, in nanoseconds; 0n without one. */
export function newestInputNs(subjects: readonly Subject[], signatures: readonly (Signature | null)[], effects: readonly Effect[]): bigint {
  const own = rankedBy(effects);
  let newestNs = 0n;
  for (const [index, subject] of subjects.entries()) {
    const signature = signatures[index];
    if ((subject.kind !== "content" && subject.kind !== "timed") || isSystem(subject.name) || own.has(subject.name)) continue;
    if (signature === null || signature === undefined) continue;
    const mtimeNs = mtimeNsOf(signature);
    if (mtimeNs > newestNs) newestNs = mtimeNs;
  }
  return newestNs;
}
