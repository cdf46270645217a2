// Raw paths of records -> nodes. Walks one component at a time as the kernel
// does: links are followed where they stand now, ".." leaves the directory that
// was really reached. What no record has touched is looked up on disk.

import { LINK_HOPS_MAX, PATH_BYTES_MAX } from "../base/limits.ts";
import type { World } from "./image.ts";
import { attach, join, Node, nodeFrom, ROOT } from "./node.ts";

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

export class Tree {
  readonly root: Node;
  readonly #world: World;
  /** Directories by raw path, good until a link or directory changes its place. */
  readonly #directories = new Map<string, Node>();
  /** Told of every link that a path led through. */
  onHop: (link: Node) => void = () => undefined;

  constructor(world: World) {
    this.#world = world;
    this.root = nodeFrom(world.lookup(ROOT), ROOT);
    this.root.type = "directory";
  }

  forget(): void {
    this.#directories.clear();
  }

  childOf(directory: Node, name: string): Node {
    const known = directory.children?.get(name);
    if (known !== undefined) return known;
    const disk = directory.disk === null ? null : join(directory.disk, name);
    const child = nodeFrom(disk === null ? null : this.#world.lookup(disk), disk);
    // One string where it can be: what is made of it later (a sum, a place in an order) is made once.
    child.origin = directory.origin === directory.disk ? disk : directory.origin === null ? null : join(directory.origin, name);
    attach(directory, name, child);
    return child;
  }

  /** `exists`: the call succeeded, so every directory on the way was there, whatever the disk says by now. */
  resolve(raw: string, follow: boolean, exists: boolean): Place | NoPlace {
    if (raw.length > PATH_BYTES_MAX) return "path-too-long";
    if (!raw.startsWith("/") || raw.includes("\0")) return "path-unknown";
    const cut = raw.lastIndexOf("/");
    const last = raw.slice(cut + 1);
    if (cut < 1 || last === "" || last === "." || last === "..") return this.#walk(this.root, raw, follow, exists);
    const prefix = raw.slice(0, cut);
    let directory = this.#directories.get(prefix);
    if (directory?.type !== "directory") {
      const found = this.#walk(this.root, prefix, true, exists);
      if (typeof found === "string") return found === "kernel" && ESCAPE.test(raw) ? "path-unknown" : found;
      if (found.isBlocked) return found;
      if (found.node.type !== "directory") {
        if (!exists) return { ...found, isBlocked: true };
        this.#force(found.node);
      }
      directory = found.node;
      this.#directories.set(prefix, directory);
    }
    const node = this.childOf(directory, last);
    if (node.type !== "link" || !follow) return { parent: directory, name: last, node, isBlocked: false };
    return this.#walk(directory, last, follow, exists);
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
