// `fathom races` on small builds: every fault that was put in is found and named, under
// every kind of program that runs two things at a time, and none is invented.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { RacesAnswer } from "../../src/explain/races-answer.ts";
import { FATHOM, withRig, type Rig } from "../rig/rig.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { SCHEDULERS } from "./schedulers.ts";

function races(rig: Rig, ...args: readonly string[]): RacesAnswer {
  const run = spawnSync(FATHOM, ["races", "--json", ...args], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" });
  assert.ok(run.status === 0 || run.status === 3, run.stderr);
  return JSON.parse(run.stdout) as RacesAnswer;
}

function prepare(rig: Rig, { a, b }: Pick<Fault, "a" | "b">): void {
  rig.program("meet");
  rig.write("a.sh", `${WORK}\n${a}\n`);
  rig.write("b.sh", `${WORK}\n${b}\n`);
  for (const [name, text] of [["x", "one\n"], ["y", "two\n"], ["old", "three\n"], ["parts/one.txt", "four\n"]] as const) rig.write(name, text);
}

/** Of a step that takes less than it takes to be stored nothing is known that it read (docs/reference/cli.md, limits of fathom races). */
const WORK = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";

let count = 0;

for (const scheduler of SCHEDULERS) {
  const isMissing = scheduler.name === "ninja" && !existsSync("/usr/bin/ninja");
  for (const fault of FAULTS) {
    test(`${scheduler.name}: ${fault.name}`, { skip: isMissing ? "ninja is not installed" : false }, withRig((rig) => {
      prepare(rig, fault);
      count += 1;
      rig.fathom(scheduler.prepare(rig), { flags: ["--force"], env: { MEETING: `${String(process.pid)}-${String(count)}` } });
      const answer = races(rig);
      const shown = answer.races.map((race) => ({ class: race.class, kind: race.kind, paths: race.paths, symptom: race.symptom }));
      if (fault.found === null) return assert.deepEqual(shown, []);
      const { classes, path } = fault.found;
      assert.ok(shown.some((race) => classes.includes(race.class) && race.paths.includes(path)), JSON.stringify(shown));
      assert.deepEqual(shown.filter((race) => !race.paths.every((each) => each === path)), [], "nothing else is a race");
    }));
  }
}
