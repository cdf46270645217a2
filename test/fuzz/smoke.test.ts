// A few random builds on every run of the tests, always the same ones. The long
// run of the same: npm run fuzz -- --sequences 100

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeScratch, removeTree } from "../../src/base/scratch.ts";
import { generate, tasksSequence } from "./generate.ts";
import { judge, noCounts, ORDINARY_USER } from "./oracle.ts";
import { Random } from "./random.ts";
import { describeSequence, type Sequence } from "./sequence.ts";
import { compileTools, lateNode } from "./tools.ts";

/** Who may write what only permissions forbid learns nothing of them. */
const isRoot = process.getuid?.() === 0;

interface Way {
  readonly what: string;
  readonly seeds: readonly number[];
  readonly make: (random: Random) => Sequence;
  readonly isLate?: boolean;
  readonly isOrdinary?: boolean;
}

const WAYS: readonly Way[] = [
  { what: "random builds", seeds: [1, 2, 3, 4, 5, 6, 7, 8], make: generate },
  { what: "random builds of which the engine sees only how they ended", seeds: [1, 2, 3], make: generate, isLate: true },
  { what: "random builds of an ordinary user", seeds: [1, 2, 3], make: generate, isOrdinary: true },
  { what: "random workspaces", seeds: [1, 2], make: tasksSequence },
];

for (const { what, seeds, make, isLate = false, isOrdinary = false } of WAYS) {
  test(`${what} under Fathom give what they give bare, after any edit`, { skip: isOrdinary && !isRoot ? "not run by root" : false }, () => {
    const scratch = makeScratch("fathom-fuzz");
    try {
      const counts = noCounts();
      const ground = { scratch, tools: compileTools(scratch), node: isLate ? lateNode(scratch) : null, user: isOrdinary ? ORDINARY_USER : null, keepsStore: false, counts };
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
