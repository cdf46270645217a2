// The tier for machines that mount nothing: the workspace is copied (cloned, where
// the file system can), the command runs in the copy, and what it changed is found
// by comparing every name with what was copied. What comes of it is kept as an
// overlay would keep it, so that everything else knows no difference; but the copy
// is at another path, and who names the workspace in full means the workspace.

import { namesIn, type Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, join, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { removeStubborn } from "../base/scratch.ts";
import { modeOf, mtimeNsOf, permissionsOf, SIGNATURE_BYTES, typeOf, type Signature } from "../base/signature.ts";
import { Upper } from "./upper.ts";
import { hiddenOf, keptOf, upperOf, type View } from "./view.ts";

const STATE = ".fathom";

export const treeOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "tree");
const copiedOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "copied");

export interface CopyContext {
  readonly disk: Disk;
  readonly native: Native;
}

/** Path from the root to the state of the copy, before anybody worked in it. */
type Copied = Map<string, Signature>;

const below = (directory: string, name: string): string => (directory === "" ? name : `${directory}/${name}`);
const at = (root: AbsPath, path: string): AbsPath => (path === "" ? root : absPath(`${root}/${path}`));

/** The copy, with what was changed in the view so far laid over it. One that is there already is it. */
export function ensureTree(view: View, context: CopyContext): Result<void, Failure> {
  const { disk } = context;
  if (disk.isThere(copiedOf(view))) return ok(undefined);
  removeStubborn(toText(treeOf(view)));
  const copied: Copied = new Map();
  const made = copyDirectory(view.workspace, treeOf(view), "", copied, disk);
  // A mark, so that commands in it find its root to be the root.
  const marked = made.ok ? disk.makeDirectory(join(treeOf(view), STATE), 0o755) : made;
  const [kept, hidden, changed] = [keptOf(view), hiddenOf(view), upperOf(view)];
  let laid: Result<void, Failure> = marked;
  for (const layer of [kept, hidden]) if (laid.ok && disk.isThere(layer)) laid = layOver(view, layer, "", context);
  const stands = disk.isThere(kept) || disk.isThere(hidden) ? statesIn(treeOf(view), "", new Map(), disk) : copied;
  if (laid.ok) laid = layOver(view, changed, "", context);
  return laid.ok ? disk.writeFile(copiedOf(view), encode(stands), 0o600) : laid;
}

/** The next command begins with a new copy. */
export function dropTree(view: Pick<View, "folder">, disk: Disk): void {
  disk.removeFile(copiedOf(view));
  removeStubborn(toText(treeOf(view)));
}

function copyDirectory(from: AbsPath, to: AbsPath, path: string, copied: Copied, disk: Disk): Result<void, Failure> {
  const [state] = disk.signatures([from]);
  if (state === undefined || state === null || state === "error") return ok(undefined); // Gone meanwhile.
  const made = disk.makeDirectory(to, permissionsOf(state) | 0o700);
  if (!made.ok) return made;
  const listed = disk.list(from);
  if (listed === null) return fail({ code: "eacces", message: `Cannot copy "${toText(from)}": it may not be looked into` });
  const names = [...namesIn(listed)].map(({ name }) => name).filter((name) => path !== "" || name !== STATE);
  const states = disk.signatures(names.map((name) => join(from, name)));
  for (const [index, name] of names.entries()) {
    const found = states[index];
    if (found === "error") return fail({ code: "eacces", message: `Cannot copy "${toText(join(from, name))}": it may not be looked at` });
    if (found === undefined || found === null) continue;
    const done = typeOf(found) === "directory" ? copyDirectory(join(from, name), join(to, name), below(path, name), copied, disk) : copyName(join(from, name), join(to, name), found, disk);
    if (!done.ok && done.failure.code !== "enoent") return done;
  }
  const closed = disk.setPermissions(to, permissionsOf(state));
  const timed = closed.ok ? disk.setModified(to, mtimeNsOf(state)) : closed;
  for (const [index, signature] of disk.signatures(names.map((name) => join(to, name))).entries()) {
    if (signature !== null && signature !== "error") copied.set(below(path, names[index] ?? ""), signature);
  }
  return timed;
}

