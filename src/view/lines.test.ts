// The claims of lines.ts.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { makeScratch, removeTree } from "../base/scratch.ts";
import { mergedText, textOf, unifiedDiff } from "./lines.ts";

const SEED = Number(process.hrtime.bigint() % 1_000_000n);

/** Linear congruential; Numerical Recipes. */
function choices(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

test("changes of different places are merged, of the same line they are not", () => {
  assert.equal(mergedText("A\nb\nc\nd\n", "a\nb\nc\nd\n", "a\nb\nc\nD\n"), "A\nb\nc\nD\n");
  assert.equal(mergedText("A\nb\n", "a\nb\n", "x\nb\n"), null);
  assert.equal(mergedText("A\nb\n", "a\nb\n", "A\nb\n"), "A\nb\n");
  assert.equal(mergedText("a\nb", "a\n", "a\n"), "a\nb", "without a newline at the end");
});

test("bytes that are no text are not taken apart", () => {
  assert.equal(textOf(Buffer.from("a\0b")), null);
  assert.equal(textOf(Buffer.from([0xff, 0x0a])), "\xff\n");
});

test(`what a diff shows is what git apply makes of it (seed ${String(SEED)})`, () => {
  const scratch = makeScratch("fathom-lines");
  const choose = choices(SEED);
  const text = (count: number): string[] => Array.from({ length: count }, () => `line ${String(choose(9))}\n`);
  try {
    for (let round = 0; round < 20; round++) {
      const before = text(1 + choose(40));
      const after = before.flatMap((line) => (choose(8) === 0 ? [] : choose(8) === 0 ? [line, ...text(choose(3))] : [line]));
      const end = choose(2) === 0 ? "" : "no newline";
      const [old, fresh] = [before.join(""), after.join("") + end];
      const lines = unifiedDiff(old, fresh);
      if (lines.length === 0) assert.equal(old, fresh);
      writeFileSync(`${scratch}/f`, old);
      writeFileSync(`${scratch}/d`, `--- a/f\n+++ b/f\n${lines.join("\n")}\n`);
      if (lines.length > 0) assert.equal(spawnSync("git", ["apply", "d"], { cwd: scratch, encoding: "utf8" }).stderr, "", lines.join("\n"));
      assert.equal(readFileSync(`${scratch}/f`, "utf8"), fresh);
    }
  } finally {
    removeTree(scratch);
  }
});
