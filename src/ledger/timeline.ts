// Events in the order of the run. What an image did and what those below it did
// come as lists of their own, each in order; here they become one.

import type { Event } from "./event.ts";
import { InOrder } from "./in-order.ts";

/** Several events may be one object: an event does not know its place. */
export interface Events {
  readonly length: number;
  /** In the order of the run; what has the same position comes in the order given. */
  each(visit: (event: Event, seq: number) => void): void;
}

export class Timeline extends InOrder<Event> implements Events {
  static of(lists: readonly Events[]): Timeline {
    const timeline = new Timeline();
    for (const list of lists) timeline.addAll(list);
    return timeline;
  }

  addAll(events: Events): void {
    events.each((event, seq) => { this.add(event, seq); });
  }
}
