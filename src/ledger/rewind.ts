// The disk shows how things stand after the unit; facts are about how they stood
// before. So every change of the namespace is taken back here, last one first,
// until the tree is the one the unit found. Whatever the disk no longer shows
// (removed links, old names of directories) is known from the records alone.

import { identityOf, typeOf, type Signature } from "../base/signature.ts";
import { join, parentOf, type AbsPath } from "../base/path.ts";
import type { Doubts } from "./doubts.ts";
import type { Event } from "./event.ts";
import { FLAGS } from "./layout.ts";
import type { Model } from "./model.ts";
import { attach, isAtOrBelow, Node, pathOf, ROOT } from "./node.ts";
import type { Place } from "./resolve.ts";
import type { Events } from "./timeline.ts";

/** A node that only records speak of. */
function remembered(signature: Signature | null, target: string | null): Node {
  const node = new Node(signature === null ? "absent" : typeOf(signature));
  node.signature = signature;
  node.target = node.type === "link" ? target : null;
  return node;
}

class Rewind {
  readonly #model: Model;
  readonly #lasting: Doubts;
  /** Where links pointed, by the path that a record used for them. */
  readonly #targets = new Map<string, string>();

  constructor(model: Model, lasting: Doubts) {
    this.#model = model;
    this.#lasting = lasting;
  }

  run(events: Events): void {
    const changes: { readonly event: Event; readonly seq: number }[] = [];
    events.each((event, seq) => {
      const { record } = event;
      if (record.kind === "made-link" || (record.kind === "readlink" && record.error === 0)) this.#targets.set(record.path, record.target);
      if (CHANGES.has(record.kind)) changes.push({ event, seq });
    });
    for (let change = changes.pop(); change !== undefined; change = changes.pop()) {
      this.#model.at(change.event, change.seq);
      this.#undo(change.event.record);
    }
    this.#model.at(null, 0);
    this.#model.tree.forget();
    nameOrigins(this.#model.tree.root, ROOT);
  }

  /** Where the call would have acted. Null, and the record failed, when it was only about to be made and had nowhere to act. */
  #find(record: Event["record"], raw: string, follow: boolean): Place | null {
    const isTrapped = (record.flags & FLAGS.trapped) !== 0;
    const place = this.#model.tree.resolve(raw, follow, !isTrapped);
    if (typeof place === "string") return null;
    if (!place.isBlocked) return place;
    for (let path = pathOf(place.parent); path !== ROOT; path = parentOf(path)) this.#holds(path, null);
    this.#model.failed.add(record);
    return null;
  }

  /** The call was seen before it was made, and the disk says that it failed: as long as what it says was so then. */
  #holds(path: AbsPath, found: Signature | null): void {
    const { context, event, seq } = this.#model;
    if (context.isChangedAfter(path, found, seq)) this.#lasting.add("changed-after-run", event?.program ?? "", `"${path}" was changed after it had tried to`);
  }

  #replace(place: Place, node: Node): void {
    if (place.node.type !== "file" || node.type === "link") this.#model.tree.forget();
    attach(place.parent, place.name, node);
  }

  /** Something was made in an empty name. */
  #unmake(record: Event["record"], raw: string, follow: boolean, made: () => Node): void {
    const place = this.#find(record, raw, follow);
    if (place === null || place.node.parent === null) return;
    this.#model.made.set(record, place.node.type === "absent" ? made() : place.node);
    this.#replace(place, new Node("absent"));
  }

  #undo(record: Event["record"]): void {
    switch (record.kind) {
      case "wrote":
        if (record.before === null) this.#unmake(record, record.path, (record.flags & FLAGS.nofollow) === 0, () => new Node("file"));
        return;
      case "made-dir":
        return this.#unmake(record, record.path, false, () => new Node("directory"));
      case "made-link":
        return this.#unmake(record, record.path, false, () => linkTo(record.target));
      case "made-node":
        return this.#unmake(record, record.path, false, () => new Node("fifo"));
      case "linked":
        return this.#unmake(record, record.to, false, () => new Node("file"));
      case "removed":
        return this.#unremove(record, record.path, record.before);
      case "renamed":
        return this.#unrename(record);
      case "touched":
        return this.#untouch(record, record.path);
      default:
        return;
    }
  }

  #unremove(record: Event["record"], raw: string, before: Signature | null): void {
    const place = this.#find(record, raw, false);
    if (place === null || before === null) return;
    if (place.node.type === "absent" || place.node.isUncertain) this.#replace(place, remembered(before, this.#targets.get(raw) ?? null));
    else if ((record.flags & FLAGS.trapped) !== 0) {
      // Of two threads that were about to remove it at once one did: the later record has said so.
      const isSaid = place.node.disk === null && place.node.signature === before;
      if (!isSaid) this.#holds(join(pathOf(place.parent), place.name), place.node.signature);
      this.#model.failed.add(record);
    }
  }

  #unrename(record: Event["record"] & { readonly kind: "renamed" }): void {
    const { moved, replaced } = record;
    const from = this.#find(record, record.from, false);
    const to = this.#find(record, record.to, false);
    if (from === null || to === null || moved === null || from.node.parent === null || to.node.parent === null) return;
    const isSame = replaced !== null && identityOf(replaced) === identityOf(moved);
    const stayed = from.node.signature !== null && identityOf(from.node.signature) === identityOf(moved);
    const isKnot = isAtOrBelow(from.parent, to.node) || isAtOrBelow(to.parent, from.node);
    if (isSame || isKnot || ((record.flags & FLAGS.trapped) !== 0 && stayed)) {
      this.#holds(join(pathOf(from.parent), from.name), from.node.signature);
      this.#model.failed.add(record);
      return;
    }
    const isSwap = (record.flags & FLAGS.exchanged) !== 0;
    const source = to.node.type === "absent" ? remembered(moved, this.#targets.get(record.from) ?? null) : to.node;
    const replacedBefore = isSwap ? from.node : remembered(replaced, this.#targets.get(record.to) ?? null);
    this.#model.tree.forget();
    attach(to.parent, to.name, replacedBefore);
    attach(from.parent, from.name, source);
  }

  #untouch(record: Event["record"], raw: string): void {
    const place = this.#find(record, raw, false);
    if (place === null || place.node.parent === null) return;
    const after = new Node(place.node.type);
    after.target = place.node.target;
    after.signature = place.node.signature;
    after.disk = place.node.disk;
    this.#model.made.set(record, after);
    place.node.isUncertain = true;
  }
}

const CHANGES: ReadonlySet<Event["record"]["kind"]> = new Set(["wrote", "removed", "made-dir", "made-link", "made-node", "linked", "renamed", "touched"]);

function linkTo(target: string): Node {
  const link = new Node("link");
  link.target = target;
  return link;
}

/** What is in the tree after the rewind is what the unit found; its place is its name. */
function nameOrigins(node: Node, path: AbsPath): void {
  node.origin = path;
  for (const [name, child] of node.children ?? []) nameOrigins(child, join(path, name));
}

/** `lasting`: what no unit around this one knows better. */
export function rewind(model: Model, events: Events, lasting: Doubts): void {
  new Rewind(model, lasting).run(events);
}
