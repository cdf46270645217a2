// What a unit leaves behind: the names whose content differs or may differ from
// before. Made and removed again is nothing; an old directory that moved is told
// by its move, and what changed in it by its new name.

import { byteOrder, join, type AbsPath } from "../base/path.ts";
import type { Footprint } from "./footprint.ts";
import type { Model } from "./model.ts";
import { isAttached, pathOf, type Node } from "./node.ts";

const isMovedDirectory = (node: Node): boolean => node.type === "directory" && node.origin !== null && node.isMoved;

function isTouched(before: Node, after: Node): boolean {
  if (before === after) return false; // Away and back again; what changed in it is on the list of changes.
  const isGone = after.type === "absent";
  if (isGone) return before.type !== "absent" && !isMovedDirectory(before);
  if (!isMovedDirectory(after)) return true;
  return before.type !== "absent" && before.type !== "directory";
}

/** Sorted by bytes. Adds a doubt for what no entry can hold. */
export function effectsOf(model: Model): Pick<Footprint, "touched" | "created"> {
  const touched = new Set<AbsPath>();
  const created: AbsPath[] = [];
  for (const directory of model.reshaped) {
    for (const [name, before] of directory.replaced ?? []) {
      const after = directory.children?.get(name);
      if (after === undefined || !isTouched(before, after)) continue;
      const path = join(pathOf(directory), name);
      touched.add(path);
      if (before.type === "absent") created.push(path);
      if (after.type === "fifo" || after.type === "socket" || after.type === "device") model.doubts.add("special-file", "", path);
    }
  }
  for (const node of model.changed) if (isAttached(node)) touched.add(pathOf(node));
  return { touched: [...touched].sort(byteOrder), created: created.sort(byteOrder) };
}
