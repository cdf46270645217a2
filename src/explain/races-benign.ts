// What two tasks may do to one path in any order, and nothing is wrong: who makes a
// directory that is there, appends to a log, keeps a cache, or holds a lock meanwhile.
// What is not known to be harmless is not called so.

import { isListed, TIME_READERS } from "../cache/programs.ts";
import type { Access } from "./races-accesses.ts";
import { CHANGES, DID, LOOKS, type Span } from "./touch.ts";
import type { TracedProcess } from "./trace.ts";

/** What the processes of one task did to one path. */
export interface Side {
  readonly task: TracedProcess;
  readonly accesses: readonly Access[];
  readonly did: number;
}

export const sideOf = (task: TracedProcess, accesses: readonly Access[]): Side => ({ task, accesses, did: accesses.reduce((all, { touch }) => all | touch.did, 0) });

/** Kept by programs that agree among themselves who writes it and when. */
export const OWN_CACHES = /(^|\/)(\.git|__pycache__|\.ccache|\.npm|\.cache|autom4te\.cache|CMakeFiles\/Progress)(\/|$)/;
/** They give a name to what another program wrote. */
const MOVERS: ReadonlySet<string> = new Set(["mv", "ln", "install", "cp"]);

const has = (did: number, bits: number): boolean => (did & bits) !== 0;
const isFailure = ({ end }: TracedProcess): boolean => end?.how === 0 && end.code !== 0;
/** Over that path, as far as it said why. Who looked whether it is there and goes on ("mkdir x || test -d x") has not. */
function hasFailed({ task, accesses }: Side, path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const isOver = ({ failed }: TracedProcess): boolean => failed === null || failed.said === "" || failed.said.includes(name);
  return isFailure(task) && accesses.some(({ process }) => isFailure(process) && isOver(process));
}

/** Either may come first. `path`: a token. */
export function isBenign(path: string, one: Side, other: Side): boolean {
  if (OWN_CACHES.test(path)) return true;
  const sides = [one, other];
  if (isDirectoryOfBoth(path, one, other)) return true;
  if (isLockName(one, other) || sides.every(({ did }) => has(did, DID.locked))) return true;
  if (sides.every(({ accesses }) => accesses.every(({ touch }) => !has(touch.did, CHANGES) || (has(touch.did, DID.same) && !has(touch.did, DID.removed))) && sides.every(({ did }) => has(did, CHANGES)))) return true;
  const isAppended = ({ did }: Side): boolean => has(did, DID.updated) && !has(did, DID.wrote | DID.removed | DID.made | DID.published | DID.read);
  if (sides.every(isAppended)) return true;
  const isKept = ({ did, accesses }: Side): boolean =>
    has(did, DID.published) && !has(did, DID.wrote | DID.updated) && accesses.every(({ process, touch }) => !has(touch.did, DID.published) || !MOVERS.has(process.program.slice(process.program.lastIndexOf("/") + 1)));
  if (sides.every(isKept)) return true;
  // Who only looks at times or existence says so by what it is.
  if (sides.some((side) => hasFailed(side, path))) return false;
  return sides.some(({ did, accesses }) => !has(did, CHANGES | DID.read | DID.sought | DID.listed) && !accesses.some(({ process }) => isListed(TIME_READERS, process.program)));
}

/** "mkdir -p", and whoever looks whether a directory is there: unless somebody failed over it. */
function isDirectoryOfBoth(path: string, one: Side, other: Side): boolean {
  const isMade = ({ did }: Side): boolean => has(did, DID.made) && !has(did, DID.removed | DID.wrote | DID.updated | DID.published);
  const isLookedAt = ({ did }: Side): boolean => !has(did, CHANGES | DID.read | DID.listed);
  if (!(isMade(one) && (isMade(other) || isLookedAt(other))) && !(isMade(other) && isLookedAt(one))) return false;
  return !hasFailed(one, path) && !hasFailed(other, path);
}

/** A name that both make and remove again, such as of a directory that is a lock; or a file that both asked to lock. */
export interface Lock {
  readonly path: string;
  readonly held: Span;
}

/**
 * Made by whoever comes first, in one step, and removed by the same: nobody has it while another one does. That is the kernel's doing, whatever the
 * records say: a call is recorded when it has returned, and who was waiting for a removal may be recorded before it.
 */
function isLockName(one: Side, other: Side): boolean {
  const isOnlyAName = (side: Side): boolean => has(side.did, DID.removed) && madeBy(side).length > 0 && !has(side.did, DID.wrote | DID.published | DID.read | DID.listed);
  return isOnlyAName(one) && isOnlyAName(other);
}

/** mkdir(1) that ends well has made it, unless it was told that it may be there. */
const isExclusive = ({ program, argv, end }: TracedProcess): boolean =>
  program.slice(program.lastIndexOf("/") + 1) === "mkdir" && end?.how === 0 && end.code === 0 && !argv.some((word) => /^-[a-z]*p|^--parents/.test(word));

/** When it was made. A call is recorded before it is made: one that found the name may have made it, when somebody removed it in between. */
function madeBy({ accesses }: Side): readonly number[] {
  return accesses.flatMap(({ process, touch: { did, looked, changed } }) => {
    if (has(did, DID.created)) return changed === null ? [] : [changed[0]];
    return has(did, DID.found) && looked !== null && isExclusive(process) ? [looked[0]] : [];
  }).sort((a, b) => a - b);
}

/** From each time that it was made to the next that it was removed. */
function holdsOf(side: Side): readonly Span[] {
  const removed = side.accesses.flatMap(({ touch }) => (has(touch.did, DID.removed) && touch.changed !== null ? [touch.changed] : [])).sort((a, b) => a[0] - b[0]);
  return madeBy(side).map((from, index) => [from, removed[index]?.[1] ?? Number.MAX_SAFE_INTEGER]);
}

/** What one task held, and when. */
export function locksIn(byPath: Iterable<readonly [string, Side]>): readonly Lock[] {
  const locks: Lock[] = [];
  for (const [path, side] of byPath) {
    const { did, accesses } = side;
    const isNameMade = has(did, DID.removed) && madeBy(side).length > 0;
    if (!isNameMade && !has(did, DID.locked)) continue;
    const asked = accesses.flatMap(({ touch }) => (has(touch.did, DID.locked) && touch.looked !== null ? [touch.looked[0]] : []));
    if (has(did, DID.locked) && asked.length > 0) locks.push({ path, held: [Math.min(...asked), Number.MAX_SAFE_INTEGER] });
    else for (const held of holdsOf(side)) locks.push({ path, held });
  }
  return locks;
}

/** Both did all of it while they held one and the same lock. */
export function isLocked(path: string, one: Side, other: Side, locks: readonly [readonly Lock[], readonly Lock[]]): boolean {
  const within = ({ accesses }: Side, { held }: Lock): boolean => accesses.every(({ touch }) => {
    const spans = [touch.looked, touch.changed].filter((span) => span !== null);
    return has(touch.did, LOOKS | CHANGES) && spans.length > 0 && spans.every(([first, last]) => first >= held[0] && last <= held[1]);
  });
  return locks[0].some((lock) => lock.path !== path && within(one, lock) && locks[1].some((same) => same.path === lock.path && within(other, same)));
}
