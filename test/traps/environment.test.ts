// Traps of the environment: a variable that a program reads is an input however
// it reads it; for an ordinary program one that it does not read is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRan, assertReplayed, withRig } from "../rig/rig.ts";

test("a changed variable that the program asks for is a change, an unrelated one is none", withRig((rig) => {
  rig.program("get-env");
  const command = ["./get-env", "TRAP"];
  assertRan(rig.fathom(command, { env: { TRAP: "1" } }));
  assertReplayed(rig.fathom(command, { env: { TRAP: "1" } }));
  assertReplayed(rig.fathom(command, { env: { TRAP: "1", UNRELATED: "2" } }));
  assert.equal(rig.fathom(command, { env: { TRAP: "2" } }).stdout, "TRAP=2\n");
  assert.equal(rig.fathom(command).stdout, "TRAP=(not set)\n");
  assertReplayed(rig.fathom(command, { env: { TRAP: "1" } }));
}));

for (const [how, name] of [
  ["main's third argument", "env-third"], ["the array of variables", "env-array"], ["what lies behind the arguments", "env-behind"], ["a file below /proc", "env-proc"],
  ["getenv in a static program", "get-env.static"], ["main's third argument in a static program", "env-third.static"],
] as const) {
  test(`a variable read through ${how} is an input`, withRig((rig) => {
    rig.program(name);
    const command = [`./${name}`, "TRAP"];
    assertRan(rig.fathom(command, { env: { TRAP: "1" } }));
    assertReplayed(rig.fathom(command, { env: { TRAP: "1" } }));
    assert.equal(rig.fathom(command, { env: { TRAP: "2" } }).stdout, "TRAP=2\n");
    const without = rig.fathom(command).stdout;
    assert.equal(without, name.startsWith("get-env") ? "TRAP=(not set)\n" : "");
  }));
}

test("a shell reads every variable", withRig((rig) => {
  rig.program("count");
  assertRan(rig.sh('./count; echo "$TRAP"', { env: { TRAP: "1" } }));
  assert.match(rig.sh('./count; echo "$TRAP"', { env: { TRAP: "2" } }).stdout, /\n2\n$/);
}));

test("env -i runs a command that is observed and replayed all the same", withRig((rig) => {
  rig.program("copy");
  rig.write("a", "1\n");
  const command = ["env", "-i", "./copy", "a", "out"];
  assertRan(rig.fathom(command));
  assertReplayed(rig.fathom(command));
  rig.write("a", "2\n");
  rig.fathom(command);
  assert.equal(rig.read("out"), "2\n");
}));
