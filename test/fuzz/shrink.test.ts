// Shrinking finds what a failure needs, and generating gives the same for the same seed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { damage } from "./damage.ts";
import { generate } from "./generate.ts";
import { Random } from "./random.ts";
import { describeSequence, type Sequence } from "./sequence.ts";
import { fewer, shrink } from "./shrink.ts";

test("what is left of a list is what the failure needs", () => {
  const numbers = Array.from({ length: 40 }, (_, index) => index);
  assert.deepEqual(fewer(numbers, (rest) => rest.includes(3) && rest.includes(31)), [3, 31]);
  assert.deepEqual(fewer(numbers, () => true), []);
  assert.deepEqual(fewer(numbers, () => false), numbers);
  assert.deepEqual(fewer([], () => false), []);
});

const SEQUENCE: Sequence = {
  form: "script", command: ["sh", "build.sh"], isParallel: false, startsClean: false, project: null,
  sources: [{ kind: "write", path: "work/a", text: "" }, { kind: "write", path: "work/b", text: "" }],
  steps: [1, 2, 3, 4, 5].map((id) => ({ id, text: `step ${id}`, child: null })),
  rounds: [[], [{ kind: "touch", path: "work/a" }, { kind: "delete", path: "work/b" }], [], [{ kind: "toggle", step: 2 }]],
};

test("a failure of one step and one edit is shrunk to them", () => {
  const needs = ({ steps, rounds }: Sequence): boolean => steps.some(({ id }) => id === 4) && rounds.flat().some(({ kind }) => kind === "delete");
  const small = shrink(SEQUENCE, 1000, needs);
  assert.deepEqual([small.steps.map(({ id }) => id), small.rounds, small.sources], [[4], [[{ kind: "delete", path: "work/b" }]], []]);
});

test("shrinking asks no more often than it may", () => {
  let asked = 0;
  shrink(SEQUENCE, 7, () => {
    asked += 1;
    return true;
  });
  assert.ok(asked <= 7);
});

test("one seed gives one sequence, and another seed another", () => {
  const text = (seed: number): string => describeSequence(generate(new Random(seed)));
  assert.equal(text(5), text(5));
  assert.notEqual(text(5), text(6));
});

test("a sequence that was printed as JSON is the one that was generated", () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const sequence = generate(new Random(seed));
    assert.deepEqual(JSON.parse(JSON.stringify(sequence)), sequence);
  }
});

test("damage never touches the bytes it was given", () => {
  const bytes = Buffer.from("some bytes to damage");
  const random = new Random(1);
  for (let round = 0; round < 1000; round += 1) damage(bytes, random);
  assert.equal(bytes.toString(), "some bytes to damage");
});
