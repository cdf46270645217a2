// Renames. A file that moves is content relied on under its old name and an
// effect under the new one. A directory that existed before moves as a whole:
// its content stays unread, and the move itself is the effect.

import { typeOf, type Signature } from "../base/signature.ts";
import { relyOn } from "./changes.ts";
import type { FileRecord } from "./event.ts";
import { FLAGS } from "./layout.ts";
import { slotPath, type Model } from "./model.ts";
import { isAtOrBelow, Node } from "./node.ts";
import { adopt, missed, wasEmpty, wasNotEmpty } from "./reads.ts";
import type { Place } from "./resolve.ts";

type Renamed = Extract<FileRecord, { readonly kind: "renamed" }>;

const isOldDirectory = (node: Node): boolean => node.type === "directory" && node.origin !== null;

/** Nothing but moves happened to this name, so a replay that moves first finds it as it was. */
function isFreeForMove(place: Place): boolean {
  const first = place.parent.replaced?.get(place.name) ?? place.node;
  if (place.parent.origin === null) return false;
  if (first.type === "directory") return first === place.node || first.isMoved;
  return first.type === "absent" && first === place.node;
}

function move(model: Model, from: Place, to: Place, signature: Signature, replaced: Signature | null): void {
  const { node } = from;
  if (isOldDirectory(node)) {
    if (!isFreeForMove(to)) model.doubt("directory-move", `${slotPath(from)} -> ${slotPath(to)}`);
    model.moves.push({ from: slotPath(from), to: slotPath(to) });
    relyOn(model, node, signature, "type");
    node.isMoved = true;
    if (node.isChanged) model.change(node);
  } else relyOn(model, node, signature, "content");
  if (isOldDirectory(to.node)) relyOn(model, to.node, to.node.signature, "type");
  if (replaced !== null && isOldDirectory(to.node)) wasEmpty(model, slotPath(to), replaced);
  to.node.isLost = true;
  model.put(from, new Node("absent"));
  model.put(to, node);
}

function exchange(model: Model, from: Place, to: Place, moved: Signature, replaced: Signature | null): void {
  for (const [place, signature] of [[from, moved], [to, replaced]] as const) {
    if (isOldDirectory(place.node)) model.doubt("directory-move", slotPath(place));
    relyOn(model, place.node, signature, "content");
  }
  model.put(from, to.node);
  model.put(to, from.node);
}

export function renamed(model: Model, record: Renamed): void {
  const { moved, replaced } = record;
  const from = model.find(record.from, false, true);
  const to = model.find(record.to, false, !model.failed.has(record));
  if (from === null || to === null || moved === null) return;
  const emitted = { ...record, from: slotPath(from), to: slotPath(to) };
  if (model.failed.has(record)) {
    relyOn(model, from.node, moved, "type");
    model.emit(emitted);
    if (replaced !== null && typeOf(replaced) === "directory" && typeOf(moved) === "directory" && to.node.type === "directory") wasNotEmpty(model, to.node, record.to, replaced);
    if (to.isBlocked) missed(model, { ...record, kind: "missing", error: 2, path: record.to });
    return;
  }
  const isKnot = isAtOrBelow(to.parent, from.node) || isAtOrBelow(from.parent, to.node);
  if (isKnot || !adopt(model, from.node, moved)) return model.giveUp("foreign-change", emitted.from);
  if (replaced !== null && to.node.type === "absent" && to.node.origin !== null) adopt(model, to.node, replaced);
  if ((record.flags & FLAGS.exchanged) !== 0) exchange(model, from, to, moved, replaced);
  else move(model, from, to, moved, replaced);
  model.emit(emitted);
}
