// Time, handed in. The only file that may ask the machine for it.

import { hrtime } from "node:process";

export interface Clock {
  /** Nanoseconds that never run backwards; only differences mean something. */
  nowNs(): bigint;
  /** Nanoseconds since 1970, as file times count them; never later than the truth, at most 1 ms earlier. */
  realtimeNs(): bigint;
}

export const realClock: Clock = {
  nowNs: () => hrtime.bigint(),
  realtimeNs: () => BigInt(Date.now()) * 1_000_000n,
};

/** Stands still until it is told to move on. */
export class FakeClock implements Clock {
  #realtimeNs: bigint;
  readonly #startNs: bigint;

  constructor(startNs = 1_700_000_000_000_123_456n) {
    this.#realtimeNs = startNs;
    this.#startNs = startNs;
  }

  nowNs(): bigint {
    return this.#realtimeNs - this.#startNs;
  }

  realtimeNs(): bigint {
    return this.#realtimeNs;
  }

  advance(ns: bigint): void {
    this.#realtimeNs += ns;
  }
}