/** Of what lies there now. */
function statesIn(directory: AbsPath, path: string, copied: Copied, disk: Disk): Copied {
  const names = [...namesIn(disk.list(directory) ?? "")].map(({ name }) => name).filter((name) => path !== "" || name !== STATE);
  for (const [index, signature] of disk.signatures(names.map((name) => join(directory, name))).entries()) {
    const name = names[index] ?? "";
    if (signature === null || signature === "error") continue;
    copied.set(below(path, name), signature);
    if (typeOf(signature) === "directory") statesIn(join(directory, name), below(path, name), copied, disk);
  }
  return copied;
}

/** Pipes and sockets are nobody's content. */
function copyName(from: AbsPath, to: AbsPath, state: Signature, disk: Disk): Result<void, Failure> {
  const type = typeOf(state);
  if (type !== "file" && type !== "link") return ok(undefined);
  const made = type === "link" ? disk.symlink(disk.readLink(from) ?? "", to) : disk.copyFile(from, to, permissionsOf(state));
  return made.ok ? disk.setModified(to, mtimeNsOf(state)) : made;
}

/** What the view stands on where that is not the workspace, and what a view that was mounted before has kept. */
function layOver(view: View, layer: AbsPath, path: string, context: CopyContext): Result<void, Failure> {
  const { disk, native } = context;
  const upper = new Upper(layer, disk, native);
  const listed = upper.list(path);
  if (listed === null) return fail(unreadable(view, path));
  for (const each of listed) {
    const relative = below(path, each.name);
    if (relative === STATE) continue;
    const to = at(treeOf(view), relative);
    const [now] = disk.signatures([to]);
    const isDirectory = now !== undefined && now !== null && now !== "error" && typeOf(now) === "directory";
    if (each.kind !== "directory" || !isDirectory || upper.isOpaque(each)) removeStubborn(toText(to));
    const made = each.kind === "whiteout" ? ok(undefined) : each.kind === "directory" ? layDirectory(view, layer, relative, each.signature, context) : copyName(each.path, to, each.signature, disk);
    if (!made.ok) return made;
  }
  return ok(undefined);
}

function layDirectory(view: View, layer: AbsPath, path: string, signature: Signature, context: CopyContext): Result<void, Failure> {
  const to = at(treeOf(view), path);
  const made = context.disk.makeDirectory(to, 0o700);
  const laid = made.ok || made.failure.code === "eexist" ? layOver(view, layer, path, context) : made;
  return laid.ok ? context.disk.setPermissions(to, permissionsOf(signature)) : laid;
}

function encode(copied: Copied): Buffer {
  return Buffer.from([...copied].map(([path, signature]) => `${path}\0${signature}`).join(""), "latin1");
}

function decode(bytes: Buffer): Copied | null {
  const copied: Copied = new Map();
  const text = bytes.toString("latin1");
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\0", from);
    if (end < 0 || end + 1 + SIGNATURE_BYTES > text.length) return null;
    copied.set(text.slice(from, end), text.slice(end + 1, end + 1 + SIGNATURE_BYTES) as Signature); // As it was written.
    from = end + 1 + SIGNATURE_BYTES;
  }
  return copied;
}

const unreadable = (view: View, path: string): Failure =>
  ({ code: "view-unreadable", message: `Cannot tell what was changed in the view "${view.name}": "${toText(path)}" may not be looked into`, advice: `Change its permissions in "${toText(view.folder)}"` });

