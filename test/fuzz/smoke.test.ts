// A few random builds on every run of the tests, always the same ones. The long
// run of the same: npm run fuzz -- --sequences 100

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeScratch, removeTree } from "../../src/base/scratch.ts";
import { generate, tasksSequence } from "./generate.ts";
import { judge, noCounts } from "./oracle.ts";
import { Random } from "./random.ts";
import { describeSequence } from "./sequence.ts";
import { compileTools, lateNode } from "./tools.ts";

const WAYS = [
  ["random builds", [1, 2, 3, 4, 5, 6, 7, 8], generate, false],
  ["random builds of which the engine sees only how they ended", [1, 2, 3], generate, true],
  ["random workspaces", [1, 2], tasksSequence, false],
] as const;

for (const [what, seeds, make, isLate] of WAYS) {
  test(`${what} under Fathom give what they give bare, after any edit`, () => {
    const scratch = makeScratch("fathom-fuzz");
    try {
      const counts = noCounts();
      const ground = { scratch, tools: compileTools(scratch), node: isLate ? lateNode(scratch) : null, counts };
      for (const seed of seeds) {
        const sequence = make(new Random(seed));
        const verdict = judge(sequence, ground);
        if (verdict.kind === "different") assert.fail([`seed ${seed}`, describeSequence(sequence), `build ${verdict.difference.round}`, ...verdict.difference.lines].join("\n"));
      }
      assert.ok(counts.replayed > 0 && counts.ran > 0, `${counts.replayed} replayed, ${counts.ran} ran`);
    } finally {
      removeTree(scratch);
    }
  });
}
