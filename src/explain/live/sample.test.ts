// What is read of proc(5), and who moved between two looks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { movedBetween, statFrom, type ProcessSample, type Sample } from "./sample.ts";

test("a program's name may hold brackets and spaces", () => {
  const rest = Array.from({ length: 20 }, (_, index) => String(index)).join(" ");
  assert.deepEqual(statFrom(`7 (a) S (b) R 3 ${rest}`), { name: "a) S (b", state: "R", parent: 3, cpuTicks: 19, startedTicks: 17 });
  assert.equal(statFrom(""), null);
});

const process = (pid: number, rest: Partial<ProcessSample>): ProcessSample => ({ pid, parent: 1, name: "x", startedTicks: 5, state: "S", threads: [], cpuNs: 1, movedBytes: 1, ...rest });
const sample = (...processes: readonly ProcessSample[]): Sample => ({ processes: new Map(processes.map((each) => [each.pid, each])), unseen: new Set() });

test("who took processor time, moved bytes, or is another process under the same number, has moved", () => {
  const first = sample(process(1, {}), process(2, {}), process(3, {}), process(4, {}));
  const second = sample(process(1, {}), process(2, { cpuNs: 2 }), process(3, { movedBytes: 9 }), process(4, { startedTicks: 6 }), process(5, {}));
  assert.deepEqual([...movedBetween(first, second)], [2, 3, 4, 5]);
});
