// What answers say where the runs are not as one would wish: damaged, of another kind of
// command, asked about with names that mean nothing.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Answered, type Rig, withRig } from "../rig/rig.ts";

const fathom = (rig: Rig, ...args: readonly string[]): Answered => rig.ask(args);

/** Two runs that are recorded; the newer one is cut short. */
function damageNewest(rig: Rig): void {
  rig.write(".git/HEAD", "");
  rig.write("a.c", "int a;\n");
  rig.fathom(["cc", "-c", "a.c"]);
  rig.write("a.c", "int b;\n");
  rig.fathom(["cc", "-c", "a.c"]);
  const newest = join(rig.work, ".fathom/runs", readdirSync(join(rig.work, ".fathom/runs")).sort().at(-1) ?? "");
  writeFileSync(newest, readFileSync(newest).subarray(0, 100));
}

test("where the newest run cannot be read that is said, and an older one answers", withRig((rig) => {
  damageNewest(rig);
  for (const question of ["why", "profile", "whatif", "races"]) {
    const { stdout, stderr, code } = fathom(rig, question);
    assert.equal(code, 0, question);
    assert.notEqual(stdout, "", question);
    assert.match(stderr, /^fathom: Cannot read the trace of run "/, question);
  }
  assert.match(fathom(rig, "postmortem").stderr, /none of the recorded ones did, but 1 run cannot be read/);
  assert.match(fathom(rig, "runs").stderr, /^fathom: Cannot read the trace of run "/);
}));

test("a run is not compared with another line for a shell that has nothing in common with it", withRig((rig) => {
  rig.write(".git/HEAD", "");
  rig.write("a.c", "int a;\n");
  rig.fathom(["sh", "-c", "cc -c a.c -o a.o && cc -c a.c -o b.o"]);
  rig.fathom(["sh", "-c", "exit 3"]);
  const { stderr, code } = fathom(rig, "postmortem");
  assert.equal(code, 2, stderr);
  assert.match(stderr, /no earlier run of "sh -c exit 3" that succeeded is recorded/);
}));

test("a folder is no name to ask why of, and what is wrong with a question is said before anything is built", withRig((rig) => {
  damageNewest(rig);
  assert.match(fathom(rig, "why", ".").stderr, /Cannot say why ".": it names a folder/);
  const asked = fathom(rig, "whatif", "--measure-delay", "cc", "--before", "touch built", "--", "cc", "-c", "a.c");
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /behind the last ":" expected a time/);
  assert.equal(readdirSync(rig.work).includes("built"), false);
  assert.equal(fathom(rig, "profile", "--perfetto", "/nonexistent/x").stderr.match(/Cannot write/g)?.length, 1);
}));
