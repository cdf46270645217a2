// What each record of an access teaches about the time before the unit.

import { EACCES } from "../base/disk.ts";
import { typeOf, type Signature } from "../base/signature.ts";
import type { FileRecord } from "./event.ts";
import { FLAGS } from "./layout.ts";
import { namesBefore } from "./listing.ts";
import type { Model } from "./model.ts";
import { pathOf, type Node } from "./node.ts";
import type { Place } from "./resolve.ts";

type Of<Kind extends FileRecord["kind"]> = Extract<FileRecord, { readonly kind: Kind }>;

const EINVAL = 22;

/** Nothing but a record has spoken of it: a record may still say what it was. */
const isOpenQuestion = (node: Node): boolean => node.origin !== null && node.fact === null && !node.isChanged && node.replaced === null;

/** Takes the record's word for what is there. False, and a doubt, when the unit itself had taken it away. */
export function adopt(model: Model, node: Node, signature: Signature): boolean {
  const type = typeOf(signature);
  if (node.type === type) return true;
  if (isOpenQuestion(node)) {
    node.type = type;
    node.signature = signature;
    model.tree.forget();
    return true;
  }
  if (node.type !== "absent") return true;
  model.doubt("foreign-change", pathOf(node));
  return false;
}

function learnState(model: Model, record: Of<"opened" | "stated" | "typed">, place: Place, file: Signature): void {
  const { node } = place;
  if (!adopt(model, node, file)) return model.giveUp("foreign-change", pathOf(node));
  if (node.type === "link") return model.learnLink(node);
  const depth = record.kind === "opened" ? "content" : record.kind === "stated" ? "stated" : "type";
  const kind = typeOf(file) === "file" && node.type === "file" ? depth : "type";
  const isMore = model.learn(node, kind, file);
  if ((record.kind !== "typed" && model.learnPermissions(node, file)) || isMore) model.emit({ ...record, path: pathOf(node) });
}

export function seen(model: Model, record: Of<"opened" | "stated" | "typed">): void {
  const { file } = record;
  if (file === null && model.event?.role === "executed") return programGone(model, record);
  if (file === null) return missed(model, { ...record, kind: "missing", error: 2 });
  const place = model.find(record.path, (record.flags & FLAGS.nofollow) === 0, true);
  if (place !== null) learnState(model, record, place, file);
}

/** A program that no longer was there when its image was folded. No harm where the unit made it. */
function programGone(model: Model, record: Of<"opened" | "stated" | "typed">): void {
  const place = model.find(record.path, true, true);
  if (place !== null && place.node.origin !== null && !place.node.isWritten) model.giveUp("program-gone", record.path);
}

/** The first name that could not be looked at. That it can be now says nothing of then. */
function refused(model: Model, record: Of<"missing">, node: Node): void {
  if (node.type !== "absent") return model.doubt("error", record.path);
  if (model.learn(node, "denied", null)) model.emit({ kind: "missing", flags: FLAGS.nofollow, error: record.error, path: pathOf(node) });
}

export function missed(model: Model, record: Of<"missing">): void {
  const place = model.find(record.path, (record.flags & FLAGS.nofollow) === 0, false);
  if (place === null) return;
  const { node, isBlocked } = place;
  if (record.error === EACCES) return refused(model, record, node);
  if (isBlocked && node.type !== "absent") {
    if (model.learn(node, "type", node.signature)) model.emitType(node);
    return;
  }
  if (node.type !== "absent") {
    if (!isOpenQuestion(node)) return;
    node.type = "absent";
    model.tree.forget();
  }
  if (model.learn(node, "missing", null)) model.emit({ kind: "missing", flags: FLAGS.nofollow, error: record.error, path: pathOf(node) });
}

export function readLink(model: Model, record: Of<"readlink">): void {
  const { path, error } = record;
  if (error !== 0 && error !== EINVAL) return missed(model, { ...record, kind: "missing", flags: record.flags | FLAGS.nofollow });
  const place = model.find(path, false, true);
  if (place === null) return;
  const { node } = place;
  if (isOpenQuestion(node)) {
    if (error === 0) {
      node.type = "link";
      node.target = record.target;
      model.tree.forget();
    } else if (node.type === "absent") node.type = "file";
  }
  if (node.type === "link") return model.learnLink(node);
  if (model.learn(node, "type", node.signature)) model.emit({ ...record, path: pathOf(node) });
}

/** It was removed, or another one was moved over it: nothing else was in it then. */
export function wasEmpty(model: Model, path: string, directory: Signature): void {
  listed(model, { kind: "listed", flags: FLAGS.nofollow, directory, names: "", path });
}

/** It could not be removed, or moved over: something was in it. */
export function wasNotEmpty(model: Model, node: Node, path: string, directory: Signature): void {
  const { namesBySignature, namesNow } = model.context;
  const names = namesBySignature.get(directory) ?? (node.disk === null ? null : namesNow(node.disk, directory));
  if (names !== null) listed(model, { kind: "listed", flags: FLAGS.nofollow, directory, names, path });
  else node.owesNames = true;
}

export function listed(model: Model, record: Of<"listed">): void {
  const { directory } = record;
  const place = model.find(record.path, (record.flags & FLAGS.nofollow) === 0, true);
  if (place === null || directory === null) return;
  if (!adopt(model, place.node, directory)) return model.giveUp("foreign-change", pathOf(place.node));
  if (place.node.origin === null) return;
  const isRepeated = (record.flags & FLAGS.repeated) !== 0;
  const names = isRepeated ? model.context.namesBySignature.get(directory) : record.names;
  if (names === undefined) return model.giveUp("listing-lost", pathOf(place.node));
  const before = namesBefore(place.node, names);
  if (before === null) return model.giveUp("listing-lost", pathOf(place.node));
  const { fact } = place.node;
  // The first one is the fact; that a later one tells something else is somebody else's doing.
  if (fact?.kind === "listed" && fact.names !== before) return model.giveUp("changed-during-run", pathOf(place.node));
  if (!model.learnNames(place.node, directory, before)) return;
  model.emit({ ...record, flags: record.flags & ~FLAGS.repeated, names, path: pathOf(place.node) });
}
