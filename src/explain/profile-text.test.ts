// What a person reads of a profile and of predictions: the sentence first, ten lines
// at most, and nothing said that the trace does not hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, offBy, partOf, timeOf } from "./amounts.ts";
import { ROOTS, traceOf } from "./fake-trace.ts";
import { profile } from "./profile.ts";
import { countersText, LINES_MAX, profileLines } from "./profile-text.ts";
import { spansOf } from "./spans.ts";
import { stepsOf } from "./steps.ts";
import type { Took, Trace } from "./trace.ts";
import { whatIf } from "./whatif.ts";
import { whatIfLines } from "./whatif-text.ts";

const MS = 1000;

function took(delayMs: number, peakBytes = 20_480_000): Took {
  return { counted: { delayUs: delayMs * MS, systemUs: 0, faults: 0, diskFaults: 0, readBytes: 0, writtenBytes: 0, peakBytes }, counters: 2, waitedUs: {} };
}

function made(count: number, delayMs: number, head = {}): Trace {
  const end = (ms: number, cpuMs: number): { endedUs: number; how: number; code: number; successor: number; cpuUs: number } => ({ endedUs: ms * MS, how: 0, code: 0, successor: 0, cpuUs: cpuMs * MS });
  const steps = Array.from({ length: count }, (_, index) => ({ parent: 1, startedUs: index * 1000 * MS, end: end((index + 1) * 1000, 1000 - delayMs), argv: ["cc", "-c", `f${String(index)}.c`], took: took(delayMs), used: index % 2 === 1 ? [index + 1] : [] }));
  return traceOf("20261126T051946742-21689", [{ program: "/usr/bin/make", argv: ["make"], end: end(count * 1000, 0), took: took(0, 1_024_000) }, ...steps], head);
}

function profiled(trace: Trace, isAll = false): readonly string[] {
  const spans = spansOf(trace);
  return profileLines(profile(trace, spans, stepsOf(spans, false)), { trace, roots: ROOTS }, isAll);
}

function predicted(trace: Trace, isAll = false): readonly string[] {
  return whatIfLines(whatIf(trace, stepsOf(spansOf(trace), false), { jobs: [1, 2, 4], processors: 4, latencyUs: null }), { trace, roots: ROOTS }, isAll);
}

test("a profile says what the run took, what its processes spent, and the longest way", () => {
  assert.deepEqual(profiled(made(4, 0)), [
    "It took 4.0 s with one step at a time (5 processes); the longest way through what needs what is 2.0 s of that",
    "  its processes spent: processor 4.0 s (100 %), unknown 0 ms (0 %)",
    "  longest way: \"cc -c f0.c\" 1.0 s, \"cc -c f1.c\" 1.0 s",
    "  tools: cc 4.0 s (4 processes, up to 20 MB), make 0 ms (1 process, up to 1.0 MB)",
    "  memory: at most 22 MB at once; the most has \"cc -c f0.c\", 20 MB",
    "  in run 20261126T051946742-21689 (2023-11-14 22:13:20 UTC, \"make -j2\"); each process and step: --all",
  ]);
});

test("starvation is in the sentence, and who was starved below it", () => {
  const lines = profiled(made(4, 600));
  assert.match(lines[0] ?? "", /; for 60 % of the time that its processes could have run, others ran$/);
  assert.equal(lines.filter((line) => line.endsWith("starved: others had the processors (1.0 s)")).length, 2);
  assert.ok(lines.length <= LINES_MAX);
});

test("predictions say what more at a time would gain, and are checked on the run itself", () => {
  assert.deepEqual(predicted(made(4, 0)), [
    "With 1 step at a time it takes 4.0 s on 4 processors; with 2 it would take 2.0 s",
    "  check: the recorded run is predicted as 4.0 s, it took 4.0 s (+0.0 %)",
    "  jobs: 1: 4.0 s, 2: 2.0 s, 4: 2.0 s",
    "  bounds: all steps one after the other 4.0 s; never below 2.0 s: \"cc -c f0.c\", \"cc -c f1.c\"",
    "  worth: \"cc -c f0.c\" takes 1.0 s; without it 1.0 s less; \"cc -c f1.c\" takes 1.0 s; without it 1.0 s less; \"cc -c f2.c\" takes 1.0 s; without it 1.0 s less; \"cc -c f3.c\" takes 1.0 s; without it 1.0 s less",
    "  everything that is stored replayed (2 ms each): 4.0 s",
    "  in run 20261126T051946742-21689 (2023-11-14 22:13:20 UTC, \"make -j2\")",
  ]);
  assert.match(predicted(made(4, 600)).join("\n"), /other programs of this machine had the processors for 2\.4 s that its steps wanted/);
});

test("with --all every process and step has a line, and why there are no counters", () => {
  const lines = profiled(made(9, 0), true);
  assert.equal(lines.filter((line) => /^ {2}\d+ ms: |^ {2}\d\.\d s: /.test(line)).length, 10);
  assert.equal(lines.filter((line) => line.startsWith("  step ")).length, 9);
  assert.match(lines.join("\n"), /hardware counters: unavailable: this machine has none, or shows none to its guests \(ENOENT\)/);
  assert.match(countersText({ instructions: 2e9, cycles: 1e9, cacheMisses: 4e6 }), /2\.0 billion instructions, 2\.00 a cycle; 2\.0 of 1000 missed/);
  assert.match(countersText(12345), /error 12345/);
});

test("amounts are read as people write them", () => {
  assert.deepEqual([timeOf(340_400), timeOf(6_149_000), timeOf(200_000_000)], ["340 ms", "6.1 s", "3 min 20 s"]);
  assert.deepEqual([partOf(1, 8), partOf(1, 0), offBy(95, 100), offBy(103, 100), bytesOf(1500), bytesOf(210_000_000)], ["13 %", "0 %", "-5.0 %", "+3.0 %", "2 kB", "210 MB"]);
});
