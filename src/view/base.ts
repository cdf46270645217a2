// What a view that stays stands on: the workspace as it was when the view began,
// though the workspace lives on. What is clean is not copied. At the beginning a list
// of all names and states is written, and only that is copied which nobody else
// keeps: what git calls changed or new, git's own records, and the newest of what it ignores. Before somebody is in
// the view again every name is compared with the list; of what has changed the old
// content is fetched from who still has it, into a layer between the workspace and
// the view. What nobody has any more is named, and nobody gets in.

import type { Digest } from "../base/digest.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, join, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { removeStubborn } from "../base/scratch.ts";
import { mtimeNsOf, permissionsOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import { gitContents, gitState } from "./git-state.ts";
import { decodeWas, encodeWas, isGitRecord, isGuarded, listWas, type Was, type WasList } from "./was.ts";
import { keptOf, type View } from "./view.ts";

type Place = Pick<View, "folder" | "workspace" | "name">;

const wasOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "was");

/** Who may still have what a file was. */
export interface Keepers {
  /** What was known of the content of this file in this state; null: nobody read it. */
  readonly digestOf: (at: AbsPath, signature: Signature) => Digest | null;
  /** A file that holds it. */
  readonly stored: (digest: Digest) => AbsPath | null;
  /** A file that was at `path` in this state until a commit replaced it. */
  readonly replaced: (path: string, signature: Signature) => AbsPath | null;
}

export interface BaseContext {
  readonly disk: Disk;
  readonly native: Native;
  readonly keepers: Keepers;
}

/** Copied at the beginning at most; what is beyond is compared all the same. */
const COPIED_BYTES_MAX = 256 * 1024 * 1024;
/** Of a tree without git as many as take no longer to copy than to list a large one. */
const COPIED_FILES_MAX = 2000;
/** Of what git ignores. */
const NEWEST_FILES_MAX = 500;
const NEWEST_BYTES_MAX = 64 * 1024 * 1024;
const LIST_BYTES_MAX = 1024 * 1024 * 1024;

const DEVICE_BYTES = 8;
/** The device's number may be another one after a restart. */
const isState = (one: Signature, other: Signature): boolean => one.slice(DEVICE_BYTES) === other.slice(DEVICE_BYTES);
const isKnown = (signature: Signature | null | "error" | undefined): signature is Signature => signature !== undefined && signature !== null && signature !== "error";

export const hasBase = (view: Pick<View, "folder">, disk: Pick<Disk, "isThere">): boolean => disk.isThere(wasOf(view));

export function dropBase(view: Pick<View, "folder">, disk: Disk): void {
  disk.removeFile(wasOf(view));
  removeStubborn(toText(keptOf(view)));
}

/** From now on the view stands on what the workspace is now. */
export function captureBase(view: Place, context: BaseContext): Result<void, Failure> {
  const { disk, keepers } = context;
  dropBase(view, disk);
  const made = disk.makeDirectory(keptOf(view), 0o755);
  if (!made.ok) return made;
  const list = listWas(view.workspace, disk);
  const git = gitState(view.workspace);
  const layer = new Layer(view, context, list);
  const dirty = git?.dirty ?? [...list.keys()].filter((path) => !isGitRecord(path)).slice(0, COPIED_FILES_MAX);
  let bytes = 0;
  for (const path of [...[...list.keys()].filter(isGitRecord), ...dirty]) {
    const was = list.get(path);
    if (was === undefined || typeOf(was.signature) !== "file" || bytes + sizeBytesOf(was.signature) > COPIED_BYTES_MAX) continue;
    bytes += sizeBytesOf(was.signature);
    const copied = layer.copyNow(path);
    if (!copied.ok) return copied;
  }
  const clean = [...(git?.clean ?? [])].filter(([path]) => list.has(path));
  const since = disk.signatures(clean.map(([path]) => absPath(`${view.workspace}/${path}`)));
  // Git was asked between the two looks.
  const objects = new Map(clean.filter(([path], index) => since[index] === list.get(path)?.signature));
  for (const [path, was] of list) {
    if (typeOf(was.signature) !== "file") continue;
    const object = objects.get(path) ?? "";
    list.set(path, { ...was, object, digest: object === "" ? keepers.digestOf(absPath(`${view.workspace}/${path}`), was.signature) : null });
  }
  const copied = copyNewest(list, layer, keepers);
  const ended = copied.ok ? layer.end() : copied;
  return ended.ok ? disk.writeFile(wasOf(view), encodeWas(list), 0o600) : ended;
}

