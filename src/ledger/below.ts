// What the units below one image came to, put together as they end: what has to be
// kept of them grows with what they did differently, not with their number. Folding
// an image above this one is folding it above each of them.

import { EventLog, type IsSteady } from "./event-log.ts";
import type { CarriedImage } from "./fold.ts";
import type { Doubt } from "./footprint.ts";
import type { StreamUse } from "./output.ts";
import { Timeline } from "./timeline.ts";
import type { UnitExit } from "./units.ts";

const RECENT_MAX = 10_000;

export class Below {
  readonly #events: EventLog;
  /** Of the last ones to end, as they came: most images have few below them, and looking for equal events takes longer than it saves. */
  #recent = new Timeline();
  readonly #recentMax: number;
  #isAllRead = false;
  readonly #variables = new Set<string>();
  readonly #streams: StreamUse[] = [];
  /** By what they say, each with the first image that said it. */
  readonly #doubts = new Map<string, { readonly image: number; readonly doubt: Doubt }>();
  #lastSeq = 0;
  readonly #exits = new Map<number, UnitExit>();

  /** `recentMax`: how many events are kept as they came before equal ones are looked for. */
  constructor(isSteady?: IsSteady, recentMax = RECENT_MAX) {
    this.#events = new EventLog(isSteady);
    this.#recentMax = recentMax;
  }

  /** `mayBeSuccessor`: the image above may have become this one by exec. */
  add({ image, exit, carried }: CarriedImage, mayBeSuccessor: boolean): void {
    this.#recent.addAll(carried.events);
    if (this.#recent.length > this.#recentMax) this.#settle();
    for (const { isAll, entries } of carried.variables) {
      this.#isAllRead ||= isAll;
      for (const entry of entries) this.#variables.add(entry);
    }
    for (const use of carried.streams) this.#streams.push(use);
    for (const doubt of carried.doubts) this.#addDoubt(image, doubt);
    this.#lastSeq = Math.max(this.#lastSeq, carried.lastSeq);
    if (mayBeSuccessor) this.#exits.set(image, exit);
  }

  #settle(): void {
    this.#events.addAll(this.#recent);
    this.#recent = new Timeline();
  }

  #addDoubt(image: number, doubt: Doubt): void {
    const key = `${doubt.code}\0${doubt.program}\0${doubt.detail}`;
    const before = this.#doubts.get(key);
    if (before !== undefined && before.image <= image) return;
    this.#doubts.delete(key); // So that it gets its place among those of this image.
    this.#doubts.set(key, { image, doubt });
  }

  /** All of them as if they were one. `successor`: what the image above became, 0: nothing else. */
  asOne(successor: number): CarriedImage {
    const doubts = [...this.#doubts.values()].sort((a, b) => a.image - b.image);
    return {
      image: successor,
      exit: this.#exits.get(successor) ?? { kind: "unknown" },
      carried: {
        events: Timeline.of([this.#events, this.#recent]),
        variables: [{ isAll: this.#isAllRead, entries: this.#variables }],
        streams: this.#streams,
        doubts: doubts.map(({ doubt }) => doubt),
        lastSeq: this.#lastSeq,
      },
    };
  }
}
