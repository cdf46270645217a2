// Events of many processes in little memory. What is equal but for its place in
// the order of the run is kept once, with its places: a library that a hundred
// thousand programs open is one event. Nothing is left out, so what comes out is
// what was put in; but for looks at what nothing has changed in the run so far, of
// which the first stands for all: a unit relies on what it saw first.

import type { Event } from "./event.ts";
import type { Events } from "./timeline.ts";

/** How many events of one path are compared with a new one: a file that changes all the time has many. */
const COMPARED_MAX = 8;

/** Only accesses: a change is told from an equal one by which record it is (see Model.made). */
function isEqual(a: Event["record"], b: Event["record"]): boolean {
  if (a.flags !== b.flags) return false;
  switch (a.kind) {
    case "opened":
    case "stated":
    case "typed": return a.kind === b.kind && a.path === b.path && a.file === b.file;
    case "missing": return a.kind === b.kind && a.path === b.path && a.error === b.error;
    case "readlink": return a.kind === b.kind && a.path === b.path && a.error === b.error && a.target === b.target;
    case "listed": return a.kind === b.kind && a.path === b.path && a.directory === b.directory && a.names === b.names;
    case "executed": return a.kind === b.kind && a.start.path === b.start.path; // When is kept for each.
    default: return false;
  }
}

const isSame = (a: Event, b: Event): boolean => a.program === b.program && a.role === b.role && isEqual(a.record, b.record);

function pathOf({ record }: Event): string | null {
  if (record.kind === "executed") return record.start.path;
  return "path" in record ? record.path : null;
}

const startedNsOf = ({ record }: Event): bigint | null => (record.kind === "executed" ? record.start.startedNs : null);

/** As it was put in, whatever the equal one that was kept. */
function started(event: Event, startedNs: bigint): Event {
  const { record } = event;
  if (record.kind !== "executed" || record.start.startedNs === startedNs) return event;
  return { ...event, record: { ...record, start: { ...record.start, startedNs } } };
}

/** Whether nothing that the run has done so far can have changed what a look at this path (as it was written) finds. */
export type IsSteady = (path: string) => boolean;

const CHANGING: IsSteady = () => false;

export class EventLog implements Events {
  readonly #isSteady: IsSteady;
  readonly #distinct: Event[] = [];
  /** For each distinct event the one before it with the same path, -1: none. */
  readonly #before: number[] = [];
  readonly #lastOfPath = new Map<string, number>();
  /** Of each distinct look that stands for all equal ones, the first place. */
  readonly #firsts = new Map<number, number>();
  /** For each event its position, and which of the distinct ones it is. */
  #seqs = new Float64Array(16);
  #which = new Uint32Array(16);
  #length = 0;
  /** For each start of a program, in the order of the events. */
  #startedNs = new BigInt64Array(4);
  #starts = 0;
  #isSorted = true;

  constructor(isSteady = CHANGING) {
    this.#isSteady = isSteady;
  }

  get length(): number {
    return this.#length + this.#firsts.size;
  }

  /** How many events are kept. */
  get distinct(): number {
    return this.#distinct.length;
  }

  addAll(events: Events): void {
    events.each((event, seq) => {
      const which = this.#indexOf(event);
      if (this.#isSteadyLook(event)) this.#firsts.set(which, Math.min(seq, this.#firsts.get(which) ?? seq));
      else this.#push(seq, which, startedNsOf(event));
    });
  }

  #isSteadyLook({ record }: Event): boolean {
    switch (record.kind) {
      case "opened": case "stated": case "typed": case "missing": case "readlink": case "listed": return this.#isSteady(record.path);
      default: return false;
    }
  }

  each(visit: (event: Event, seq: number) => void): void {
    this.#sort();
    const firsts = [...this.#firsts].sort(([, a], [, b]) => a - b);
    let [start, next] = [0, 0];
    const firstsUntil = (seq: number): void => {
      for (let first = firsts[next]; first !== undefined && first[1] <= seq; first = firsts[++next]) {
        const event = this.#distinct[first[0]];
        if (event !== undefined) visit(event, first[1]);
      }
    };
    for (let at = 0; at < this.#length; at += 1) {
      const event = this.#distinct[this.#which[at] ?? -1];
      const seq = this.#seqs[at] ?? 0;
      if (event === undefined) continue;
      firstsUntil(seq);
      visit(event.record.kind === "executed" ? started(event, this.#startedNs[start++] ?? 0n) : event, seq);
    }
    firstsUntil(Infinity);
  }

  #isStart(which: number): boolean {
    return this.#distinct[which]?.record.kind === "executed";
  }

  #indexOf(event: Event): number {
    const path = pathOf(event);
    const last = path === null ? -1 : (this.#lastOfPath.get(path) ?? -1);
    for (let index = last, left = COMPARED_MAX; index >= 0 && left > 0; left -= 1) {
      const known = this.#distinct[index];
      if (known !== undefined && isSame(known, event)) return index;
      index = this.#before[index] ?? -1;
    }
    const index = this.#distinct.push(event) - 1;
    this.#before.push(last);
    if (path !== null) this.#lastOfPath.set(path, index);
    return index;
  }

  #push(seq: number, which: number, startedNs: bigint | null): void {
    if (this.#length === this.#seqs.length) {
      const [seqs, indexes] = [this.#seqs, this.#which];
      this.#seqs = new Float64Array(seqs.length * 2);
      this.#which = new Uint32Array(indexes.length * 2);
      this.#seqs.set(seqs);
      this.#which.set(indexes);
    }
    if (this.#length > 0 && seq < (this.#seqs[this.#length - 1] ?? 0)) this.#isSorted = false;
    this.#seqs[this.#length] = seq;
    this.#which[this.#length] = which;
    this.#length += 1;
    if (startedNs !== null) this.#pushStart(startedNs);
  }

  #pushStart(startedNs: bigint): void {
    if (this.#starts === this.#startedNs.length) {
      const before = this.#startedNs;
      this.#startedNs = new BigInt64Array(before.length * 2);
      this.#startedNs.set(before);
    }
    this.#startedNs[this.#starts] = startedNs;
    this.#starts += 1;
  }

  #sort(): void {
    if (this.#isSorted) return;
    const [seqs, which] = [this.#seqs.slice(0, this.#length), this.#which.slice(0, this.#length)];
    const order = Array.from(seqs.keys()).sort((a, b) => (seqs[a] ?? 0) - (seqs[b] ?? 0));
    this.#sortStarts(order);
    for (const [at, from] of order.entries()) {
      this.#seqs[at] = seqs[from] ?? 0;
      this.#which[at] = which[from] ?? 0;
    }
    this.#isSorted = true;
  }

  #sortStarts(order: readonly number[]): void {
    const startOf = new Map<number, bigint>();
    for (let at = 0; at < this.#length; at += 1) if (this.#isStart(this.#which[at] ?? 0)) startOf.set(at, this.#startedNs[startOf.size] ?? 0n);
    let start = 0;
    for (const from of order) {
      const startedNs = startOf.get(from);
      if (startedNs !== undefined) this.#startedNs[start++] = startedNs;
    }
  }
}