/** Of what neither git nor the store has (outputs of builds, mostly) what was written last: that is what will be written again. */
function copyNewest(list: WasList, layer: Layer, keepers: Keepers): Result<void, Failure> {
  const nobodys = [...list].filter(([path, { signature, object, digest }]) => typeOf(signature) === "file" && object === "" && !isGitRecord(path) && (digest === null || keepers.stored(digest) === null));
  nobodys.sort(([, a], [, b]) => (mtimeNsOf(b.signature) > mtimeNsOf(a.signature) ? 1 : -1));
  let bytes = 0;
  for (const [path, { signature }] of nobodys.slice(0, NEWEST_FILES_MAX)) {
    bytes += sizeBytesOf(signature);
    if (bytes > NEWEST_BYTES_MAX) break;
    const copied = layer.copyNow(path);
    if (!copied.ok) return copied;
  }
  return ok(undefined);
}

/** What is new since, changed or gone is as it was, in the layer. Gives the names that somebody changed since it was called last. */
export function restoreBase(view: Place, context: BaseContext): Result<readonly string[], Failure> {
  const { disk } = context;
  const list = readList(view, disk);
  if (!list.ok) return list;
  const layer = new Layer(view, context, list.value);
  const changed = layer.restore();
  if (!changed.ok) return changed;
  const ended = layer.end();
  if (!ended.ok) return ended;
  const { lost } = layer;
  return lost.length === 0 ? changed : fail(lostFailure(view, lost));
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

function readList(view: Place, disk: Disk): Result<WasList, Failure> {
  const [found] = disk.signatures([wasOf(view)]);
  const read = isKnown(found) && sizeBytesOf(found) <= LIST_BYTES_MAX ? disk.readFile(wasOf(view)) : null;
  const list = read?.ok === true ? decodeWas(read.value) : null;
  if (list !== null) return ok(list);
  return fail({ code: "view-damaged", message: `Cannot tell what the workspace was when the view "${view.name}" began: the list of that cannot be read`, advice: `"fathom view rebase ${view.name}" puts the view on what the workspace is now` });
}

/** Writes the layer: each name once, and never again. */
class Layer {
  readonly #view: Place;
  readonly #context: BaseContext;
  readonly #list: WasList;
  /** Directories of the layer: they get permissions and times when everything is in them. */
  readonly #open = new Map<string, AbsPath>();
  readonly lost: string[] = [];

  constructor(view: Place, context: BaseContext, list: WasList) {
    this.#view = view;
    this.#context = context;
    this.#list = list;
  }

  #at(path: string): AbsPath {
    return path === "" ? keptOf(this.#view) : absPath(`${keptOf(this.#view)}/${path}`);
  }

  #workspace(path: string): AbsPath {
    return path === "" ? this.#view.workspace : absPath(`${this.#view.workspace}/${path}`);
  }

  /** While it is what the list says. What changes at this moment is found to have changed when somebody enters. */
  copyNow(path: string): Result<void, Failure> {
    const was = this.#list.get(path);
    return was === undefined || this.#context.disk.isThere(this.#at(path)) ? ok(undefined) : this.#copy(path, was, this.#workspace(path), (after) => isState(after, was.signature));
  }

  #copy(path: string, was: Was, from: AbsPath, isRight: (state: Signature) => boolean): Result<void, Failure> {
    const { disk } = this.#context;
    const above = this.#directory(parentPath(path));
    if (!above.ok) return above;
    const copied = disk.copyFile(from, this.#at(path), permissionsOf(was.signature));
    const [after] = disk.signatures([from]);
    if (!copied.ok || !isKnown(after) || !isRight(after)) {
      disk.removeFile(this.#at(path));
      return copied.ok || copied.failure.code === "enoent" || copied.failure.code === "changed-while-read" ? ok(undefined) : copied;
    }
    return this.#finish(path, was, from);
  }

  #write(path: string, was: Was, content: Buffer): Result<void, Failure> {
    const above = this.#directory(parentPath(path));
    const made = above.ok ? this.#context.disk.createFile(this.#at(path), content, permissionsOf(was.signature)) : above;
    return made.ok ? this.#finish(path, was, this.#workspace(path)) : made;
  }

  /** Owner as `like` has it, permissions and time as they were. */
  #finish(path: string, was: Was, like: AbsPath): Result<void, Failure> {
    const { disk } = this.#context;
    this.#own(path, like);
    const set = typeOf(was.signature) === "file" ? disk.setPermissions(this.#at(path), permissionsOf(was.signature)) : ok(undefined);
    return set.ok ? disk.setModified(this.#at(path), mtimeNsOf(was.signature)) : set;
  }

  #own(path: string, like: AbsPath): void {
    const { native } = this.#context;
    const [theirs, ours] = [native.owner(like), native.owner(this.#at(path))];
    if (typeof theirs === "number" || typeof ours === "number" || theirs.compare(ours, 0, DEVICE_BYTES, 0, DEVICE_BYTES) === 0) return;
    native.setOwner(this.#at(path), theirs.readUInt32LE(0), theirs.readUInt32LE(4));
  }

  #directory(path: string): Result<void, Failure> {
    if (path === "" || this.#open.has(path)) return ok(undefined);
    const { disk } = this.#context;
    const at = this.#at(path);
    const above = this.#directory(parentPath(path));
    if (!above.ok) return above;
    const made = disk.makeDirectory(at, 0o700);
    if (!made.ok && made.failure.code !== "eexist") return made;
    const opened = disk.setPermissions(at, 0o700);
    if (opened.ok) this.#open.set(path, at);
    return opened;
  }

  restore(): Result<readonly string[], Failure> {
    const { disk } = this.#context;
    const now = disk.signatures([...this.#list.keys()].map((path) => this.#workspace(path)));
    const unlike = [...this.#list].map(([path, was], index) => ({ path, was, is: now[index] })).filter(({ was, is }) => !isKnown(is) || !isState(is, was.signature));
    const kept = disk.signatures(unlike.map(({ path }) => this.#at(path)));
    const [changed, files]: [string[], string[]] = [[], []];
    for (const [index, { path, was, is }] of unlike.entries()) {
      const there = kept[index];
      const type = typeOf(was.signature);
      if (isKnown(there) && type !== "directory") continue;
      const done = type === "directory" ? this.#restoreDirectory(path, was, is, changed) : type === "link" ? this.#restoreLink(path, was) : ok(undefined);
      if (!done.ok) return done;
      if (type === "file") files.push(path);
      if (type !== "directory") changed.push(path);
    }
    const hidden = this.#hideNew("", changed);
    const restored = hidden.ok ? this.#restoreFiles(files) : hidden;
    return restored.ok ? ok(changed) : restored;
  }

  /** Names in it, or it: when it is gone, or something else now, the layer has it. */
  #restoreDirectory(path: string, was: Was, is: Signature | null | "error" | undefined, changed: string[]): Result<void, Failure> {
    const isThere = isKnown(is) && typeOf(is) === "directory";
    const isChanged = !isThere || permissionsOf(is) !== permissionsOf(was.signature);
    if (isChanged && !this.#context.disk.isThere(this.#at(path))) changed.push(path);
    const made = this.#directory(path);
    return made.ok && isThere ? this.#hideNew(path, changed) : made;
  }

  /** What came to a directory since is not there in the view. */
  #hideNew(path: string, changed: string[]): Result<void, Failure> {
    const { disk, native } = this.#context;
    for (const { name } of namesIn(disk.list(this.#workspace(path)) ?? "")) {
      const each = path === "" ? name : `${path}/${name}`;
      if (this.#list.has(each) || !isGuarded(each)) continue;
      const above = this.#directory(path);
      if (!above.ok) return above;
      const [there] = disk.signatures([this.#at(each)]);
      if (there !== null) continue;
      const made = native.makeWhiteout(this.#at(each));
      if (made !== 0) return fail({ code: "view-damaged", message: `Cannot keep "${toText(each)}" out of the view "${this.#view.name}": the system makes no such device (${String(-made)})` });
      changed.push(each);
    }
    return ok(undefined);
  }

  #restoreLink(path: string, was: Was): Result<void, Failure> {
    const above = this.#directory(parentPath(path));
    const made = above.ok ? this.#context.disk.symlink(was.target, this.#at(path)) : above;
    return made.ok ? this.#finish(path, was, this.#workspace(path)) : made;
  }

  #restoreFiles(paths: readonly string[]): Result<void, Failure> {
    const rest: string[] = [];
    for (const path of paths) {
      const was = this.#list.get(path);
      if (was === undefined) continue;
      const from = this.#heldElsewhere(path, was);
      if (from === null) rest.push(path);
      else {
        const copied = this.#copy(path, was, from.at, from.isRight);
        if (!copied.ok) return copied;
        if (!this.#context.disk.isThere(this.#at(path))) rest.push(path);
      }
    }
    const contents = gitContents(this.#view.workspace, [...new Set(rest.map((path) => this.#list.get(path)?.object ?? "").filter((object) => object !== ""))]);
    for (const path of rest) {
      const was = this.#list.get(path);
      const content = was === undefined ? undefined : contents.get(was.object);
      // Git may change what it writes into a file (filters, ends of lines): then the size is another.
      if (was === undefined || content === undefined || content.length !== sizeBytesOf(was.signature)) this.lost.push(path);
      else {
        const written = this.#write(path, was, content);
        if (!written.ok) return written;
      }
    }
    return ok(undefined);
  }

  #heldElsewhere(path: string, { signature, digest }: Was): { readonly at: AbsPath; readonly isRight: (state: Signature) => boolean } | null {
    const { disk, keepers } = this.#context;
    const replaced = keepers.replaced(path, signature);
    if (replaced !== null) return { at: replaced, isRight: (state) => sizeBytesOf(state) === sizeBytesOf(signature) && mtimeNsOf(state) === mtimeNsOf(signature) };
    if (digest === null) return null;
    const stored = keepers.stored(digest);
    if (stored !== null) return { at: stored, isRight: () => true };
    // Written anew with what it had.
    const [now] = disk.hashFiles([this.#workspace(path)]);
    return now?.digest === digest ? { at: this.#workspace(path), isRight: (state) => state === now.signature } : null;
  }

  /** Deepest first: what is made in a directory changes its time. */
  end(): Result<void, Failure> {
    const { disk } = this.#context;
    for (const [path, at] of [...this.#open].reverse()) {
      const was = this.#list.get(path);
      if (was === undefined) continue;
      this.#own(path, this.#workspace(path));
      const closed = disk.setPermissions(at, permissionsOf(was.signature));
      const timed = closed.ok ? disk.setModified(at, mtimeNsOf(was.signature)) : closed;
      if (!timed.ok) return timed;
    }
    const [root] = disk.signatures([this.#view.workspace]);
    if (!isKnown(root)) return ok(undefined);
    this.#own("", this.#view.workspace);
    return disk.setPermissions(keptOf(this.#view), permissionsOf(root));
  }
}

const parentPath = (path: string): string => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
