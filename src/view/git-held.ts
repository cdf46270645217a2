// Of which files of a workspace, in the state in which they were listed, git has the
// content. Its own list tells that of nearly all; where it does not, git is asked,
// and what changed between the two looks is not believed.

import type { Disk } from "../base/disk.ts";
import { absPath, toBuffer, type AbsPath } from "../base/path.ts";
import type { Result } from "../base/result.ts";
import { isSignature, sizeBytesOf } from "../base/signature.ts";
import { readIndex, type GitIndex, type IndexEntry } from "./git-index.ts";
import { gitState, untracked } from "./git-state.ts";
import type { States } from "./states.ts";

/** So many that git's list calls changed are copied sooner than git has compared them. */
const UNLIKE_FILES_MAX = 200;
const INDEX_BYTES_MAX = 1024 * 1024 * 1024;
/** Names its objects otherwise than readIndex reads them. Source: git-config(1), extensions.objectFormat. */
const OTHER_OBJECTS = /objectformat/i;

export interface GitHeld {
  /** By place in the list. */
  readonly isHeld: (index: number) => boolean;
  /** Changed or new, and not ignored. */
  readonly dirty: readonly string[];
  /** Which object holds what: git's own list of that, or path by path. */
  readonly index: GitIndex | null;
  readonly objects: ReadonlyMap<string, string>;
}

/** Null: no repository begins here, or git says nothing of it. */
export async function heldByGit(workspace: AbsPath, list: () => Result<States, unknown>, disk: Disk): Promise<GitHeld | null> {
  const index = indexOf(workspace, disk);
  const others = index === null ? null : untracked(workspace);
  const entries = index === null ? null : readIndex(index.bytes, index.signature);
  const listed = list();
  const dirty = await others;
  if (!listed.ok) return null;
  const states = listed.value;
  const found = index === null || entries === null ? null : fromIndex(states, index, entries);
  if (found !== null && dirty !== null) return { ...found, dirty: [...found.dirty, ...dirty] };
  return asked(workspace, states, disk);
}

function indexOf(workspace: AbsPath, disk: Disk): GitIndex | null {
  const [config, at] = [disk.readFile(absPath(`${workspace}/.git/config`)), absPath(`${workspace}/.git/index`)];
  const [before] = disk.signatures([at]);
  if (!config.ok || OTHER_OBJECTS.test(config.value.toString("latin1")) || !isSignature(before) || sizeBytesOf(before) > INDEX_BYTES_MAX) return null;
  const index = disk.readFile(at);
  const [after] = disk.signatures([at]);
  return index.ok && after === before ? { bytes: index.value, signature: before } : null;
}

function fromIndex(states: States, index: GitIndex, entries: readonly IndexEntry[]): GitHeld | null {
  const [held, unlike] = [new Uint8Array(states.count), [] as string[]];
  for (const entry of entries) {
    const at = states.find(index.bytes, entry.from, entry.to);
    if (at < 0) continue;
    if (states.isFile(at) && states.isOf(at, entry)) held[at] = 1;
    else if (unlike.push(entry.path) > UNLIKE_FILES_MAX) return null;
  }
  return { isHeld: (at) => held[at] === 1, dirty: unlike, index, objects: new Map() };
}

function asked(workspace: AbsPath, states: States, disk: Disk): GitHeld | null {
  const state = gitState(workspace);
  if (state === null) return null;
  const clean = [...state.clean].map(([path, object]) => ({ path, object, at: states.find(toBuffer(path)) })).filter(({ at }) => at >= 0);
  const since = disk.signatures(clean.map(({ path }) => absPath(`${workspace}/${path}`)));
  const same = clean.filter(({ at }, index) => since[index] === states.signature(at));
  const held = new Set(same.map(({ at }) => at));
  return { isHeld: (at) => held.has(at), dirty: state.dirty, index: null, objects: new Map(same.map(({ path, object }) => [path, object])) };
}
