// What belongs to the streams of a unit, and what is its own business.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OUTPUT_BYTES_MAX } from "../base/limits.ts";
import { doubtCodes, fold, start, type Said } from "./fake.ts";
import type { FoldedUnit } from "./fold.ts";
import { STREAM } from "./layout.ts";

const says = (ino: bigint, fd: number, bytes: string): Said => ({ kind: "stream-wrote", dev: 9n, ino, fd, bytes });
const reads = (ino: bigint): Said => ({ kind: "stream-read", dev: 9n, ino, fd: 0 });
const output = (unit: FoldedUnit) => unit.footprint.output.map((chunk) => [chunk.stream, chunk.bytes.toString()]);

test("output keeps its order and its stream, and neighbours are one piece", () => {
  const unit = fold({ records: [says(11n, 1, "a"), says(11n, 1, "b"), says(12n, 2, "e"), says(11n, 1, "c")] });
  assert.deepEqual(output(unit), [[1, "ab"], [2, "e"], [1, "c"]]);
});

test("output is told by what the descriptor is, not by its number", () => {
  assert.deepEqual(output(fold({ records: [says(12n, 7, "x")] })), [[2, "x"]]);
});

test("where both streams are one, the number of the descriptor decides", () => {
  const both = { kind: STREAM.pipe, dev: 9n, ino: 11n };
  const streams = [both, both, both] as const;
  assert.deepEqual(output(fold({ start: { streams }, records: [says(11n, 2, "e"), says(11n, 5, "o")] })), [[2, "e"], [1, "o"]]);
});

test("what a child writes into a pipe of the unit is no output of the unit", () => {
  const pipe = { kind: STREAM.pipe, dev: 9n, ino: 50n };
  const streams = [pipe, pipe, start().streams[2]] as const;
  const child = fold({ start: { image: 2, parent: 1, seq: 10, streams }, records: [says(50n, 1, "inner"), says(12n, 2, "outer")] });
  const unit = fold({ records: [], children: [child] });
  assert.deepEqual(output(child), [[1, "inner"], [2, "outer"]]);
  assert.deepEqual(output(unit), [[2, "outer"]]);
});

test("reading standard input is a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ records: [reads(10n)] })), ["stdin"]);
});

test("reading standard input is no doubt where it is /dev/null", () => {
  const [, second, third] = start().streams;
  const streams = [{ kind: STREAM.null, dev: 9n, ino: 10n }, second, third] as const;
  assert.deepEqual(doubtCodes(fold({ start: { streams }, records: [reads(10n)] })), []);
});

test("a child that reads a pipe of the unit is a doubt for itself and none for the unit", () => {
  const [, second, third] = start().streams;
  const streams = [{ kind: STREAM.pipe, dev: 9n, ino: 50n }, second, third] as const;
  const child = fold({ start: { image: 2, parent: 1, seq: 10, streams }, records: [reads(50n)] });
  assert.deepEqual(doubtCodes(child), ["stdin"]);
  assert.deepEqual(doubtCodes(fold({ records: [], children: [child] })), []);
});

test("output past the limit is dropped with a doubt", () => {
  const unit = fold({ records: [says(11n, 1, "x".repeat(OUTPUT_BYTES_MAX)), says(11n, 1, "y")] });
  assert.deepEqual(unit.footprint.output, []);
  assert.deepEqual(doubtCodes(unit), ["output-too-large"]);
  assert.deepEqual(doubtCodes(fold({ records: [], children: [unit] })), ["output-too-large"]);
});
