// What lies between the workspace and a view that stays: what the workspace was and is
// not any more, each with the owner, the permissions and the time that it had. Its old
// content is fetched from who still has it; what nobody has is named.

import { digestOf, type Digest } from "../base/digest.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { mtimeNsOf, permissionsOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import type { KnownFile } from "../store/signature-index.ts";
import { gitContents } from "./git-state.ts";
import { isGuarded, type Was, type WasList } from "./was.ts";
import { keptOf, type View } from "./view.ts";

export type Place = Pick<View, "folder" | "workspace" | "name">;

/** Who may still have what a file was. */
export interface Keepers {
  /** The files below `root` of which somebody has read the content, in some state. */
  readonly knownBelow: (root: AbsPath) => Iterable<KnownFile>;
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

const DEVICE_BYTES = 8;
/** The device's number may be another one after a restart. */
export const isState = (one: Signature, other: Signature): boolean => one.slice(DEVICE_BYTES) === other.slice(DEVICE_BYTES);
export const isKnown = (signature: Signature | null | "error" | undefined): signature is Signature => signature !== undefined && signature !== null && signature !== "error";

/** Of a view whose list somebody damaged, or that an earlier version wrote. */
export const listFailure = ({ name }: Place): Failure =>
  ({ code: "view-damaged", message: `Cannot tell what the workspace was when the view "${name}" began: the list of that cannot be read`, advice: `"fathom view rebase ${name}" puts the view on what the workspace is now` });

/** Writes the layer: each name once, and never again. */
export class Layer {
  readonly #view: Place;
  readonly #context: BaseContext;
  readonly #list: Pick<WasList, "get">;
  /** Directories of the layer: they get permissions and times when everything is in them. */
  readonly #open = new Map<string, AbsPath>();
  readonly lost: string[] = [];

  constructor(view: Place, context: BaseContext, list: Pick<WasList, "get">) {
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

  /** Again what was cut short. */
  unpack(packed: ReadonlyMap<string, Buffer>): Result<void, Failure> {
    for (const [path, content] of packed) {
      const was = this.#list.get(path);
      if (was === undefined || sizeBytesOf(was.signature) !== content.length) return fail(listFailure(this.#view));
      this.#context.disk.removeFile(this.#at(path));
      const written = this.#write(path, was, content);
      if (!written.ok) return written;
    }
    return ok(undefined);
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

  /** `list`: all of it. */
  restore(list: WasList): Result<readonly string[], Failure> {
    const { disk } = this.#context;
    const now = disk.signatures([...list.keys()].map((path) => this.#workspace(path)));
    const unlike = [...list].map(([path, was], index) => ({ path, was, is: now[index] })).filter(({ was, is }) => !isKnown(is) || !isState(is, was.signature));
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
      if (this.#list.get(each) !== undefined || !isGuarded(each)) continue;
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
      if (was === undefined || content === undefined || isOther(was, content)) this.lost.push(path);
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

/** Git may change what it writes into a file (filters, ends of lines): then the size is another, or what somebody has read. */
const isOther = ({ signature, digest }: Was, content: Buffer): boolean => content.length !== sizeBytesOf(signature) || (digest !== null && digestOf(content) !== digest);

const parentPath = (path: string): string => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
