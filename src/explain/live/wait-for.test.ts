// Who can go on and who cannot, where the kernel tells less than on this machine: nobody is
// called hung for what is not seen, and what is refused is guessed at by the function alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenFile, Proc } from "../../base/proc.ts";
import { Holders } from "./holders.ts";
import type { ProcessSample, Sample, SystemCall } from "./sample.ts";
import { knots, waitFor } from "./wait-for.ts";

interface Given {
  readonly pid: number;
  readonly parent?: number;
  readonly state?: string;
  readonly call?: readonly [number, ...bigint[]];
  readonly sleepsIn?: string;
  readonly files?: readonly OpenFile[];
}

const reads = (number: number, target: string): OpenFile => ({ number, target, isReadable: true, isWritable: false });
const writes = (number: number, target: string): OpenFile => ({ number, target, isReadable: false, isWritable: true });

function graphOf(given: readonly Given[], texts: Readonly<Record<string, string>> = {}, within: readonly number[] = given.map(({ pid }) => pid)): { readonly alive: readonly number[]; readonly circles: readonly (readonly number[])[]; readonly ends: readonly number[] } {
  const callOf = (call: Given["call"]): SystemCall | null => (call === undefined ? null : { number: call[0], args: call.slice(1).map(BigInt) });
  const processes = new Map(given.map(({ pid, parent = 0, state = "S", call, sleepsIn = "" }): [number, ProcessSample] => [
    pid, { pid, parent, name: "x", startedTicks: 1, state, cpuNs: 0, movedBytes: 0, threads: [{ tid: pid, state, call: callOf(call), sleepsIn }] },
  ]));
  const proc: Proc = {
    pids: () => [], threads: () => [], text: (name) => texts[name] ?? null, link: () => null, files: (pid) => given.find((each) => each.pid === pid)?.files ?? [], isFifo: () => false, memory: () => null, content: () => null,
  };
  const sample: Sample = { processes, unseen: new Set() };
  const graph = waitFor({ sample, holders: new Holders(proc, sample, new Set()), moved: new Set(), within: new Set(within), ours: new Set() });
  return { alive: [...graph.alive].sort((a, b) => a - b), ...knots(graph) };
}

const READ = 0;
const WRITE = 1;
const WAIT4 = 61;
const FLOCK = 73;

test("two that wait for each other are a circle, and who waits for them is stuck as well", () => {
  const graph = graphOf([
    { pid: 1, call: [WAIT4, -1n] },
    { pid: 2, parent: 1, call: [READ, 3n], files: [reads(3, "pipe:[7]"), writes(4, "pipe:[8]")] },
    { pid: 3, parent: 1, call: [WRITE, 5n], files: [writes(5, "pipe:[9]"), reads(6, "pipe:[8]"), writes(7, "pipe:[7]")] },
    { pid: 4, parent: 1, call: [READ, 6n], files: [reads(8, "pipe:[9]"), reads(6, "pipe:[8]")] },
  ]);
  assert.deepEqual(graph.alive, []);
  assert.ok(graph.circles.some((circle) => circle.length === 3 && [2, 3, 4].every((pid) => circle.includes(pid))));
});

test("one of several that could wake it is enough", () => {
  const writersOf = [{ pid: 2, call: [READ, 0n] as const, files: [reads(0, "pipe:[1]"), writes(1, "pipe:[7]")] }, { pid: 3, state: "R", files: [writes(1, "pipe:[7]")] }];
  assert.deepEqual(graphOf([{ pid: 1, call: [READ, 3n], files: [reads(3, "pipe:[7]")] }, ...writersOf, { pid: 4, call: [READ, 0n], files: [writes(9, "pipe:[1]"), reads(0, "pipe:[99]"), writes(1, "pipe:[99]")] }]).alive, [1, 3]);
});

test("where the call is refused, what sleeps in a pipe waits for any pipe that it could be, and in an unknown place it is not hung", () => {
  const files = [reads(3, "pipe:[7]"), writes(4, "pipe:[7]")];
  assert.deepEqual(graphOf([{ pid: 1, sleepsIn: "anon_pipe_read", files }]).circles, [[1]]);
  assert.deepEqual(graphOf([{ pid: 1, sleepsIn: "some_driver_wait" }]).alive, [1]);
  assert.deepEqual(graphOf([{ pid: 1, call: [9999, 0n] }]).alive, [1]);
});

test("a lock is waited for with its holder, or with those that have the file of one that is gone", () => {
  const waiter: Given = { pid: 1, call: [FLOCK, 3n], files: [reads(3, "/w/lock")] };
  const locks = "1: FLOCK  ADVISORY  WRITE 2 08:01:5 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 1 08:01:5 0 EOF\n";
  assert.deepEqual(graphOf([waiter, { pid: 2, state: "R" }], { locks }).alive, [1, 2]);
  assert.deepEqual(graphOf([waiter, { pid: 3, state: "R", files: [reads(9, "/w/lock")] }], { locks }).alive, [1, 3]);
  assert.deepEqual(graphOf([waiter], { locks }).alive, []);
});

test("a server that waits for somebody to come is not hung within a build, and does not keep one going from outside", () => {
  const server: Given = { pid: 2, call: [43, 3n], files: [reads(3, "socket:[5]"), writes(4, "pipe:[7]")] };
  const reader: Given = { pid: 1, call: [READ, 3n], files: [reads(3, "pipe:[7]")] };
  const texts = { "net/tcp": "head\n 0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 5 1\n" };
  assert.deepEqual(graphOf([reader, server], texts).alive, [1, 2]);
  assert.deepEqual(graphOf([reader, server], texts, [1]).alive, []);
});
