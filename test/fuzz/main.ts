// Builds at random, under Fathom and bare, until they differ:
//   npm run fuzz -- --sequences 100 --seed 7
//   npm run fuzz -- --project <folder> --build "make -j2" --clean "make clean" --sequences 200
//   npm run fuzz -- --decoders --sequences 100000
//   npm run fuzz -- --tasks ...         a workspace of packages, by fathom run
//   npm run fuzz -- --late ...          the engine begins when a small build is over, as on a busy machine
//   npm run fuzz -- --ordinary ...      for an ordinary user, to whom permissions matter; run by root
//   npm run fuzz -- --again <file>      one that was kept
// Sequence n of seed s is sequence 0 of seed s + n.

import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { makeScratch, removeTree } from "../../src/base/scratch.ts";
import { damageAll } from "./decoders.ts";
import { generate, tasksSequence } from "./generate.ts";
import { judge, noCounts, ORDINARY_USER, type Ground, type Verdict } from "./oracle.ts";
import { projectSequence } from "./project.ts";
import { Random } from "./random.ts";
import { describeSequence, type Sequence } from "./sequence.ts";
import { shrink } from "./shrink.ts";
import { compileTools, lateNode } from "./tools.ts";

const SHRINK_TRIES_MAX = 150;

const { values } = parseArgs({
  options: {
    sequences: { type: "string", default: "100" },
    seed: { type: "string" },
    decoders: { type: "boolean", default: false },
    project: { type: "string" },
    build: { type: "string", default: "make" },
    clean: { type: "string" },
    again: { type: "string" },
    tasks: { type: "boolean", default: false },
    late: { type: "boolean", default: false },
    ordinary: { type: "boolean", default: false },
    "no-shrink": { type: "boolean", default: false },
  },
});

const count = Number(values.sequences);
const firstSeed = values.seed === undefined ? randomInt(1 << 30) : Number(values.seed);
const say = (text: string): void => console.log(text);

function makeOf(seed: number): Sequence {
  const random = new Random(seed);
  if (values.project === undefined) return values.tasks ? tasksSequence(random) : generate(random);
  return projectSequence(random, { folder: values.project, build: values.build, clean: values.clean ?? null });
}

function report(seed: number, sequence: Sequence, verdict: Extract<Verdict, { kind: "different" }>, ground: Ground): void {
  let difference = verdict.difference;
  const smallest = values["no-shrink"] ? sequence : shrink(sequence, SHRINK_TRIES_MAX, (smaller) => {
    const again = judge(smaller, { ...ground, keepsStore: false });
    if (again.kind === "different") difference = again.difference;
    return again.kind === "different";
  });
  const kept = join(tmpdir(), `fathom-fuzz-${seed}.json`);
  writeFileSync(kept, JSON.stringify(smallest));
  say(`seed ${seed}: differs from ${difference.against}, after build ${difference.round} of`);
  say(describeSequence(smallest));
  for (const line of difference.lines) say(`  ${line}`);
  say(`  kept: npm run fuzz -- --again ${kept}`);
}

function builds(): number {
  const scratch = makeScratch("fathom-fuzz");
  const ground: Ground = { scratch, tools: compileTools(scratch), node: values.late ? lateNode(scratch) : null, user: values.ordinary ? ORDINARY_USER : null, keepsStore: values.project !== undefined, counts: noCounts() };
  let [same, different, unsteady] = [0, 0, 0];
  try {
    const kept = values.again === undefined ? null : JSON.parse(readFileSync(values.again, "utf8")) as Sequence;
    for (let index = 0; index < (kept === null ? count : 1); index += 1) {
      const seed = firstSeed + index;
      const sequence = kept ?? makeOf(seed);
      const verdict = judge(sequence, ground);
      if (verdict.kind === "same") same += 1;
      if (verdict.kind === "unsteady") {
        unsteady += 1;
        say(`seed ${seed}: discarded, two bare runs differ: ${verdict.difference.lines.join(" ").slice(0, 200)}`);
      }
      if (verdict.kind === "different") {
        different += 1;
        report(seed, sequence, verdict, ground);
      }
    }
  } finally {
    removeTree(scratch);
  }
  const { builds: runs, replayed, ran, reasons } = ground.counts;
  say(`seed ${firstSeed}: ${same} sequences without a difference, ${different} with one, ${unsteady} discarded; ${runs} builds, ${replayed} units replayed, ${ran} ran`);
  say(`reasons for not storing: ${[...reasons].map(([code, times]) => `${code} ${times}`).join(", ")}`);
  return different === 0 ? 0 : 1;
}

function decoders(): number {
  const failures = damageAll(firstSeed, count);
  for (const failure of failures) say(failure);
  say(`seed ${firstSeed}: ${count} rounds of damage, ${failures.length} failures`);
  return failures.length === 0 ? 0 : 1;
}

process.exitCode = values.decoders ? decoders() : builds();
