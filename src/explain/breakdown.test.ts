// The parts of a process's time add up, and what nobody knows is among them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { breakdownOf, PARTS, verdictOf, type Breakdown } from "./breakdown.ts";
import { traceOf } from "./fake-trace.ts";
import { spansOf, wallUs, type Span } from "./spans.ts";
import type { Took, TracedProcess } from "./trace.ts";

const COUNTED = { delayUs: 0, systemUs: 0, faults: 0, diskFaults: 0, readBytes: 0, writtenBytes: 0, peakBytes: 0 };

const took = (counted: Partial<NonNullable<Took["counted"]>>, waitedUs: Took["waitedUs"] = {}): Took => ({ counted: { ...COUNTED, ...counted }, counters: null, waitedUs });

const process = (startedUs: number, endedUs: number, cpuUs: number, its: Took | null = null, parent = 0): Partial<TracedProcess> =>
  ({ parent, startedUs, end: { endedUs, how: 0, code: 0, successor: 0, cpuUs }, took: its });

function spansFrom(...processes: readonly Partial<TracedProcess>[]): readonly Span[] {
  return spansOf(traceOf("1", processes)).all;
}

function only(...processes: readonly Partial<TracedProcess>[]): { readonly span: Span; readonly parts: Breakdown } {
  const [span = assert.fail()] = spansFrom(...processes);
  const parts = breakdownOf(span);
  assert.equal(PARTS.reduce((sum, part) => sum + parts[part], 0), wallUs(span));
  return { span, parts };
}

test("what is neither counted nor seen is unknown, and shown", () => {
  const { parts } = only(process(0, 100_000, 30_000));
  assert.deepEqual([parts.cpu, parts.unknown], [30_000, 70_000]);
});

test("what was seen is never more than the time that is left", () => {
  const { parts } = only(process(0, 100_000, 50_000, took({ delayUs: 20_000 }, { pipe: 40_000, timer: 20_000 })));
  assert.deepEqual([parts.cpu, parts["run-queue"], parts.pipe, parts.timer, parts.unknown], [50_000, 20_000, 20_000, 10_000, 0]);
});

test("threads that take more processors than one leave nothing for other parts", () => {
  const { parts } = only(process(0, 100_000, 380_000, took({ delayUs: 90_000 }, { lock: 80_000 })));
  assert.deepEqual([parts.cpu, parts["run-queue"], parts.lock], [100_000, 0, 0]);
});

test("who waits for a pipe or an event while its children run waits for them, and so does one at whom nobody looked", () => {
  const seen = only(process(0, 100_000, 10_000, took({}, { events: 50_000, pipe: 20_000 })), process(10_000, 70_000, 1, null, 1)).parts;
  assert.deepEqual([seen.children, seen.pipe, seen.unknown], [60_000, 10_000, 20_000]);
  const unseen = only(process(0, 100_000, 10_000), process(10_000, 70_000, 1, null, 1)).parts;
  assert.deepEqual([unseen.children, unseen.unknown], [60_000, 30_000]);
});

test("starved, held up by memory, computing and waiting for a peer are told apart", () => {
  const verdictFrom = (its: Took, cpuUs: number): string => {
    const { span, parts } = only(process(0, 1_000_000, cpuUs, its));
    return verdictOf(span, parts);
  };
  assert.equal(verdictFrom(took({ delayUs: 600_000 }), 390_000), "starved");
  assert.equal(verdictFrom(took({ faults: 200_000, systemUs: 880_000, peakBytes: 400_000_000, delayUs: 50_000 }), 940_000), "memory");
  assert.equal(verdictFrom(took({ faults: 9000, systemUs: 900_000, peakBytes: 400_000_000 }), 990_000), "cpu");
  assert.equal(verdictFrom(took({ faults: 200_000, systemUs: 90_000, peakBytes: 400_000_000 }), 990_000), "cpu");
  assert.equal(verdictFrom(took({}, { pipe: 900_000 }), 20_000), "pipe");
});

test("an exec makes no other process of one, and what the kernel counted of it is not counted twice", () => {
  const spans = spansFrom(
    { startedUs: 0, end: { endedUs: 10_000, how: 2, code: 0, successor: 2, cpuUs: 0 }, took: { counted: null, counters: null, waitedUs: { timer: 4000 } }, argv: ["sh"] },
    { ...process(10_000, 50_000, 30_000, took({ delayUs: 5000 }, { pipe: 2000 }), 1), argv: ["cc"] },
    process(20_000, 30_000, 100, null, 2),
  );
  assert.deepEqual(spans.map(({ images, startUs, endUs, cpuUs }) => [images.length, startUs, endUs, cpuUs]), [[2, 0, 50_000, 30_000], [1, 20_000, 30_000, 100]]);
  assert.deepEqual(spans[0]?.took, took({ delayUs: 5000 }, { children: 0, pipe: 2000, lock: 0, disk: 0, network: 0, timer: 4000, events: 0, tap: 0 }));
  assert.equal(spans[1]?.parent, spans[0]);
});
