// The time, handed in: a test brings its own. Two kinds: how long something
// took (monotonic), and what day it is (wall), which never decides anything.

export interface Clock {
  /** CLOCK_MONOTONIC, in nanoseconds. */
  nowNs(): bigint;
  /** CLOCK_REALTIME, in nanoseconds since 1970. */
  wallNs(): bigint;
}

export const systemClock: Clock = {
  nowNs: () => process.hrtime.bigint(),
  wallNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)),
};
