// Steps need what they read from each other; the recorded run is predicted as it
// was, and changes by what they change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { traceOf } from "./fake-trace.ts";
import { profile } from "./profile.ts";
import { spansOf } from "./spans.ts";
import { stepsOf, type Steps } from "./steps.ts";
import type { Trace, TracedProcess } from "./trace.ts";
import { predictorOf, whatIf, type WhatIf } from "./whatif.ts";

const MS = 1000;
const end = (endedMs: number, cpuMs = 0): TracedProcess["end"] => ({ endedUs: endedMs * MS, how: 0, code: 0, successor: 0, cpuUs: cpuMs * MS });
const MAKE: Partial<TracedProcess> = { program: "/usr/bin/make", argv: ["make"], startedUs: 0 };

/** Image 1 is make; the others are its children, from `from` to `to`. */
function made(steps: readonly { readonly from: number; readonly to: number; readonly cpu?: number; readonly delay?: number; readonly used?: readonly number[]; readonly replaced?: readonly number[]; readonly isStored?: boolean }[], lasts: number): Trace {
  const children = steps.map(({ from, to, cpu = 0, delay = 0, used = [], replaced = [] }, index): Partial<TracedProcess> => ({
    parent: 1, startedUs: from * MS, end: end(to, cpu), used, replaced, argv: ["cc", `step${String(index)}`],
    took: { counted: { delayUs: delay * MS, systemUs: 0, faults: 0, diskFaults: 0, readBytes: 0, writtenBytes: 0, peakBytes: 1_024_000 * (index + 1) }, counters: null, waitedUs: {} },
  }));
  return traceOf("1", [{ ...MAKE, end: end(lasts) }, ...children]);
}

const stepsIn = (trace: Trace): Steps => stepsOf(spansOf(trace), false);
const answerTo = (trace: Trace, processors = 4): WhatIf => whatIf(trace, stepsIn(trace), { jobs: [1, 2, 3], processors, latencyUs: null });
const inMs = (us: number): number => Math.round(us / MS);

// a and b at once, then c, which reads a.
const TRACE = made([{ from: 10, to: 110 }, { from: 10, to: 210 }, { from: 110, to: 160, used: [2] }], 220);

test("a step needs those whose outputs it read, and the run is predicted as it was", () => {
  const { all, areDeclared } = stepsIn(TRACE);
  assert.deepEqual([all.map(({ needs }) => needs.map(({ index }) => index)), areDeclared], [[[], [], [0]], true]);
  const { checkedUs, observed, bounds, byJobs } = answerTo(TRACE);
  assert.deepEqual([inMs(observed.wallUs), observed.jobs, inMs(checkedUs)], [220, 2, 220]);
  assert.deepEqual([inMs(bounds.workUs), inMs(bounds.criticalUs), bounds.criticalPath.map(({ index }) => index)], [370, 220, [1]]);
  assert.deepEqual(byJobs.map(({ us }) => inMs(us)), [370, 220, 220]);
});

test("a step's time is worth what the run gains without it, not what it takes", () => {
  const { potentials } = answerTo(TRACE);
  assert.deepEqual(potentials.map(({ step, gainUs }) => [step.index, inMs(gainUs)]), [[1, 50], [0, 0], [2, 0]]);
});

test("a delay on the longest way is lost whole, one where there is slack is not", () => {
  const steps = stepsIn(TRACE);
  const predicted = predictorOf(TRACE, steps, 4);
  const [a = assert.fail(), b = assert.fail()] = steps.all;
  assert.equal(inMs(predicted({ kind: "delay", step: b, us: 30 * MS })), 250);
  assert.equal(inMs(predicted({ kind: "delay", step: a, us: 30 * MS })), 220);
  assert.equal(inMs(predicted({ kind: "delay", step: a, us: 80 * MS })), 250);
  assert.equal(inMs(predicted({ kind: "hit", step: b })), 170);
});

