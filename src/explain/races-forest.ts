// Who started whom, and which of two processes was over when the other began. What the
// kernel forces (a process begins after its parent, a parent knows of an end when the
// child has ended) is here; what a build tool forces is declared.ts.

import { COMPARATORS, isListed } from "../cache/programs.ts";
import { isTaskRunner } from "./ground.ts";
import type { Trace, TracedProcess } from "./trace.ts";
import type { Span } from "./touch.ts";

export interface Extent {
  /** In the order of the run; null: not known. */
  readonly order: Span | null;
  readonly us: Span;
}

/** Two processes below one that started both, or one above the other (`one` null: it is that one). */
export interface Meeting {
  readonly at: TracedProcess;
  readonly one: TracedProcess | null;
  readonly other: TracedProcess | null;
}

/** Pipes and sockets that it, or what it started, writes to and reads from. */
interface Channels {
  readonly said: ReadonlySet<number>;
  readonly heard: ReadonlySet<number>;
}

export class Forest {
  readonly trace: Trace;
  readonly #parents = new Map<number, TracedProcess | null>();
  readonly #depths = new Map<number, number>();
  readonly #children = new Map<number, TracedProcess[]>();
  readonly #extents = new Map<number, Extent>();
  readonly #concurrent = new Map<number, boolean>();
  readonly #hearing = new Map<number, boolean>();
  readonly #channels = new Map<number, Channels>();
  readonly #schedulers = new Map<string, boolean>();

  constructor(trace: Trace) {
    this.trace = trace;
    const byImage = new Map<number, TracedProcess>();
    for (const process of trace.traced) {
      // Who comes later, or is itself, started nobody: a trace that says so is not ours.
      const parent = byImage.get(process.parent) ?? null;
      byImage.set(process.image, process);
      this.#parents.set(process.image, parent);
      this.#depths.set(process.image, parent === null ? 0 : this.#depthOf(parent) + 1);
      if (parent === null) continue;
      const siblings = this.#children.get(process.parent);
      if (siblings === undefined) this.#children.set(process.parent, [process]);
      else siblings.push(process);
    }
    // Children are told after their parents: from behind, each is whole when its parent is looked at.
    for (const process of [...trace.traced].reverse()) this.#extents.set(process.image, this.#extentOf(process));
  }

  childrenOf({ image }: TracedProcess): readonly TracedProcess[] {
    return this.#children.get(image) ?? [];
  }

  parentOf({ image }: TracedProcess): TracedProcess | null {
    return this.#parents.get(image) ?? null;
  }

  /** The innermost first. */
  *above(process: TracedProcess): Generator<TracedProcess> {
    for (let above = this.parentOf(process); above !== null; above = this.parentOf(above)) yield above;
  }

