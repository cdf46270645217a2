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
import { absPath, join, toBuffer, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { removeStubborn } from "../base/scratch.ts";
import { sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import { askGit, heldByGit, type GitHeld } from "./git-held.ts";
import { isKnown, isState, Layer, listFailure, type BaseContext, type Keepers, type Place } from "./layer.ts";
import { dropPack, PACK_BYTES_MAX, PACKED_BYTES_MAX, readPack, writePack } from "./pack.ts";
import { States } from "./states.ts";
import { addHeld, arePaths, decodeStates, encodeHeld, encodeStates, isGitRecord, statesOf, type WasList } from "./was.ts";
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
export async function captureBase(view: Place, context: BaseContext): Promise<Result<void, Failure>> {
  const { disk, native, keepers } = context;
  dropBase(view, disk);
  const made = disk.makeDirectory(keptOf(view), 0o755);
  if (!made.ok) return made;
  const asking = askGit(view.workspace, disk);
  const listed = statesOf(view.workspace, native);
  if (!listed.ok) return listed;
  const states = States.of(listed.value);
  assert(states !== null, "what the addon lists is a list");
  const git = await heldByGit(view.workspace, states, asking, disk);
  const digests = digestsOf(view, states, git, keepers);
  const taken = new Taken(states);
  const dirty = git?.dirty ?? pathsOf(states, (index) => !isRecord(states, index)).slice(0, COPIED_FILES_MAX);
  taken.add([...pathsOf(states, (index) => isRecord(states, index)), ...dirty], COPIED_BYTES_MAX);
  taken.add(newest(states, (index) => git?.isHeld(index) === true, (path) => isStored(digests.get(path), keepers)), NEWEST_BYTES_MAX);
  const kept = taken.keep(view, context);
  const written = kept.ok ? disk.writeFile(heldOf(view), encodeHeld(git?.index ?? null, git?.objects ?? new Map(), digests), 0o600) : kept;
  return written.ok ? disk.writeFile(wasOf(view), encodeStates(listed.value), 0o600) : written;
}

const GIT = Buffer.from(".git/", "latin1");
const isRecord = (states: States, index: number): boolean => states.beginsWith(index, GIT);

function pathsOf(states: States, isMeant: (index: number) => boolean): string[] {
  const paths: string[] = [];
  for (let index = 0; index < states.count; index++) if (isMeant(index)) paths.push(states.path(index));
  return paths;
}

function digestsOf({ workspace }: Place, states: States, git: GitHeld | null, keepers: Keepers): ReadonlyMap<string, Digest> {
  const digests = new Map<string, Digest>();
  for (const { path, signature, digest } of keepers.knownBelow(workspace)) {
    const relative = path.slice(workspace.length + 1);
    const index = states.find(toBuffer(relative));
    if (index >= 0 && states.isFile(index) && git?.isHeld(index) !== true && states.signature(index) === signature) digests.set(relative, digest);
  }
  return digests;
}

const isStored = (digest: Digest | undefined, keepers: Keepers): boolean => digest !== undefined && keepers.stored(digest) !== null;

/** Of what neither git nor the store has (outputs of builds, mostly) what was written last: that is what will be written again. */
function newest(states: States, isHeld: (index: number) => boolean, isKept: (path: string) => boolean): readonly string[] {
  const files: { readonly index: number; readonly mtimeMs: number }[] = [];
  for (let index = 0; index < states.count; index++) if (states.isFile(index) && !isHeld(index) && !isRecord(states, index)) files.push({ index, mtimeMs: states.mtimeMs(index) });
  files.sort((one, other) => other.mtimeMs - one.mtimeMs);
  const found: string[] = [];
  for (const { index } of files) {
    if (found.length === NEWEST_FILES_MAX) break;
    const path = states.path(index);
    if (!isKept(path)) found.push(path);
  }
  return found;
}

/** What is kept at the beginning: each as long as it is what the list says. What changes at this moment is found to have changed when somebody enters. */
class Taken {
  readonly #list: Pick<WasList, "get">;
  readonly #paths = new Set<string>();

  constructor(list: Pick<WasList, "get">) {
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
  const changed = isSame ? ok([]) : layer.restore(list.value);
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
  const list = states === null ? null : States.of(states);
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
  const list = states === null ? null : (States.of(states)?.all() ?? null);
  if (list !== null && arePaths(list) && held !== null && addHeld(held, list)) return ok(list);
  return fail(listFailure(view));
}
