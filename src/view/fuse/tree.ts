// What the layer shows: the directories of the workspace, each with the outputs that
// were laid in it, and nothing else. A directory looks as the one that it lies over,
// now: of several layers the topmost says how a directory looks.

import { ENTRY_TYPE, type Disk } from "../../base/disk.ts";
import type { Native } from "../../base/native.ts";
import { absPath, type AbsPath } from "../../base/path.ts";
import { ctimeNsOf, isSignature, modeOf, mtimeNsOf, typeOf, type Signature } from "../../base/signature.ts";
import { LaidList, type Laid } from "../outputs.ts";
import { keptOf, type View } from "../view.ts";
import { ROOT, type DirectoryName, type Look } from "./wire.ts";

const REGULAR = 0o100000;
const DIRECTORY = 0o040000;

export interface TreeContext {
  readonly disk: Pick<Disk, "signatures" | "readPart">;
  readonly native: Pick<Native, "owner">;
  /** Of what was laid: who runs commands in the view. */
  readonly user: number;
  readonly group: number;
}

export class OutputTree {
  readonly #view: Pick<View, "folder" | "workspace">;
  readonly #context: TreeContext;
  readonly #laid: LaidList;
  readonly #paths = new Map<number, string>([[ROOT, ""]]);
  readonly #nodes = new Map<string, number>([["", ROOT]]);
  /** Directories in which something was laid, or below. */
  readonly #onTheWay = new Map<string, Set<string>>();

  constructor(view: Pick<View, "folder" | "workspace">, context: TreeContext) {
    this.#view = view;
    this.#context = context;
    this.#laid = new LaidList(view, context.disk);
    this.#refresh();
  }

  #refresh(): void {
    for (const { path } of this.#laid.refresh()) this.#addOnTheWay(path);
  }

  #addOnTheWay(path: string): void {
    const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    const before = this.#onTheWay.get(parent);
    this.#onTheWay.set(parent, (before ?? new Set()).add(path.slice(parent === "" ? 0 : parent.length + 1)));
    if (before === undefined && parent !== "") this.#addOnTheWay(parent);
  }

  /** Null: nothing is there. */
  lookup(directory: number, name: string): Look | null {
    this.#refresh();
    const above = this.#paths.get(directory);
    if (above === undefined) return null;
    const path = above === "" ? name : `${above}/${name}`;
    const laid = this.#laid.byPath.get(path);
    if (laid !== undefined) return this.#lookOf(laid);
    const ground = this.#ground(path);
    return ground === null && !this.#onTheWay.has(path) ? null : this.#directory(path, ground);
  }

  look(node: number): Look | null {
    const laid = this.#laid.byInode.get(node);
    if (laid !== undefined) return this.#lookOf(laid);
    const path = this.#paths.get(node);
    return path === undefined ? null : this.#directory(path, this.#ground(path));
  }

  file(node: number): Laid | null {
    return this.#laid.byInode.get(node) ?? null;
  }

  /** Only what was laid and the way to it: the rest is listed by the layer below. Each keeps its place in the list; null: it is gone. Null: no directory. */
  names(node: number): readonly (DirectoryName | null)[] | null {
    this.#refresh();
    const path = this.#paths.get(node);
    if (path === undefined) return null;
    return [...(this.#onTheWay.get(path) ?? [])].map((name) => {
      const look = this.lookup(node, name);
      return look === null ? null : { name, node: look.node, type: (look.mode & DIRECTORY) !== 0 ? ENTRY_TYPE.directory : ENTRY_TYPE.file };
    });
  }

  #lookOf({ inode, permissions, sizeBytes, mtimeNs, ctimeNs }: Laid): Look {
    return { node: inode, mode: REGULAR | permissions, sizeBytes, mtimeNs, ctimeNs, user: this.#context.user, group: this.#context.group, isFixed: true };
  }

  /** The directory below: that of what the workspace was, or the workspace's. Null: there is none. */
  #ground(path: string): { readonly at: AbsPath; readonly signature: Signature } | null {
    const of = (root: AbsPath): AbsPath => (path === "" ? root : absPath(`${root}/${path}`));
    const places = [of(keptOf(this.#view)), of(this.#view.workspace)];
    for (const [index, signature] of this.#context.disk.signatures(places).entries()) {
      const at = places[index];
      if (at === undefined || signature === null) continue;
      return isSignature(signature) && typeOf(signature) === "directory" ? { at, signature } : null;
    }
    return null;
  }

  #directory(path: string, ground: { readonly at: AbsPath; readonly signature: Signature } | null): Look {
    const known = this.#nodes.get(path);
    const node = known ?? this.#nodes.size + ROOT;
    if (known === undefined) {
      this.#nodes.set(path, node);
      this.#paths.set(node, path);
    }
    const owner = ground === null ? 0 : this.#context.native.owner(ground.at);
    const { user, group } = typeof owner === "number" ? this.#context : { user: owner.readUInt32LE(0), group: owner.readUInt32LE(4) };
    const times = ground === null ? { mtimeNs: 0n, ctimeNs: 0n } : { mtimeNs: mtimeNsOf(ground.signature), ctimeNs: ctimeNsOf(ground.signature) };
    return { node, mode: ground === null ? DIRECTORY | 0o755 : modeOf(ground.signature), sizeBytes: 0, ...times, user, group, isFixed: false };
  }
}
