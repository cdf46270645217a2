// What versions of a task that were in place before have left behind and the new one
// would not have made. Either all of it is taken away, and the tree is that of the new entry
// alone, or nothing is, and the tree is that of one build after the other. Anything
// in between would be the tree of no build.

import type { Disk } from "../base/disk.ts";
import { byteOrder, parentOf, type AbsPath } from "../base/path.ts";
import { isSignature, permissionsOf, sizeBytesOf, typeOf } from "../base/signature.ts";
import type { Effect, Entry } from "./entry.ts";
import type { Subject } from "./facts.ts";
import type { Known } from "./known.ts";
import type { Left } from "./left.ts";
import { isSystem, type Roots, type Token } from "./roots.ts";
import type { Hit } from "./verify.ts";

export interface StaleContext {
  readonly disk: Disk;
  readonly roots: Roots;
  readonly known: Known;
  /** Null: it is no task. */
  readonly task: string | null;
}

/** Files and links to remove, then directories to remove when they are empty, deepest first. */
export interface Stale {
  readonly files: readonly AbsPath[];
  readonly directories: readonly AbsPath[];
  /** What is in the tree of this command is then the new entry's alone. */
  readonly isAlone: boolean;
}

const KEPT: Stale = { files: [], directories: [], isAlone: false };

export function staleAfter({ witness, strongKey, entry, checked }: Hit, context: StaleContext): Stale {
  const { applied, left } = witness;
  if (applied === null || applied === strongKey || left === null || left.task !== context.task) return KEPT;
  const remade = remadeBy(entry);
  const stale = left.made.filter(({ at }) => !remade.has(at));
  const asked = checked();
  if (asked === null || stale.some(({ at }) => isSystem(at) || at.length <= 2) || !isIndependent(left, stale, remade, asked.subjects, context.roots)) return KEPT;
  return { ...asWritten(stale, context), isAlone: true };
}

const remadeBy = ({ effects, moves }: Entry): ReadonlySet<Token> => new Set([...effects.map(({ at }) => at), ...moves.flatMap(({ from, to }) => [from, to])]);

/**
 * Whether an entry is what the command does where nothing of the earlier ones is: it looked at nothing that they made (a copy into a folder that is
 * there goes inside it), and what they changed it writes anew, unseen.
 */
function isIndependent(left: Left, stale: readonly Effect[], remade: ReadonlySet<Token>, subjects: readonly Subject[], roots: Roots): boolean {
  const asked = new Set<string>();
  const found = new Set<string>();
  const listed = new Set<string>();
  for (const { kind, name } of subjects) {
    asked.add(name);
    if (kind === "listed" || kind === "searched") listed.add(name);
    if (kind !== "missing") found.add(name);
  }
  const isListed = (at: Token): boolean => {
    const path = roots.locate(at);
    return path === null || listed.has(roots.tokenise(parentOf(path)));
  };
  return left.changed.every((at) => remade.has(at) && !asked.has(at)) && !left.made.some(({ at }) => found.has(at)) && !stale.some(({ at }) => isListed(at));
}

/** An entry with the questions that it answers. */
export interface Asked {
  readonly entry: Entry;
  readonly subjects: readonly Subject[];
}

/** What an entry changed and the later one neither changes nor relies on. */
function freeFor({ entry, subjects }: Asked, earlier: Entry, roots: Roots): readonly Effect[] {
  const kept = new Set<string>(entry.effects.map(({ at }) => at));
  for (const { from, to } of entry.moves) kept.add(from).add(to);
  // A missing path that is there would have been a miss; all other questions need it as it is.
  const relied = new Set<string>();
  const listed = new Set<string>();
  for (const { kind, name } of subjects) (kind === "listed" || kind === "searched" ? listed : relied).add(name);
  return earlier.effects.filter(({ at }) => {
    const path = roots.locate(at);
    return path !== null && !isSystem(at) && at.length > 2 && !kept.has(at) && !relied.has(at) && !listed.has(roots.tokenise(parentOf(path)));
  });
}

/** Whether there is never anything to take away, in whatever order the two are replayed. */
export function leaveNothing(one: Asked, other: Asked, roots: Roots): boolean {
  return [freeFor(one, other.entry, roots), freeFor(other, one.entry, roots)].every((free) => free.every(({ kind }) => kind === "absent"));
}

/** Of these, what is still as it was written: anything else is somebody's by now. */
function asWritten(stale: readonly Effect[], { disk, roots, known }: StaleContext): Omit<Stale, "isAlone"> {
  const paths = stale.map(({ at }) => roots.locate(at) ?? roots.workspace);
  const found = disk.signatures(paths);
  const asked = stale.flatMap((effect, index) => {
    const path = paths[index];
    const signature = found[index];
    if (effect.kind !== "file" || path === undefined || !isSignature(signature)) return [];
    const isLike = typeOf(signature) === "file" && permissionsOf(signature) === effect.permissions && sizeBytesOf(signature) === effect.sizeBytes;
    return isLike ? [{ effect, path, signature }] : [];
  });
  const digests = known.digests(asked);
  const files = asked.filter((file, index) => digests[index]?.digest === file.effect.content).map(({ path }) => path);
  const directories: AbsPath[] = [];
  for (const [index, effect] of stale.entries()) {
    const path = paths[index];
    if (path === undefined || path === roots.workspace) continue;
    if (effect.kind === "directory") directories.push(path);
    const target = effect.kind === "link" ? disk.readLink(path) : null;
    if (effect.kind === "link" && target !== null && roots.tokeniseText(target) === effect.target) files.push(path);
  }
  return { files, directories: directories.sort(byteOrder).reverse() };
}
