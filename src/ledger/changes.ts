// What each record of a change does to the tree, and what its success says about
// the time before: removing needs something there, making needs nothing there,
// and bytes that are not overwritten are bytes that were relied on.

import { linkCountOf, permissionsOf, typeOf, type Signature } from "../base/signature.ts";
import type { Event, FileRecord, Touched } from "./event.ts";
import { FLAGS } from "./layout.ts";
import { slotPath, type Model } from "./model.ts";
import { Node } from "./node.ts";
import { adopt, missed, wasEmpty, wasNotEmpty } from "./reads.ts";
import type { Place } from "./resolve.ts";

type Of<Kind extends FileRecord["kind"]> = Extract<FileRecord, { readonly kind: Kind }>;

/** What the unit made: nothing about it is a fact. */
function madeNode(model: Model, record: Event["record"], type: Node["type"]): Node {
  const node = model.made.get(record) ?? new Node(type);
  node.origin = null;
  node.isWritten = node.type === "file";
  return node;
}

/** The name must have been free. Not of what the unit removed: that learns nothing. */
function wasFree(model: Model, place: Place): void {
  const { node } = place;
  if (node.type !== "absent" && node.fact === null && node.replaced === null && !node.isChanged) node.type = "absent";
  if (node.type === "absent") model.learn(node, "missing", null);
}

/** A call that had nowhere to act: the directory was missing, and that is what was learned. */
const failed = (model: Model, record: FileRecord, path: string): void => missed(model, { kind: "missing", flags: FLAGS.nofollow, error: 2, path });

/** The state before survives in part, or is needed for the call to succeed. Comes before the change goes up: it may hand up a link first. */
export function relyOn(model: Model, node: Node, signature: Signature | null, kind: "content" | "type"): void {
  if (node.type === "link") model.learnLink(node);
  else model.learn(node, node.type === "file" ? kind : "type", signature);
}

/** What a program makes has these where nobody chose others. O_TRUNC keeps those that are there, and a new file would not get odd ones. */
const PLAIN_PERMISSIONS: ReadonlySet<number> = new Set([0o644, 0o664]);

export function wrote(model: Model, record: Of<"wrote">): void {
  const { before } = record;
  if (model.failed.has(record)) return failed(model, record, record.path);
  const place = model.find(record.path, (record.flags & FLAGS.nofollow) === 0, true);
  if (place === null) return;
  const { node } = place;
  if (before !== null && typeOf(before) !== "file") {
    if (adopt(model, node, before) && model.learn(node, "type", before)) model.emit({ kind: "typed", flags: record.flags, file: before, path: slotPath(place) });
    return;
  }
  const isTruncated = (record.flags & FLAGS.truncated) !== 0;
  if (before !== null && node.isWritten && node.type === "file") return; // Written again: nothing new.
  const isNew = before === null || !adopt(model, node, before);
  if (!isNew && (!isTruncated || !PLAIN_PERMISSIONS.has(permissionsOf(before)))) {
    if (isTruncated && node.fact?.kind !== "content") node.isUnread = true;
    relyOn(model, node, before, "content");
  }
  model.emit({ ...record, path: slotPath(place) });
  if (isNew) {
    if (!isTruncated) wasFree(model, place);
    const made = madeNode(model, record, "file");
    model.put(place, made);
    return model.write(made);
  }
  if (isTruncated) for (const twin of node.twins ?? [node]) twin.isLost = true;
  if (node.origin !== null && linkCountOf(before) > 1 && node.twins === null) model.doubt("hard-link", slotPath(place));
  model.write(node);
}

export function removed(model: Model, record: Of<"removed">): void {
  const { before } = record;
  const place = model.find(record.path, false, true);
  if (place === null || before === null) return;
  const { node } = place;
  const isDirectory = typeOf(before) === "directory";
  if (model.failed.has(record)) {
    relyOn(model, node, before, "type");
    // As it is: for the unit around it, what was in the directory is the same question.
    model.emit({ ...record, path: slotPath(place) });
    if (isDirectory && node.type === "directory") wasNotEmpty(model, node, record.path, before);
    return;
  }
  if (node.type === "absent") adopt(model, node, before);
  relyOn(model, node, before, "type");
  if (isDirectory) wasEmpty(model, record.path, before);
  model.emit({ ...record, path: slotPath(place) });
  node.isLost = true;
  model.put(place, new Node("absent"));
}

export function made(model: Model, record: Of<"made-dir" | "made-link" | "made-node">): void {
  if (model.failed.has(record)) return failed(model, record, record.path);
  const place = model.find(record.path, false, true);
  if (place === null) return;
  model.emit({ ...record, path: slotPath(place) });
  wasFree(model, place);
  const type = record.kind === "made-dir" ? "directory" : record.kind === "made-link" ? "link" : "fifo";
  const node = madeNode(model, record, type);
  if (record.kind === "made-link") node.target = record.target;
  model.put(place, node);
}

export function linked(model: Model, record: Of<"linked">): void {
  if (model.failed.has(record)) return failed(model, record, record.to);
  const to = model.find(record.to, false, true);
  const from = model.tree.resolve(record.from, false, true);
  if (to === null) return;
  const fromPath = typeof from === "string" ? record.from : slotPath(from);
  wasFree(model, to);
  const node = madeNode(model, record, "file");
  node.isWritten = false; // Its bytes are those of the other name; a write to one is a write to both.
  if (typeof from !== "string") {
    // From below /proc: a file without a name gets its first one.
    relyOn(model, from.node, record.file, "content");
    from.node.twins ??= [from.node];
    from.node.twins.push(node);
    node.twins = from.node.twins;
  } else if (from !== "kernel") model.doubt(from, record.from);
  model.emit({ ...record, from: fromPath, to: slotPath(to) });
  model.put(to, node);
}

export function changed(model: Model, record: Of<"changed">): void {
  const { before } = record;
  const place = model.find(record.path, (record.flags & FLAGS.nofollow) === 0, true);
  if (place === null || before === null) return;
  const { node } = place;
  if (!adopt(model, node, before)) return model.giveUp("foreign-change", slotPath(place));
  if (node.origin === null) return;
  relyOn(model, node, before, "content");
  model.emit({ ...record, path: slotPath(place) });
  model.change(node);
}

/** A replayed entry changed this path: what is there now came from it. */
export function touched(model: Model, record: Touched): void {
  const place = model.find(record.path, false, true);
  if (place === null) return;
  model.emit(record);
  const { node } = place;
  const after = model.made.get(record);
  if (after !== undefined && (after.type !== node.type || node.origin === null)) {
    if (node.type === "absent" && after.type === "absent") return;
    after.origin = null;
    after.isWritten = after.type === "file";
    node.isLost = true;
    return model.put(place, after);
  }
  node.isLost = true;
  if (node.type === "directory") model.change(node);
  else model.write(node);
}
