// The claims of table.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuMsIn } from "./shell.ts";
import { comparison, markdown, median, wrongOutputs, type Sample, type Tool } from "./table.ts";

const sample = (tool: Tool, pair: number, ms: number, differing: readonly string[] = []): Sample =>
  ({ scenario: "lua", stage: "first", tool, pair, ms, cpuMs: 2 * ms, differing, summary: tool === "fathom" ? { ownMs: ms / 5 } : null });

test("processor time is that of the command, not of the shell that measures it", () => {
  assert.equal(cpuMsIn('{"processes":1}\n\n0m0.00s 0m0.01s\n1m1.25s 0m0.50s\n'), 61_750);
});

test("the median of an even count is the mean of the two in the middle", () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([5, 1, 3]), 3);
  assert.ok(Number.isNaN(median([])));
});

test("ratios are taken within pairs, so a machine that slows down does not decide", () => {
  const samples = [sample("bare", 0, 1000), sample("fathom", 0, 1100), sample("bare", 1, 2000), sample("fathom", 1, 2200)];
  assert.match(markdown(samples), /\| lua \| first run \| 1\.50 \| 1\.65 \| 1\.100 \| 1\.100 \| 11\.1 % \| 2 \| identical \|/);
});

test("a table says how many outputs differ from the bare build", () => {
  assert.match(markdown([sample("bare", 0, 1000), sample("fathom", 0, 1000, ["a.o", "b.o"])]), /\| 2 differ \|/);
});

test("tools are compared with the bare build of their own round", () => {
  const samples = [sample("bare", 0, 1000), sample("fathom", 0, 1100), sample("ccache", 0, 500), sample("bare", 1, 3000), sample("fathom", 1, 3300), sample("ccache", 1, 1500, ["a.o"])];
  assert.match(comparison(samples, ["bare", "fathom", "ccache"]), /\| lua \| first run \| 2\.00 \| 2\.20 \| 1\.100 \| 1\.100 \| 1\.00 \| 0\.500 \| 0\.500 \| 2 \| ccache 1 \|/);
  assert.deepEqual(wrongOutputs(samples), ["lua, first, pair 2: ccache differs from the bare build: a.o"]);
});
