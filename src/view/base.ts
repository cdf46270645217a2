// What a view that stays stands on: the workspace as it was when the view began,
// though the workspace lives on. What is clean is not copied. At the beginning a list
// of all names and states is written, and only that is copied which nobody else
// keeps: what git calls changed or new, git's own records, and the newest of what it ignores. Before somebody is in
// the view again every name is compared with the list; of what has changed the old
// content is fetched from who still has it, into a layer between the workspace and
// the view. What nobody has any more is named, and nobody gets in.

import { assert } from "../base/assert.ts";
import type { Digest } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import { absPath, join, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { removeStubborn } from "../base/scratch.ts";
import { mtimeMsOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import { heldByGit } from "./git-held.ts";
import { isKnown, isState, Layer, listFailure, type BaseContext, type Keepers, type Place } from "./layer.ts";
import { dropPack, PACK_BYTES_MAX, PACKED_BYTES_MAX, readPack, writePack } from "./pack.ts";
import { addHeld, arePaths, decodeStates, encodeHeld, encodeStates, isGitRecord, listOf, statesOf, type WasList } from "./was.ts";
import { keptOf, type View } from "./view.ts";

const wasOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "was");
const heldOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "held");

/** Copied at the beginning at most; what is beyond is compared all the same. */
const COPIED_BYTES_MAX = 256 * 1024 * 1024;
/** Of a tree without git as many as take no longer to copy than to list a large one. */
const COPIED_FILES_MAX = 2000;
/** Of what git ignores. */
const NEWEST_FILES_MAX = 500;
const NEWEST_BYTES_MAX = 64 * 1024 * 1024;
const LIST_BYTES_MAX = 1024 * 1024 * 1024;

export const hasBase = (view: Pick<View, "folder">, disk: Pick<Disk, "isThere">): boolean => disk.isThere(wasOf(view));

export function dropBase(view: Pick<View, "folder">, disk: Disk): void {
  disk.removeFile(wasOf(view));
  disk.removeFile(heldOf(view));
  dropPack(view, disk);
  removeStubborn(toText(keptOf(view)));
}

/** From now on the view stands on what the workspace is now. */
export function captureBase(view: Place, context: BaseContext): Result<void, Failure> {
  const { disk, native, keepers } = context;
  dropBase(view, disk);
  const made = disk.makeDirectory(keptOf(view), 0o755);
  const states = made.ok ? statesOf(view.workspace, native) : made;
  if (!states.ok) return states;
  const list = listOf(states.value);
  assert(list !== null, "what the addon lists is a list");
  const git = heldByGit(view.workspace, list, disk);
  const objects = new Map([...(git?.clean ?? [])].filter(([path]) => list.has(path)));
  const digests = digestsOf(view, list, objects, keepers);
  const taken = new Taken(list);
  const dirty = git?.dirty ?? [...list.keys()].filter((path) => !isGitRecord(path)).slice(0, COPIED_FILES_MAX);
  taken.add([...[...list.keys()].filter(isGitRecord), ...dirty], COPIED_BYTES_MAX);
  taken.add(newest(list, (path) => objects.has(path) || isStored(digests.get(path), keepers)), NEWEST_BYTES_MAX);
  const kept = taken.keep(view, context);
  const written = kept.ok ? disk.writeFile(heldOf(view), encodeHeld(objects, digests), 0o600) : kept;
  return written.ok ? disk.writeFile(wasOf(view), encodeStates(states.value), 0o600) : written;
}

function digestsOf({ workspace }: Place, list: WasList, objects: ReadonlyMap<string, string>, keepers: Keepers): ReadonlyMap<string, Digest> {
  const [digests, digestOf] = [new Map<string, Digest>(), keepers.digestsBelow(workspace)];
  for (const [path, { signature }] of list) {
    const digest = isFile(signature) && !objects.has(path) ? digestOf(join(workspace, path), signature) : null;
    if (digest !== null) digests.set(path, digest);
  }
  return digests;
}

const isFile = (signature: Signature): boolean => typeOf(signature) === "file";
const isStored = (digest: Digest | undefined, keepers: Keepers): boolean => digest !== undefined && keepers.stored(digest) !== null;

/** Of what neither git nor the store has (outputs of builds, mostly) what was written last: that is what will be written again. */
function newest(list: WasList, isHeld: (path: string) => boolean): readonly string[] {
  const files: { readonly path: string; readonly mtimeMs: number }[] = [];
  for (const [path, { signature }] of list) if (isFile(signature) && !isGitRecord(path)) files.push({ path, mtimeMs: mtimeMsOf(signature) });
  files.sort((one, other) => other.mtimeMs - one.mtimeMs);
  const found: string[] = [];
  for (let at = 0; at < files.length && found.length < NEWEST_FILES_MAX; at++) {
    const path = files[at]?.path ?? "";
    if (!isHeld(path)) found.push(path);
  }
  return found;
}

