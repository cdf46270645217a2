// A line that counts while something long goes on; only where a person looks at it.

import type { Clock } from "../base/clock.ts";
import type { Printer } from "./render.ts";

const SHOWN_EVERY_NS = 200_000_000n;

export interface Progress {
  at(count: number): void;
  /** Takes the line away. */
  end(): void;
}

export function progress(done: string, print: Printer, clock: Clock): Progress {
  let shownNs = 0n;
  return {
    at(count) {
      const nowNs = clock.nowNs();
      if (nowNs - shownNs < SHOWN_EVERY_NS) return;
      shownNs = nowNs;
      print.status(`${String(count)} files ${done}`);
    },
    end() {
      if (shownNs > 0n) print.status("");
    },
  };
}