test("delay by its own steps comes back only where they run at the same time", () => {
  // Two that compute on one processor: each waits for half of its time.
  const trace = made([{ from: 0, to: 200, cpu: 100, delay: 100 }, { from: 0, to: 200, cpu: 100, delay: 100 }], 200);
  const { checkedUs, byJobs, disturbedUs } = answerTo(trace, 1);
  assert.deepEqual([inMs(checkedUs), byJobs.map(({ us }) => inMs(us)), inMs(disturbedUs)], [200, [200, 200, 200], 0]);
  // The same on two processors: others were in the way, and will be.
  const other = answerTo(trace, 2);
  assert.deepEqual([inMs(other.checkedUs), other.byJobs.map(({ us }) => inMs(us)), inMs(other.disturbedUs)], [200, [400, 200, 200], 200]);
});

test("steps that only write over each other's files are said to hide parallelism", () => {
  const trace = made([{ from: 0, to: 100 }, { from: 0, to: 10 }, { from: 100, to: 200, replaced: [2] }], 200);
  const { hiddenByFiles, checkedUs } = answerTo(trace);
  assert.deepEqual([inMs(checkedUs), inMs(hiddenByFiles.gainUs), hiddenByFiles.steps.map((pair) => pair.map(({ index }) => index))], [200, 90, [[0, 2]]]);
});

test("the longest way first is a better order where the recorded one starts it last", () => {
  const { betterOrderUs, checkedUs } = answerTo(made([{ from: 0, to: 50 }, { from: 0, to: 50 }, { from: 50, to: 150 }], 150));
  assert.deepEqual([inMs(checkedUs), inMs(betterOrderUs)], [150, 100]);
});

test("what runs in a script is a guess, and what is nearly all of it is a scheduler itself", () => {
  const script = (image: number, parent: number, from: number, to: number): Partial<TracedProcess> => ({ image, parent, startedUs: from * MS, end: end(to) });
  const trace = traceOf("1", [script(1, 0, 0, 100), script(2, 1, 1, 99), script(3, 2, 2, 40), script(4, 2, 41, 90)]);
  const { all, areDeclared, schedulers } = stepsIn(trace);
  assert.deepEqual([all.length, areDeclared, schedulers.length], [2, false, 2]);
});

test("a make below the command is a scheduler, whatever lies between", () => {
  const trace = traceOf("1", [{ image: 1, argv: ["sh"], program: "/bin/sh", end: end(100) }, { ...MAKE, image: 2, parent: 1, end: end(100) }, { image: 3, parent: 2, startedUs: 10 * MS, end: end(20) }]);
  const { all, areDeclared } = stepsIn(trace);
  assert.deepEqual([all.map(({ span }) => span.process.image), areDeclared], [[3], true]);
});

test("a slot that was idle while everything that a step read was there is told", () => {
  // Two slots; c was ready at 0 and started when b had ended, 60 ms after a had.
  const trace = made([{ from: 0, to: 40 }, { from: 0, to: 100 }, { from: 100, to: 150 }], 150);
  const spans = spansOf(trace);
  const { earlier, slots, memory, critical } = profile(trace, spans, stepsOf(spans, false));
  assert.deepEqual(earlier.map(({ step, idleUs, readyForUs }) => [step.index, inMs(idleUs), inMs(readyForUs)]), [[2, 60, 100]]);
  assert.deepEqual([slots.jobs, inMs(slots.idleUs), memory.atOnceBytes, inMs(critical.us)], [2, 110, 3_072_000, 100]);
});

test("a trace of one process, or of none, is answered", () => {
  for (const processes of [[], [{ end: end(10) }]]) {
    const trace = traceOf("1", processes);
    const spans = spansOf(trace);
    const steps = stepsOf(spans, false);
    assert.equal(whatIf(trace, steps, { jobs: null, processors: 2, latencyUs: 1 }).steps.all.length, processes.length);
    assert.equal(profile(trace, spans, steps).processes.length, processes.length);
  }
});
