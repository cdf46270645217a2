// The claims of summary.ts: what a user reads after every run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, summaryJson, summaryLine, type RunCounters } from "./summary.ts";

const RUN: RunCounters = { processes: 116, replayed: 36, ran: 2, notStored: 0, savedNs: 6_149_000_000n, wallNs: 412_900_000n, ownNs: 1_234_567n };
const OPENSSL = { program: "curl", code: "network", text: "it used the network" };

test("the summary names processes, units and the time saved", () => {
  assert.equal(summaryLine(RUN), "fathom: 116 processes; 36 replayed, 2 run, 0 not stored; saved 6.1 s");
});

test("the summary of a first run claims no saving", () => {
  assert.equal(summaryLine({ ...RUN, processes: 1, replayed: 0, ran: 1 }), "fathom: 1 process; 0 replayed, 1 run, 0 not stored");
});

test("the summary names the program that kept something from being stored, and why", () => {
  assert.equal(
    summaryLine({ ...RUN, replayed: 0, notStored: 1, reason: OPENSSL }),
    'fathom: 116 processes; 0 replayed, 2 run, 1 not stored; not stored: "curl", because it used the network',
  );
});

test("the JSON summary has whole milliseconds and a reason only when there is one", () => {
  assert.deepEqual(summaryJson(RUN), { processes: 116, replayed: 36, ran: 2, notStored: 0, savedMs: 6149, wallMs: 412, ownMs: 1 });
  assert.deepEqual(summaryJson({ ...RUN, reason: OPENSSL }).reason, OPENSSL);
});

test("a duration is rounded down, never up", () => {
  assert.equal(duration(0n), "0 ms");
  assert.equal(duration(999_999_999n), "999 ms");
  assert.equal(duration(1_999_999_999n), "1.9 s");
  assert.equal(duration(59_999_999_999n), "59.9 s");
  assert.equal(duration(200_000_000_000n), "3 min 20 s");
});
