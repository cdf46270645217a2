// Raw paths of records -> nodes. Walks one component at a time as the kernel
// does: links are followed where they stand now, ".." leaves the directory that
// was really reached. What no record has touched is looked up on disk.

import { join } from "../base/path.ts";
import { LINK_HOPS_MAX, PATH_BYTES_MAX } from "../base/limits.ts";
import type { World } from "./image.ts";
import { attach, isAttached, Node, nodeFrom, ROOT } from "./node.ts";

export interface Place {
  readonly parent: Node;
  readonly name: string;
  readonly node: Node;
  /** The walk ended here with components left: nothing can be below it. */
  readonly isBlocked: boolean;
}

/** "kernel": below /proc, /sys or /dev, where nothing is a fact. The others are doubts. */
export type NoPlace = "kernel" | "path-too-long" | "path-loop" | "path-unknown";

/** A file of another process or of this one, by way of /proc: its real name is not known. */
const ESCAPE = /^\/proc\/(self|thread-self|\d+)(\/task\/\d+)?\/(cwd|root|fd\/\d+)\/./;

const isKernel = (parent: Node, name: string, rest: readonly string[]): boolean =>
  parent.parent === null && (name === "proc" || name === "sys" || (name === "dev" && rest.at(-1) !== "shm"));

/** What is in the way is no directory yet, and nothing has taken its place. Other changes on the way there make the tree forget. */
const isStillBlocked = ({ node }: Place): boolean => node.type !== "directory" && isAttached(node);

/** So many are kept of one run; then it begins anew. */
const CUTS_MAX = 1 << 16;

interface Cut {
  readonly prefix: string;
  readonly last: string;
}

/** Where raw paths are cut, for all folds of a run: equal looks come with one string, and asking a table with it is cheaper than cutting it again. */
export class Cuts {
  readonly #cuts = new Map<string, Cut | null>();

  /** Null: it has to be walked from the root. */
  of(raw: string): Cut | null {
    const known = this.#cuts.get(raw);
    if (known !== undefined) return known;
    const at = raw.lastIndexOf("/");
    const last = raw.slice(at + 1);
    const cut = at < 1 || last === "" || last === "." || last === ".." || isUnusable(raw) !== null ? null : { prefix: raw.slice(0, at), last };
    if (this.#cuts.size === CUTS_MAX) this.#cuts.clear();
    this.#cuts.set(raw, cut);
    return cut;
  }
}

function isUnusable(raw: string): "path-too-long" | "path-unknown" | null {
  if (raw.length > PATH_BYTES_MAX) return "path-too-long";
  return !raw.startsWith("/") || raw.includes("\0") ? "path-unknown" : null;
}

export class Tree {
  readonly root: Node;
  readonly #world: World;
  readonly #cuts: Cuts;
  /** Directories by raw path, good until a link or directory changes its place. */
  readonly #directories = new Map<string, Node>();
  /** Where the walk to a directory ended too early, by raw path: a search path of a compiler is full of them. */
  readonly #blocked = new Map<string, Place>();
  /** Told of every link that a path led through. */
  onHop: (link: Node) => void = () => undefined;

  constructor(world: World, cuts: Cuts) {
    this.#world = world;
    this.#cuts = cuts;
    this.root = nodeFrom(world.lookup(ROOT), ROOT);
    this.root.type = "directory";
  }

  forget(): void {
    this.#directories.clear();
    this.#blocked.clear();
  }

  childOf(directory: Node, name: string): Node {
    const known = directory.children?.get(name);
    if (known !== undefined) return known;
    const there = directory.disk === null ? null : (directory.directory ??= this.#world.directory(directory.disk));
    const disk = there === null ? null : there.pathOf(name);
    const child = nodeFrom(there === null ? null : there.lookup(name), disk);
    child.origin = directory.origin === directory.disk ? disk : directory.origin === null ? null : join(directory.origin, name);
    attach(directory, name, child);
    return child;
  }

  /** `exists`: the call succeeded, so every directory on the way was there, whatever the disk says by now. */
  resolve(raw: string, follow: boolean, exists: boolean): Place | NoPlace {
    const cut = this.#cuts.of(raw);
    if (cut === null) return isUnusable(raw) ?? this.#walk(this.root, raw, follow, exists);
    const { prefix, last } = cut;
    let directory = this.#directories.get(prefix);
    if (directory?.type !== "directory") {
      const blocked = exists ? undefined : this.#blocked.get(prefix);
      if (blocked !== undefined && isStillBlocked(blocked)) return blocked;
      const found = this.#walk(this.root, prefix, true, exists);
      if (typeof found === "string") return found === "kernel" && ESCAPE.test(raw) ? "path-unknown" : found;
      if (found.isBlocked || (found.node.type !== "directory" && !exists)) return this.#block(prefix, { ...found, isBlocked: true });
      if (found.node.type !== "directory") this.#force(found.node);
      directory = found.node;
      this.#directories.set(prefix, directory);
    }
    const node = this.childOf(directory, last);
    if (node.type !== "link" || !follow) return { parent: directory, name: last, node, isBlocked: false };
    return this.#walk(directory, last, follow, exists);
  }

  #block(prefix: string, place: Place): Place {
    this.#blocked.set(prefix, place);
    return place;
  }

  /** It must have been a directory, for something below it was found. */
  #force(node: Node): void {
    node.type = "directory";
    this.forget();
  }

  #walk(from: Node, raw: string, followLast: boolean, exists: boolean): Place | NoPlace {
    const follow = followLast || raw.endsWith("/");
    const left = raw.split("/").reverse();
    let node = from;
    let hops = 0;
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        node = node.parent ?? node;
        continue;
      }
      if (node.type !== "directory") {
        if (!exists) return { parent: node.parent ?? node, name: node.name, node, isBlocked: true };
        this.#force(node);
      }
      if (isKernel(node, name, left)) return ESCAPE.test(raw) ? "path-unknown" : "kernel";
      const child = this.childOf(node, name);
      if (child.type === "link" && (follow || left.length > 0)) {
        hops += 1;
        if (hops > LINK_HOPS_MAX) return "path-loop";
        if (child.target === null || child.target === "" || child.target.includes("\0")) return "path-unknown";
        this.onHop(child);
        if (child.target.startsWith("/")) node = this.root;
        left.push(...child.target.split("/").reverse());
        continue;
      }
      node = child;
    }
    return { parent: node.parent ?? node, name: node.name, node, isBlocked: false };
  }
}