/** What is kept at the beginning: each as long as it is what the list says. What changes at this moment is found to have changed when somebody enters. */
class Taken {
  readonly #list: WasList;
  readonly #paths = new Set<string>();

  constructor(list: WasList) {
    this.#list = list;
  }

  /** As many as have room. */
  add(paths: readonly string[], bytesMax: number): void {
    let bytes = 0;
    for (const path of paths) {
      const was = this.#list.get(path);
      if (was === undefined || typeOf(was.signature) !== "file" || bytes + sizeBytesOf(was.signature) > bytesMax) continue;
      bytes += sizeBytesOf(was.signature);
      this.#paths.add(path);
    }
  }

  keep(view: Place, context: BaseContext): Result<void, Failure> {
    const [layer, small] = [new Layer(view, context, this.#list), new Map<string, Signature>()];
    let packedBytes = 0;
    for (const path of this.#paths) {
      const was = this.#list.get(path);
      if (was === undefined) continue;
      const bytes = sizeBytesOf(was.signature);
      if (bytes <= PACKED_BYTES_MAX && packedBytes + bytes <= PACK_BYTES_MAX) {
        packedBytes += bytes;
        small.set(path, was.signature);
      } else {
        const copied = layer.copyNow(path);
        if (!copied.ok) return copied;
      }
    }
    const ended = layer.end();
    return ended.ok ? writePack(view, small, context.disk) : ended;
  }
}

/** What is new since, changed or gone is as it was, in the layer. Gives the names that somebody changed since it was called last. */
export function restoreBase(view: Place, context: BaseContext): Result<readonly string[], Failure> {
  const { disk, native } = context;
  const unpacked = unpack(view, context);
  if (!unpacked.ok) return unpacked;
  const [was, is] = [readStates(view, disk), statesOf(view.workspace, native)];
  if (!is.ok) return is;
  // Nearly always nothing has changed: then no name has to be looked at alone.
  const isSame = was?.equals(is.value) === true;
  const list: Result<WasList, Failure> = isSame ? ok(new Map()) : readList(view, disk);
  if (!list.ok) return list;
  const layer = new Layer(view, context, list.value);
  const changed = isSame ? ok([]) : layer.restore();
  const ended = changed.ok ? layer.end() : changed;
  if (!ended.ok) return ended;
  const { lost } = layer;
  return lost.length === 0 ? changed : fail(lostFailure(view, lost));
}

/** Before somebody is in the view for the first time: what only the workspace had stands in the layer from now on. */
function unpack(view: Place, context: BaseContext): Result<void, Failure> {
  const { disk } = context;
  const packed = readPack(view, disk);
  if (packed === undefined) return ok(undefined);
  const states = readStates(view, disk);
  const list = states === null ? null : listOf(states);
  if (list === null || packed === null) return fail(listFailure(view));
  const layer = new Layer(view, context, list);
  const unpacked = layer.unpack(packed);
  const ended = unpacked.ok ? layer.end() : unpacked;
  if (ended.ok) dropPack(view, disk);
  return ended;
}

/** Files and links of the workspace that are not what they were when the view began, git's own records left out. */
export function changedSinceBase(view: Place, disk: Disk): Result<readonly string[], Failure> {
  const list = readList(view, disk);
  if (!list.ok) return list;
  const guarded = [...list.value].filter(([path, { signature }]) => typeOf(signature) !== "directory" && !isGitRecord(path));
  const now = disk.signatures(guarded.map(([path]) => absPath(`${view.workspace}/${path}`)));
  return ok(guarded.filter(([, { signature }], index) => { const is = now[index]; return !isKnown(is) || !isState(is, signature); }).map(([path]) => path));
}

const NAMED_MAX = 5;

function lostFailure(view: Place, lost: readonly string[]): Failure {
  const more = lost.length > NAMED_MAX ? ` and ${String(lost.length - NAMED_MAX)} more` : "";
  return {
    code: "view-base-lost",
    message: `Cannot show the workspace to "${view.name}" as it was when that view began: nobody has any more what was in ${lost.slice(0, NAMED_MAX).map((path) => `"${toText(path)}"`).join(", ")}${more}`,
    advice: `"fathom view rebase ${view.name}" puts the view on what the workspace is now; its own changes stay`,
  };
}

function readWhole(at: AbsPath, disk: Disk): Buffer | null {
  const [found] = disk.signatures([at]);
  const read = isKnown(found) && sizeBytesOf(found) <= LIST_BYTES_MAX ? disk.readFile(at) : null;
  return read?.ok === true ? read.value : null;
}

function readStates(view: Place, disk: Disk): Buffer | null {
  const read = readWhole(wasOf(view), disk);
  return read === null ? null : decodeStates(read);
}

function readList(view: Place, disk: Disk): Result<WasList, Failure> {
  const [states, held] = [readStates(view, disk), readWhole(heldOf(view), disk)];
  const list = states === null ? null : listOf(states);
  if (list !== null && arePaths(list) && held !== null && addHeld(held, list)) return ok(list);
  return fail(listFailure(view));
}


