// One thing in the file tree as a unit saw it: what is there now, and what the
// unit learned about the time before it. A rename moves a node, so a fact about
// it keeps its old name (`origin`) while its effect gets the new one.

import { absPath, type AbsPath } from "../base/path.ts";
import type { FileType, Signature } from "../base/signature.ts";
import type { Directory, WorldEntry } from "./image.ts";

/** What is known of a node's state before the unit, weakest first; a stronger fact replaces a weaker one. */
export const RANK = { missing: 1, denied: 1, type: 1, link: 2, stated: 2, content: 3, listed: 3 } as const;
export type FactKind = keyof typeof RANK;

export interface Fact {
  readonly kind: FactKind;
  readonly type: FileType;
  /** Of the first touch. */
  readonly signature: Signature | null;
  readonly names: string;
  readonly timed: boolean;
}

export class Node {
  type: FileType | "absent";
  target: string | null = null;
  signature: Signature | null = null;
  /** Where the disk has it at the time of the fold; null where the disk does not know it. */
  disk: AbsPath | null = null;
  /** Its path before the unit; null for what the unit made (also for an absence that the unit made). */
  origin: AbsPath | null = null;
  /** What the world has below `disk`, once it was asked. */
  directory: Directory | null = null;
  parent: Node | null = null;
  name = "";
  children: Map<string, Node> | null = null;
  /** Of a directory: what was there before in each name that the unit changed. */
  replaced: Map<string, Node> | null = null;
  fact: Fact | null = null;
  /** Of a directory that a program asked about which may show them: its permission bits at first touch. */
  permissions: number | null = null;
  /** A call failed because of the names in it, which only a listing tells. */
  owesNames = false;
  /** The state before is a guess that a record may correct. */
  isUncertain = false;
  /** The unit changed its bytes in place: reading it says nothing about the time before. */
  isWritten = false;
  /** The unit changed it in place, bytes or metadata. */
  isChanged = false;
  /** Its earlier bytes were overwritten or removed. */
  isLost = false;
  isMoved = false;
  isExecuted = false;
  /** Its content is a fact for the sake of its permissions alone. */
  isUnread = false;
  /** Other names of the same file that the unit knows of, itself included. */
  twins: Node[] | null = null;

  constructor(type: FileType | "absent") {
    this.type = type;
  }
}

export function nodeFrom(entry: WorldEntry | null, disk: AbsPath | null): Node {
  const node = new Node(entry?.type ?? "absent");
  node.target = entry?.target ?? null;
  node.signature = entry?.signature ?? null;
  node.disk = disk;
  return node;
}

export function attach(parent: Node, name: string, node: Node): void {
  parent.children ??= new Map();
  parent.children.set(name, node);
  node.parent = parent;
  node.name = name;
}

export const isAttached = (node: Node): boolean => node.parent === null || node.parent.children?.get(node.name) === node;

export const ROOT = absPath("/");

/** Nothing can be put below itself; records of a damaged ledger may say so. */
export function isAtOrBelow(node: Node, ancestor: Node): boolean {
  for (let at: Node | null = node; at !== null; at = at.parent) if (at === ancestor) return true;
  return false;
}

/** Where it is now, or was when it was removed. */
export function pathOf(node: Node): AbsPath {
  let path = "";
  for (let at = node; at.parent !== null; at = at.parent) path = `/${at.name}${path}`;
  return (path === "" ? "/" : path) as AbsPath;
}
