// What versions of a task that were in place before have left behind and the new one
// would not have made. Taken away only where nobody can miss it: they made it where
// nothing was, it is still exactly what they wrote, and the new one relied on nothing
// about it. All of it, or nothing.

import type { Digest } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import { byteOrder, parentOf, type AbsPath } from "../base/path.ts";
import { isSignature, permissionsOf, sizeBytesOf, typeOf } from "../base/signature.ts";
import type { Effect, Entry } from "./entry.ts";
import { decodeStates, type Subject } from "./facts.ts";
import type { Known } from "./known.ts";
import type { Left } from "./left.ts";
import type { Records } from "./records.ts";
import { isSystem, type Roots, type Token } from "./roots.ts";
import type { Checked, Hit } from "./verify.ts";

export interface StaleContext {
  readonly disk: Disk;
  readonly roots: Roots;
  readonly known: Known;
  readonly records: Records;
  /** Null: it is no task. */
  readonly task: string | null;
}

/** Files and links to remove, then directories to remove when they are empty, deepest first. */
export interface Stale {
  readonly files: readonly AbsPath[];
  readonly directories: readonly AbsPath[];
  /** What of all that is left is then gone; null: nothing is taken away. */
  readonly taken: ReadonlySet<Token> | null;
}

const KEPT: Stale = { files: [], directories: [], taken: null };

export function staleAfter({ witness, strongKey, entry, checked }: Hit, context: StaleContext): Stale {
  const { applied, left } = witness;
  if (applied === null || applied === strongKey || left === null || left.task !== context.task) return KEPT;
  const asked = checked();
  if (asked === null || !isOtherVersion(applied, left, asked, context.records)) return KEPT;
  const use = useOf({ entry, subjects: asked.subjects });
  const { remade, relied, listed } = use;
  const ways = new Set([...relied, ...listed, ...remade].flatMap(waysTo));
  const stale = left.made.filter(({ kind, at }) => !remade.has(at) && !(kind === "directory" && ways.has(at)));
  const isAsked = (at: Token): boolean => relied.has(at) || listed.has(at);
  if (!stale.every(({ at }) => isFree(at, use, context.roots) && !isAsked(at)) || !left.changed.every((at) => remade.has(at) && !isAsked(at))) return KEPT;
  return { ...asWritten(stale, context), taken: new Set(stale.map(({ at }) => at)) };
}

/** An entry with the questions that it answers. */
export interface Asked {
  readonly entry: Entry;
  readonly subjects: readonly Subject[];
}

/** Names that an entry changes, relies on, and lists. */
interface Use {
  readonly remade: ReadonlySet<string>;
  readonly relied: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
}

function useOf({ entry, subjects }: Asked): Use {
  const remade = new Set<string>(entry.effects.map(({ at }) => at));
  for (const { from, to } of entry.moves) remade.add(from).add(to);
  // A missing path that is there would have been a miss; all other questions need it as it is.
  const relied = new Set<string>();
  const listed = new Set<string>();
  for (const { kind, name } of subjects) (kind === "listed" || kind === "searched" ? listed : relied).add(name);
  return { remade, relied, listed };
}

/** Below the roots, and an entry neither changes nor relies on it. */
function isFree(at: Token, { remade, relied, listed }: Use, roots: Roots): boolean {
  const path = roots.locate(at);
  return path !== null && !isSystem(at) && at.length > 2 && !remade.has(at) && !relied.has(at) && !listed.has(roots.tokenise(parentOf(path)));
}

/** What an entry changed and the later one neither changes nor relies on. */
function freeFor(later: Asked, earlier: Entry, roots: Roots): readonly Effect[] {
  const use = useOf(later);
  return earlier.effects.filter(({ at }) => isFree(at, use, roots));
}

/** Whether there is never anything to take away, in whatever order the two are replayed. */
export function leaveNothing(one: Asked, other: Asked, roots: Roots): boolean {
  return [freeFor(one, other.entry, roots), freeFor(other, one.entry, roots)].every((free) => free.every(({ kind }) => kind === "absent"));
}

/** A path and the directories above it. */
function waysTo(name: string): string[] {
  const ways: string[] = [];
  for (let at = name; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) ways.push(at);
  return ways;
}

/** Whether something differs that they did not make. Else the same version does something else where it has run before: a copy into a folder that is there goes inside it. */
function isOtherVersion(applied: Digest, left: Left, { subjects, states }: Checked, records: Records): boolean {
  const earlier = records.entry(applied);
  const set = earlier === null ? null : records.set(earlier.weakKey, earlier.set);
  const before = earlier === null || set === null ? null : decodeStates(earlier.states, set.subjects.length);
  if (set === null || before === null) return false;
  const made = new Set<string>(left.made.map(({ at }) => at));
  const key = ({ kind, name }: Subject): string => `${kind} ${name}`;
  const was = new Map(set.subjects.map((subject, index) => [key(subject), before[index]]));
  return subjects.some((subject, index) => {
    const state = was.get(key(subject));
    return state !== undefined && state !== states[index] && !made.has(subject.name);
  });
}

/** Of these, what is still as it was written: anything else is somebody's by now. */
function asWritten(stale: readonly Effect[], { disk, roots, known }: StaleContext): Omit<Stale, "taken"> {
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
