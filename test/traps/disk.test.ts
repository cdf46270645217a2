// Disks that are full, or may not be written: the command does what it does
// alone, one sentence says what is not kept, and nothing half-written stays. With
// room again all is as if nothing had been.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cannotConfine, confined } from "../rig/confined.ts";
import { FATHOM, withRig, type Rig } from "../rig/rig.ts";

const SMALL = ["disk=/mnt:1m"];
const skip = cannotConfine(SMALL);
const BURN = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";

/** One script in a place, for what must happen on one mounted disk; each step's output, by its name. */
function steps(rig: Rig, refusals: readonly string[], script: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const text = Object.entries(script).map(([name, line]) => `echo "@${name}"; ${line}`).join("\n");
  const run = rig.bare([confined(), ...refusals, "--", "sh", "-c", `exec 2>&1\nfathom() { ${FATHOM} "$@"; }\n${text}`], { env });
  assert.equal(run.stderr, "");
  return Object.fromEntries(run.stdout.split(/^@/m).slice(1).map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]));
}

const BUILD = `fathom -- sh -c '${BURN}; head -c 300000 /dev/zero > big; cat a a > b; echo said'; echo "code $?"`;
const RIGHT = /^said$[^]*^code 0$/m;

/** How many sentences Fathom said. */
const sentences = (text = ""): number => text.split("\n").filter((line) => line.startsWith("fathom: ")).length;

for (const [when, fill] of [
  ["is full from the beginning", "cat /dev/zero > $FATHOM_STORE/lost+found"],
  ["fills up meanwhile", "fathom --quiet -- true; cat /dev/zero > $FATHOM_STORE/lost+found; truncate -s -200k $FATHOM_STORE/lost+found"],
] as const) {
  test(`where the store's disk ${when}, the command runs, nothing half-written stays, and with room all is stored`, { skip }, withRig((rig) => {
    const store = join(rig.scratch, "store");
    mkdirSync(store);
    rig.write("a", "alpha\n");
    const told = steps(rig, [`disk=${store}:1m`], {
      fill: `(${fill}) 2> /dev/null`,
      full: BUILD,
      again: BUILD,
      tree: "ls; cat b",
      staging: "ls $FATHOM_STORE/tmp",
      room: `rm $FATHOM_STORE/lost+found; ${BUILD}`,
      replayed: BUILD,
      verified: 'fathom cache verify; echo "code $?"',
    });
    for (const step of ["full", "again"]) {
      assert.match(told[step] ?? "", RIGHT);
      assert.equal(sentences(told[step]), 1, told[step]);
      assert.match(told[step] ?? "", /enospc/);
    }
    assert.equal(told["tree"], "a\nb\nbig\nalpha\nalpha\n");
    assert.equal(told["staging"], "");
    for (const step of ["room", "replayed"]) assert.match(told[step] ?? "", RIGHT);
    assert.match(told["replayed"] ?? "", /1 replayed, 0 run, 0 not stored/);
    assert.match(told["verified"] ?? "", /all sound\ncode 0\n$/);
  }));
}

test("where the store may not be written, the command runs and one sentence says so", { skip }, withRig((rig) => {
  const store = join(rig.scratch, "store");
  mkdirSync(store);
  rig.write("a", "alpha\n");
  const told = steps(rig, [`readonly=${store}`], { first: BUILD, tree: "cat b", store: "ls -A $FATHOM_STORE" });
  assert.match(told["first"] ?? "", RIGHT);
  assert.equal(sentences(told["first"]), 1);
  assert.match(told["first"] ?? "", /\(no-store\)/);
  assert.deepEqual([told["tree"], told["store"]], ["alpha\nalpha\n", ""]);
}));

test("where the home may not be written, the store is in the workspace", { skip }, withRig((rig) => {
  rig.write("a", "alpha\n");
  const told = steps(rig, [`readonly=${join(rig.scratch, "home")}`], { first: BUILD, second: BUILD }, { FATHOM_STORE: "", XDG_CACHE_HOME: "" });
  for (const text of Object.values(told)) assert.match(text, RIGHT);
  assert.match(told["second"] ?? "", /1 replayed/);
  assert.equal(rig.has(".fathom/store/version"), true);
}));

/** As coding agents keep their commands. */
const AGENT = ["deny=connect,sendmsg,recvmsg,ptrace:EPERM"];
const LANDLOCK = [...AGENT, "landlock=/dev,/proc"];
test("where only the workspace may be written, the store is in the workspace", { skip: cannotConfine(LANDLOCK) }, withRig((rig) => {
  rig.write("a", "alpha\n");
  mkdirSync(join(rig.scratch, "home/.cache/fathom"), { recursive: true });
  const env = { FATHOM_STORE: "", XDG_CACHE_HOME: "", TMPDIR: join(rig.work, "tmp") };
  mkdirSync(env.TMPDIR);
  const told = steps(rig, [...AGENT, `landlock=${rig.work},/dev,/proc`], { first: BUILD, second: BUILD, verified: 'fathom cache verify; echo "code $?"' }, env);
  for (const text of [told["first"], told["second"]]) assert.match(text ?? "", RIGHT);
  assert.match(told["second"] ?? "", /1 replayed/);
  assert.match(told["verified"] ?? "", /Checked 3 blobs [^]*code 0\n$/);
}));

test("where the workspace has no room for a replay, the command finds the tree as it was", { skip }, withRig((rig) => {
  const unit = `sh -c '${BURN}; cat journal journal > twice; mv twice journal; mkdir folder && head -c 300000 /dev/zero > folder/big && echo said'; echo "code $?"`;
  const reset = "rm -rf folder; echo begun > journal; sync journal";
  const told = steps(rig, [`disk=${rig.work}:1m`], {
    place: `cd ${rig.work}`,
    stored: `${reset}; fathom -- ${unit}`,
    replayed: `${reset}; fathom -- ${unit}`,
    full: `${reset}; (cat /dev/zero > filler; truncate -s -100k filler) 2> /dev/null`,
    alone: `${unit}; find . | sort; cat journal`,
    again: `${reset}; fathom --quiet -- ${unit}; find . | sort; cat journal`,
  });
  assert.match(told["replayed"] ?? "", /1 replayed/);
  assert.match(told["alone"] ?? "", /^code 1$/m);
  assert.equal(told["again"], told["alone"]);
}));
