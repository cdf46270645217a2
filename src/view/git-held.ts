// Of which files of a workspace, in the state in which they were listed, git has the
// content. Its own list tells that of nearly all; where it does not, git is asked,
// and what changed between the two looks is not believed.

import type { Disk } from "../base/disk.ts";
import { absPath, toBuffer, type AbsPath } from "../base/path.ts";
import { isSignature, sizeBytesOf } from "../base/signature.ts";
import { readIndex, type GitIndex } from "./git-index.ts";
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

/** What git may take its time for while the workspace is listed. */
export interface Asking {
  readonly index: GitIndex | null;
  readonly untracked: Promise<readonly string[] | null>;
}

export function askGit(workspace: AbsPath, disk: Disk): Asking {
  const index = indexOf(workspace, disk);
  return { index, untracked: index === null ? Promise.resolve(null) : untracked(workspace) };
}

/** Null: no repository begins here, or git says nothing of it. */
export async function heldByGit(workspace: AbsPath, states: States, { index, untracked: asked }: Asking, disk: Disk): Promise<GitHeld | null> {
  const found = index === null ? null : fromIndex(states, index);
  const others = await asked;
  return found === null || others === null ? fromGit(workspace, states, disk) : { ...found, dirty: [...found.dirty, ...others] };
}

function indexOf(workspace: AbsPath, disk: Disk): GitIndex | null {
  const [config, at] = [disk.readFile(absPath(`${workspace}/.git/config`)), absPath(`${workspace}/.git/index`)];
  const [before] = disk.signatures([at]);
  if (!config.ok || OTHER_OBJECTS.test(config.value.toString("latin1")) || !isSignature(before) || sizeBytesOf(before) > INDEX_BYTES_MAX) return null;
  const index = disk.readFile(at);
  const [after] = disk.signatures([at]);
  return index.ok && after === before ? { bytes: index.value, signature: before } : null;
}

function fromIndex(states: States, index: GitIndex): GitHeld | null {
  const entries = readIndex(index.bytes, index.signature);
  if (entries === null) return null;
  const [held, unlike] = [new Uint8Array(states.count), [] as string[]];
  for (const entry of entries) {
    const at = states.find(index.bytes, entry.from, entry.to);
    if (at < 0) continue;
    if (states.isFile(at) && states.isOf(at, entry)) held[at] = 1;
    else if (unlike.push(entry.path) > UNLIKE_FILES_MAX) return null;
  }
  return { isHeld: (at) => held[at] === 1, dirty: unlike, index, objects: new Map() };
}

function fromGit(workspace: AbsPath, states: States, disk: Disk): GitHeld | null {
  const state = gitState(workspace);
  if (state === null) return null;
  const clean = [...state.clean].map(([path, object]) => ({ path, object, at: states.find(toBuffer(path)) })).filter(({ at }) => at >= 0);
  const since = disk.signatures(clean.map(({ path }) => absPath(`${workspace}/${path}`)));
  const same = clean.filter(({ at }, index) => since[index] === states.signature(at));
  const held = new Set(same.map(({ at }) => at));
  return { isHeld: (at) => held.has(at), dirty: state.dirty, index: null, objects: new Map(same.map(({ path, object }) => [path, object])) };
}