  /** With everything below it. */
  *below(process: TracedProcess): Generator<TracedProcess> {
    const waiting = [process];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      yield next;
      for (const child of [...this.childrenOf(next)].reverse()) waiting.push(child);
    }
  }

  /** From its beginning to the end of the last process below it. */
  extentOf({ image }: TracedProcess): Extent {
    return this.#extents.get(image) ?? { order: null, us: [0, Number.MAX_SAFE_INTEGER] };
  }

  /** A program that decides by itself in which order its children run: what it does itself to files is its own affair. */
  isScheduler(process: TracedProcess): boolean {
    const known = this.#schedulers.get(process.program) ?? isListed(COMPARATORS, process.program);
    this.#schedulers.set(process.program, known);
    return known || isTaskRunner(process, this.trace);
  }

  /** It is what its parent became: a make that has made its own files starts itself anew. */
  isSuccessor(process: TracedProcess): boolean {
    const end = this.parentOf(process)?.end ?? null;
    return end !== null && end.how === 2 && end.successor === process.image;
  }

  meet(one: TracedProcess, other: TracedProcess): Meeting | null {
    let left: TracedProcess | null = one;
    let right: TracedProcess | null = other;
    let below: TracedProcess | null = null;
    let aside: TracedProcess | null = null;
    while (left !== right) {
      if (left === null || right === null) return null;
      const [first, second] = [this.#depthOf(left), this.#depthOf(right)];
      if (first >= second) {
        below = left;
        left = this.parentOf(left);
      }
      if (second >= first) {
        aside = right;
        right = this.parentOf(right);
      }
    }
    return left === null ? null : { at: left, one: below, other: aside };
  }

  /** Each was running while the other was. */
  overlap(one: TracedProcess, other: TracedProcess): boolean {
    return !this.isBefore(one, other) && !this.isBefore(other, one);
  }

  /** It was over, with all that it started, when the other began. */
  isBefore(one: TracedProcess, other: TracedProcess): boolean {
    const [first, second] = [this.extentOf(one), this.extentOf(other)];
    return first.order !== null && second.order !== null ? first.order[1] <= second.order[0] : first.us[1] <= second.us[0];
  }

  /** One reads what the other says: "a | b", through others between them too. */
  arePiped(one: TracedProcess, other: TracedProcess): boolean {
    const [first, second] = [this.#channelsOf(one), this.#channelsOf(other)];
    if ((first.said.size === 0 || second.heard.size === 0) && (second.said.size === 0 || first.heard.size === 0)) return false;
    const isFed = (by: TracedProcess, process: TracedProcess): boolean => [...this.#channelsOf(process).heard].some((channel) => this.#channelsOf(by).said.has(channel));
    if (isFed(one, other) || isFed(other, one)) return true;
    const between = this.childrenOf(this.parentOf(one) ?? one).filter((each) => each !== one && each !== other);
    return between.some((each) => (isFed(one, each) && isFed(each, other)) || (isFed(other, each) && isFed(each, one)));
  }

  /** Somebody may have told it when to go on: it read what it was given, or has a channel beside its three streams. */
  mayBeTold(process: TracedProcess): boolean {
    const known = this.#hearing.get(process.image);
    if (known !== undefined) return known;
    const may = [...this.below(process)].some(({ order }) => order === null || order.links.isLinked || (order.links.hears && order.links.input !== 0));
    this.#hearing.set(process.image, may);
    return may;
  }

  /** It, or what it started, says something into a pipe or socket of its own. */
  mayTell(process: TracedProcess): boolean {
    return this.#channelsOf(process).said.size > 0;
  }

  /** It had two children at a time that were no pipeline. */
  hasConcurrentChildren(process: TracedProcess): boolean {
    const known = this.#concurrent.get(process.image);
    if (known !== undefined) return known;
    const children = this.childrenOf(process);
    let last: TracedProcess | null = null;
    let isConcurrent = false;
    for (const child of children) {
      if (last !== null && this.overlap(last, child) && !this.arePiped(last, child)) isConcurrent = true;
      if (last === null || this.extentOf(child).us[1] > this.extentOf(last).us[1]) last = child;
      if (isConcurrent) break;
    }
    this.#concurrent.set(process.image, isConcurrent);
    return isConcurrent;
  }

  #channelsOf(process: TracedProcess): Channels {
    const known = this.#channels.get(process.image);
    if (known !== undefined) return known;
    const [said, heard] = [new Set<number>(), new Set<number>()];
    for (const { order } of this.below(process)) {
      if (order === null) continue;
      const { input, output, error } = order.links;
      if (input !== 0) heard.add(input);
      for (const channel of [output, error]) if (channel !== 0) said.add(channel);
    }
    const channels = { said, heard };
    this.#channels.set(process.image, channels);
    return channels;
  }

  #depthOf({ image }: TracedProcess): number {
    return this.#depths.get(image) ?? 0;
  }

  #extentOf(process: TracedProcess): Extent {
    const { order, end, startedUs } = process;
    let us = end === null ? Number.MAX_SAFE_INTEGER : end.endedUs;
    let seq: number | null = order === null ? null : order.ended === 0 ? Number.MAX_SAFE_INTEGER : order.ended;
    for (const child of this.childrenOf(process)) {
      const below = this.extentOf(child);
      us = Math.max(us, below.us[1]);
      // Of what was told in few words the place in the order is not known: it is taken to have been over with its parent.
      if (seq !== null && below.order !== null) seq = Math.max(seq, below.order[1]);
    }
    return { order: order === null || seq === null ? null : [order.began, seq], us: [startedUs, us] };
  }
}
