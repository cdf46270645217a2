// What a person reads of many faults that are one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Race, RaceSide } from "./races-answer.ts";
import { racesLines } from "./races-text.ts";

const sideOf = (image: number, target: string): RaceSide => {
  const process = { run: "1", image, task: null, command: `cc -c ${target}` };
  return { process, task: process, target, place: "Makefile:3", did: "read", beganMs: 0, endedMs: 10 };
};

const missing = (image: number, target: string, paths: readonly string[]): Race => ({
  kind: "missing-input", class: "missing-input", grade: "consistent", paths, writer: null, other: sideOf(image, target), times: 1, because: `make does not know that "${target}" depends on it`, symptom: null, suggestion: "", confirmation: null,
});

test("a header that is missing to many targets is one thing to read, with the others by name", () => {
  const races = [missing(1, "a.o", ["all.h"]), missing(2, "b.o", ["own.h"]), missing(3, "c.o", ["all.h"])];
  const lines = racesLines({ run: { id: "1", startedNs: 0n, command: "make" }, sentence: "", races, guesses: [], notes: [] }, false);
  assert.deepEqual(lines.filter((line) => /^(STALE| {2}also)/.test(line)), ["STALE  all.h   consistent: an input that the rule does not name", "  also: \"c.o\"", "STALE  own.h   consistent: an input that the rule does not name"]);
});
