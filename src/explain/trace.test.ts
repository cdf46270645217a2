// What is written of a run is what is read of it, and damage is an answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeTrace } from "./decode.ts";
import { FRONT_BYTES, LENGTH_AT, TraceEncoder, VERSION_AT } from "./encode.ts";
import { BEGINNING, HEAD, keyOf, traceOf } from "./fake-trace.ts";
import { ARGUMENTS_MAX, DIFFERENCES_MAX, LISTING_BYTES_MAX, STRINGS_BYTES_MAX, type ProcessDifference, type TracedProcess } from "./trace.ts";

const DIFFERENCE: ProcessDifference = { kind: "content", name: "\x01W/a.c", what: "content", listings: null };
const PROCESSES: readonly Partial<TracedProcess>[] = [
  { program: "/usr/bin/make", argv: ["make"], fate: { kind: "passed", reason: "barren" }, variables: new Map([["A", "000000000001"], ["B", "000000000002"]]) },
  { parent: 1, fate: { kind: "stored", strongKey: keyOf("a") }, variables: new Map([["A", "000000000001"]]), task: "web#build", looked: ["\x01W/a.c", "$CC"],
    miss: { kind: "differs", strongKey: keyOf("b"), total: 2, differences: [DIFFERENCE, { kind: "listed", name: "\x01W", what: "names", listings: { was: keyOf("x"), now: keyOf("y") } }] } },
  { parent: 1, fate: { kind: "replayed", strongKey: keyOf("c") }, isBound: true },
  { parent: 1, fate: { kind: "planned" }, isSlight: true },
  { parent: 1, fate: { kind: "refused", code: "network", program: "/usr/bin/cc", detail: "1.2.3.4" }, miss: { kind: "gone" }, isUncached: true },
  { parent: 1, miss: { kind: "not-replayed", strongKey: keyOf("d"), code: "blob-missing" }, startedUs: 3, changes: [{ how: "wrote", at: "\x01W/o" }, { how: "removed", at: "\x01W/\xff" }] },
  { parent: 1, miss: { kind: "verified", strongKey: keyOf("e") }, end: { endedUs: 2 ** 40, how: 1, code: 9, successor: 7, cpuUs: 2 ** 41 },
    failed: { said: "a.c:1: error\n", sought: [{ at: "\x01W/a.c", isThere: true }, { at: "\x01W/a.h", isThere: false }] } },
];

test("a trace that was written is read as it was", () => {
  const trace = traceOf("one", PROCESSES);
  assert.deepEqual({ ...trace, traced: [], listings: [] }, { ...HEAD, id: "one", isWhole: true, traced: [], listings: [] });
  for (const [index, expected] of PROCESSES.entries()) {
    const process = trace.traced[index] ?? assert.fail();
    for (const key of Object.keys(expected) as (keyof TracedProcess)[]) assert.deepEqual(process[key], expected[key], `${String(index)}: ${key}`);
  }
  assert.deepEqual(trace.traced[4]?.variables, null);
});

test("what is more than a trace holds is left out, counted, and said", () => {
  const encoder = new TraceEncoder();
  encoder.began({ ...BEGINNING, argv: Array.from({ length: ARGUMENTS_MAX + 7 }, () => "x") });
  encoder.missed(1, { kind: "differs", strongKey: keyOf("a"), total: DIFFERENCES_MAX + 5, differences: Array.from({ length: DIFFERENCES_MAX + 5 }, () => DIFFERENCE) });
  encoder.listing(keyOf("large"), "x".repeat(LISTING_BYTES_MAX + 1));
  assert.equal(encoder.hasListing(keyOf("large")), false);
  const read = decodeTrace(encoder.finish(HEAD), "x");
  const [process] = read.ok ? read.value.traced : [];
  assert.deepEqual([process?.argv.length, process?.argumentsLeftOut, process?.miss?.kind === "differs" ? [process.miss.total, process.miss.differences.length] : null], [ARGUMENTS_MAX, 7, [DIFFERENCES_MAX + 5, DIFFERENCES_MAX]]);
  assert.equal(read.ok && read.value.isWhole, true);
  encoder.came(1, { kind: "refused", code: "x".repeat(STRINGS_BYTES_MAX), program: "", detail: "" });
  const cut = decodeTrace(encoder.finish(HEAD), "x");
  assert.equal(cut.ok && cut.value.isWhole, false);
});

test("a large trace is packed, and says the same", () => {
  const processes = Array.from({ length: 2000 }, (_, index) => ({ image: index + 1, parent: index === 0 ? 0 : 1, argv: ["cc", "-c", `file${String(index % 50)}.c`], fate: { kind: "passed", reason: "trivial" } as const }));
  const encoder = new TraceEncoder();
  for (const process of processes) encoder.began({ ...BEGINNING, ...process });
  const bytes = encoder.finish(HEAD);
  assert.ok(bytes.length < 16_000, `${String(bytes.length)} bytes`);
  const read = decodeTrace(bytes, "x");
  assert.equal(read.ok && read.value.traced.length, 2000);
});

test("every byte that is missing, and every other version, is a failure", () => {
  const encoder = new TraceEncoder();
  encoder.began(BEGINNING);
  encoder.changed(1, [{ how: "made", at: "\x01W/x" }]);
  const bytes = encoder.finish(HEAD);
  for (let length = 0; length < bytes.length; length += 1) assert.equal(decodeTrace(bytes.subarray(0, length), "x").ok, false, String(length));
  const newer = Buffer.from(bytes);
  newer.writeUInt32LE(3, VERSION_AT);
  const read = decodeTrace(newer, "x");
  assert.equal(read.ok ? "" : read.failure.code, "trace-version");
});

test("a trace that claims to be larger than its bytes could be is damaged", () => {
  const bytes = new TraceEncoder().finish(HEAD);
  bytes.writeUInt32LE(0x0fff_ffff, LENGTH_AT);
  assert.equal(decodeTrace(bytes, "x").ok, false);
  assert.equal(decodeTrace(bytes.subarray(0, FRONT_BYTES), "x").ok, false);
});
