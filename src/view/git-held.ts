// Of which files of a workspace, in the state in which they were listed, git has the
// content. Its own list tells that of nearly all; where it does not, git is asked,
// and what changed between the two looks is not believed.

import type { Disk } from "../base/disk.ts";
import { absPath, type AbsPath } from "../base/path.ts";
import { isSignature, sizeBytesOf, typeOf } from "../base/signature.ts";
import { readIndex, type IndexEntry } from "./git-index.ts";
import { gitState, untracked, type GitState } from "./git-state.ts";
import type { WasList } from "./was.ts";

/** So many that git's list calls changed are copied sooner than git has compared them. */
const UNLIKE_FILES_MAX = 200;
const INDEX_BYTES_MAX = 1024 * 1024 * 1024;
/** Names its objects otherwise than readIndex reads them. Source: git-config(1), extensions.objectFormat. */
const OTHER_OBJECTS = /objectformat/i;

/** Null: no repository begins here, or git says nothing of it. */
export function heldByGit(workspace: AbsPath, list: WasList, disk: Disk): GitState | null {
  const entries = indexOf(workspace, disk);
  return (entries === null ? null : fromIndex(workspace, list, entries)) ?? asked(workspace, list, disk);
}

function indexOf(workspace: AbsPath, disk: Disk): readonly IndexEntry[] | null {
  const [config, at] = [disk.readFile(absPath(`${workspace}/.git/config`)), absPath(`${workspace}/.git/index`)];
  const [before] = disk.signatures([at]);
  if (!config.ok || OTHER_OBJECTS.test(config.value.toString("latin1")) || !isSignature(before) || sizeBytesOf(before) > INDEX_BYTES_MAX) return null;
  const index = disk.readFile(at);
  const [after] = disk.signatures([at]);
  return index.ok && after === before ? readIndex(index.value, before) : null;
}

function fromIndex(workspace: AbsPath, list: WasList, entries: readonly IndexEntry[]): GitState | null {
  const [clean, unlike] = [new Map<string, string>(), [] as string[]];
  for (const entry of entries) {
    const { path } = entry;
    const was = list.get(path);
    if (was === undefined) continue;
    if (typeOf(was.signature) === "file" && entry.isOf(was.signature)) clean.set(path, entry.object);
    else if (unlike.push(path) > UNLIKE_FILES_MAX) return null;
  }
  const others = untracked(workspace);
  return others === null ? null : { clean, dirty: [...unlike, ...others] };
}

function asked(workspace: AbsPath, list: WasList, disk: Disk): GitState | null {
  const state = gitState(workspace);
  if (state === null) return null;
  const clean = [...state.clean].filter(([path]) => list.has(path));
  const since = disk.signatures(clean.map(([path]) => absPath(`${workspace}/${path}`)));
  return { clean: new Map(clean.filter(([path], index) => since[index] === list.get(path)?.signature)), dirty: state.dirty };
}