/** After a command: `upper` becomes what an overlay would have made it. Nobody is in the copy. */
export function settleTree(view: View, context: CopyContext): Result<void, Failure> {
  const { disk } = context;
  const read = disk.readFile(copiedOf(view));
  const copied = read.ok ? decode(read.value) : null;
  if (copied === null) return fail({ code: "view-damaged", message: `Cannot tell what was changed in the view "${view.name}": the list of what was copied is gone`, advice: `The copy is "${toText(treeOf(view))}"` });
  for (const { name } of namesIn(disk.list(upperOf(view)) ?? "")) removeStubborn(toText(join(upperOf(view), name)));
  return new Settler(view, copied, context).settle();
}

class Settler {
  readonly #view: View;
  readonly #copied: Copied;
  readonly #context: CopyContext;
  /** Directories that get their permissions when everything is in them. */
  readonly #closed: [AbsPath, number][] = [];
  /** Names that each directory had. */
  readonly #had = new Map<string, string[]>();

  constructor(view: View, copied: Copied, context: CopyContext) {
    this.#view = view;
    this.#copied = copied;
    this.#context = context;
    for (const path of copied.keys()) {
      const directory = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      const names = this.#had.get(directory) ?? [];
      if (names.length === 0) this.#had.set(directory, names);
      names.push(path.slice(directory === "" ? 0 : directory.length + 1));
    }
  }

  settle(): Result<void, Failure> {
    const found = this.#directory("");
    if (!found.ok) return found;
    for (const [place, permissions] of this.#closed.reverse()) {
      const set = this.#context.disk.setPermissions(place, permissions);
      if (!set.ok) return set;
    }
    return ok(undefined);
  }

  #directory(path: string): Result<void, Failure> {
    const { disk, native } = this.#context;
    const tree = at(treeOf(this.#view), path);
    const listed = disk.list(tree);
    if (listed === null) return fail(unreadable(this.#view, path));
    const names = [...namesIn(listed)].map(({ name }) => name).filter((name) => path !== "" || name !== STATE);
    const states = disk.signatures(names.map((name) => join(tree, name)));
    for (const [index, name] of names.entries()) {
      const [now, before] = [states[index], this.#copied.get(below(path, name))];
      if (now === undefined || now === null || now === "error") return fail(unreadable(this.#view, below(path, name)));
      const done = typeOf(now) === "directory" ? this.#subdirectory(below(path, name), now, before) : now === before ? ok(undefined) : this.#keep(below(path, name));
      if (!done.ok) return done;
    }
    const there = new Set(names);
    for (const name of (this.#had.get(path) ?? []).filter((each) => !there.has(each))) {
      const above = this.#above(below(path, name));
      if (!above.ok) return above;
      const made = native.makeWhiteout(at(upperOf(this.#view), below(path, name)));
      if (made !== 0) return fail({ code: "view-damaged", message: `Cannot note in the view "${this.#view.name}" that "${toText(below(path, name))}" was removed: the system makes no such device (${String(-made)})` });
    }
    return ok(undefined);
  }

  #subdirectory(path: string, now: Signature, before: Signature | undefined): Result<void, Failure> {
    const made = before === undefined || modeOf(before) !== modeOf(now) ? this.#above(`${path}/`) : ok(undefined);
    return made.ok ? this.#directory(path) : made;
  }

  /** The file itself: nobody writes in the copy before it is settled again, or gone. */
  #keep(path: string): Result<void, Failure> {
    const above = this.#above(path);
    return above.ok ? this.#context.disk.link(at(treeOf(this.#view), path), at(upperOf(this.#view), path)) : above;
  }

  /** The directories on the way. */
  #above(path: string): Result<void, Failure> {
    const { disk } = this.#context;
    const directory = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    const place = at(upperOf(this.#view), directory);
    if (disk.isThere(place)) return ok(undefined);
    const above = this.#above(directory);
    if (!above.ok) return above;
    const [now] = disk.signatures([at(treeOf(this.#view), directory)]);
    if (now !== undefined && now !== null && now !== "error") this.#closed.push([place, permissionsOf(now)]);
    return disk.makeDirectory(place, 0o700);
  }
}
