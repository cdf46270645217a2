// Events in the order of the run. What an image did and what those below it did
// come as lists of their own, each in order; here they become one.

import type { Event } from "./event.ts";

/** Several events may be one object: an event does not know its place. */
export interface Events {
  readonly length: number;
  /** In the order of the run; what has the same position comes in the order given. */
  each(visit: (event: Event, seq: number) => void): void;
}

interface Run {
  readonly events: Event[];
  readonly seqs: number[];
}

export class Timeline implements Events {
  /** Each in order; one behind the other they are in the order given. */
  #runs: Run[] = [];
  #length = 0;

  static of(lists: readonly Events[]): Timeline {
    const timeline = new Timeline();
    for (const list of lists) timeline.addAll(list);
    return timeline;
  }

  get length(): number {
    return this.#length;
  }

  add(event: Event, seq: number): void {
    let run = this.#runs.at(-1);
    if (run === undefined || seq < (run.seqs[run.seqs.length - 1] ?? seq)) this.#runs.push((run = { events: [], seqs: [] }));
    run.events.push(event);
    run.seqs.push(seq);
    this.#length += 1;
  }

  addAll(events: Events): void {
    events.each((event, seq) => { this.add(event, seq); });
  }

  each(visit: (event: Event, seq: number) => void): void {
    while (this.#runs.length > 1) this.#runs = mergedInPairs(this.#runs);
    const [run] = this.#runs;
    if (run === undefined) return;
    let at = 0;
    for (const event of run.events) visit(event, run.seqs[at++] ?? 0);
  }
}

function mergedInPairs(runs: readonly Run[]): Run[] {
  const merged: Run[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    const [one, other] = [runs[at], runs[at + 1]];
    if (one !== undefined) merged.push(other === undefined ? one : merge(one, other));
  }
  return merged;
}

/** Of what has the same position, `one` comes first. */
function merge(one: Run, other: Run): Run {
  const merged: Run = { events: [], seqs: [] };
  let at = 0;
  for (const [index, event] of other.events.entries()) {
    const seq = other.seqs[index] ?? 0;
    for (; at < one.seqs.length && (one.seqs[at] ?? 0) <= seq; at += 1) take(merged, one, at);
    merged.events.push(event);
    merged.seqs.push(seq);
  }
  for (; at < one.seqs.length; at += 1) take(merged, one, at);
  return merged;
}

function take(merged: Run, { events, seqs }: Run, at: number): void {
  const [event, seq] = [events[at], seqs[at]];
  if (event === undefined || seq === undefined) return;
  merged.events.push(event);
  merged.seqs.push(seq);
}
