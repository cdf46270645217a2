// The state of one fold: the tree, the facts so far, what goes up to the unit
// around this one. The first access decides: a fact is taken only from a node
// that existed before the unit and that the unit has not written.

import { permissionsOf, typeOf, type FileType, type Signature } from "../base/signature.ts";
import { join, type AbsPath } from "../base/path.ts";
import { Doubts } from "./doubts.ts";
import type { Event } from "./event.ts";
import type { FoldContext } from "./image.ts";
import { FLAGS } from "./layout.ts";
import { attach, isAtOrBelow, Node, pathOf, RANK, type Fact, type FactKind } from "./node.ts";
import { Tree, type Place } from "./resolve.ts";
import { Timeline } from "./timeline.ts";

export interface Move {
  readonly from: AbsPath;
  readonly to: AbsPath;
}

/** Most facts are this one. */
const MISSING: Fact = { kind: "missing", type: "file", signature: null, names: "", timed: false };

export class Model {
  readonly context: FoldContext;
  readonly tree: Tree;
  /** Doubts of this unit only. The record behind each goes up as well, so the unit around this one, which knows more, judges anew. */
  readonly doubts = new Doubts();
  readonly observed: Node[] = [];
  readonly changed: Node[] = [];
  readonly reshaped: Node[] = [];
  readonly moves: Move[] = [];
  /** For the unit around this one: every change, and each access that taught something. */
  readonly events = new Timeline();
  /** What changes of the namespace put in place, as the disk knows it; from the rewind. */
  readonly made = new Map<Event["record"], Node>();
  /** Calls that were seen before they were made, and then failed. */
  readonly failed = new Set<Event["record"]>();
  /** Replaced for each event; its place in the order of the run. */
  event: Event | null = null;
  seq = 0;

  /** False: nobody goes on with `events`, which stay empty. */
  readonly #handsUp: boolean;
  /** The event itself was the last to be handed up. */
  #isHandedUp = false;

  constructor(context: FoldContext, handsUp: boolean) {
    this.context = context;
    this.#handsUp = handsUp;
    this.tree = new Tree(context.world, context.cuts);
  }

  doubt(code: string, detail: string): void {
    this.doubts.add(code, this.event?.program ?? "", detail);
  }

  /** What happens next; null: nothing more. */
  at(event: Event | null, seq: number): void {
    this.event = event;
    this.seq = seq;
    this.#isHandedUp = false;
  }

  /** Null after a doubt, or where nothing is a fact. */
  find(raw: string, follow: boolean, exists: boolean): Place | null {
    const place = this.tree.resolve(raw, follow, exists);
    if (typeof place !== "string") return place;
    if (place !== "kernel") this.giveUp(place, raw);
    return null;
  }

  /** A doubt that stands in place of an event's effect on the tree: the event goes up as it came. */
  giveUp(code: string, detail: string): void {
    this.doubt(code, detail);
    if (this.#handsUp && this.event !== null && !this.#isHandedUp) this.#handUp(this.event);
  }

  emit(record: Event["record"]): void {
    const { event } = this;
    if (event === null || !this.#handsUp) return;
    const old = event.record;
    const isSame = old.kind === record.kind && old.flags === record.flags && "path" in old && "path" in record && old.path === record.path;
    if (isSame) return this.#handUp(event);
    this.events.add({ ...event, record }, this.seq);
    this.#isHandedUp = false;
  }

  #handUp(event: Event): void {
    this.events.add(event, this.seq);
    this.#isHandedUp = true;
  }

  /** True when this is more than was known. The caller hands it up. */
  learn(node: Node, kind: FactKind, signature: Signature | null): boolean {
    if (node.origin === null || node.isWritten) return false;
    const role = this.event?.role;
    const isNewProgram = role === "executed" && !node.isExecuted;
    if (isNewProgram) node.isExecuted = true;
    const timed = role === "timed" && (kind === "stated" || kind === "content");
    const before = node.fact;
    if (before === null) this.observed.push(node);
    else if (RANK[kind] <= RANK[before.kind] && (before.timed || !timed)) return isNewProgram;
    if (before === null && kind === "missing") {
      node.fact = MISSING;
      return true;
    }
    const stronger = before === null || RANK[kind] > RANK[before.kind] ? kind : before.kind;
    const type: FileType = node.type === "absent" ? (signature === null ? "file" : typeOf(signature)) : node.type;
    node.fact = {
      kind: stronger,
      type: before?.type ?? type,
      signature: before?.signature ?? signature,
      names: "",
      timed: timed || before?.timed === true,
    };
    return true;
  }

  /** Likewise, of a directory. */
  learnPermissions(node: Node, signature: Signature): boolean {
    if (this.event?.role !== "timed" || node.type !== "directory" || node.origin === null || node.isChanged || node.permissions !== null) return false;
    node.permissions = permissionsOf(signature);
    return true;
  }

  learnNames(node: Node, signature: Signature | null, names: string): boolean {
    if (!this.learn(node, "listed", signature) || node.fact === null) return false;
    const fact: Fact = { ...node.fact, names };
    node.fact = fact;
    return true;
  }

  /** The link's target where it is known, else that a link is there. */
  learnLink(link: Node): void {
    const { target } = link;
    if (target === null) {
      if (this.learn(link, "type", null)) this.emitType(link);
    } else if (this.learn(link, "link", null)) {
      this.emit({ kind: "readlink", flags: FLAGS.nofollow, error: 0, path: pathOf(link), target });
    }
  }

  emitType(node: Node): void {
    if (node.fact === null) return;
    const file = node.fact.signature ?? node.signature;
    if (file !== null) this.emit({ kind: "typed", flags: FLAGS.nofollow, file, path: pathOf(node) });
  }

  /** The unit puts `node` into a name, or takes away what was there (an absent node). */
  put(place: Place, node: Node): void {
    const { parent, name } = place;
    if (place.node.parent === null) return; // The root has no name.
    if (node.children !== null && isAtOrBelow(parent, node)) return this.giveUp("foreign-change", pathOf(parent));
    if (parent.replaced === null) {
      parent.replaced = new Map();
      this.reshaped.push(parent);
    }
    const before = parent.children?.get(name) ?? place.node;
    if (!parent.replaced.has(name)) parent.replaced.set(name, before);
    if (before.type !== "file" && before.type !== "absent") this.tree.forget();
    attach(parent, name, node);
  }

  change(node: Node): void {
    for (const twin of node.twins ?? [node]) {
      if (!twin.isChanged) this.changed.push(twin);
      twin.isChanged = true;
    }
  }

  write(node: Node): void {
    for (const twin of node.twins ?? [node]) twin.isWritten = true;
    this.change(node);
  }
}

/** The path of a name that may hold nothing. */
export const slotPath = (place: Place): AbsPath => (place.parent === place.node ? pathOf(place.node) : join(pathOf(place.parent), place.name));
