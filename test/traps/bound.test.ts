// Traps of what is above a program: another user's rights, a filter, a tracer, other
// mounts. What ran below them is not what runs alone, and neither answers for the other.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { cannotConfine, confined } from "../rig/confined.ts";
import { assertReplayed, withRig, type Rig } from "../rig/rig.ts";

const isRoot = process.getuid?.() === 0;
const lacks = (tool: string): string | false => (spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0 ? false : `there is no ${tool} here`);

/** Alone, below, alone and below again: whichever was stored first, each says what it says without Fathom. */
function keepApart(rig: Rig, alone: readonly string[], below: readonly string[]): void {
  const said = (command: readonly string[]): string => rig.bare(command).stdout;
  const expected = [said(alone), said(below)];
  assert.notEqual(expected[0], expected[1]);
  for (const order of [[alone, below], [below, alone]]) {
    rig.bare(["rm", "-rf", rig.env["FATHOM_STORE"] ?? ""]);
    for (let times = 0; times < 2; times++) {
      for (const command of order) assert.equal(rig.fathom(command).stdout, expected[command === alone ? 0 : 1], command.join(" "));
    }
  }
  assertReplayed(rig.fathom(alone));
}

test("what root did is not what another user does", { skip: isRoot ? lacks("setpriv") : "only root can become somebody else" }, withRig((rig) => {
  rig.program("who");
  rig.bare(["chmod", "-R", "a+rX", rig.scratch]);
  keepApart(rig, ["./who"], ["setpriv", "--reuid=65534", "./who"]);
  keepApart(rig, ["sh", "-c", "./who; :"], ["setpriv", "--reuid=65534", "sh", "-c", "./who; :"]);
}));

const NO_SOCKET = ["deny=socket:EACCES"];
test("what ran below a filter is not what runs without it", { skip: cannotConfine(NO_SOCKET) }, withRig((rig) => {
  rig.program("who");
  keepApart(rig, ["./who"], [confined(), ...NO_SOCKET, "--", "./who"]);
}));

test("a command that runs its parts below a filter is stored whole", { skip: cannotConfine(NO_SOCKET) }, withRig((rig) => {
  rig.program("who");
  const command = ["sh", "-c", `${confined()} ${NO_SOCKET.join(" ")} -- ./who`];
  rig.fathom(command);
  assertReplayed(rig.fathom(command));
}));

const READ_ONLY = ["readonly=/usr/share"];
test("what ran with other mounts is not what runs without them", { skip: cannotConfine(READ_ONLY) }, withRig((rig) => {
  rig.program("copy");
  rig.write("a", "outside\n");
  rig.write("b", "inside\n");
  const copies = ["sh", "-c", "./copy a out; cat out; :"];
  keepApart(rig, copies, ["unshare", "-m", "sh", "-c", `mount --bind b a && ${copies[2] ?? ""}`]);
  keepApart(rig, copies, ["unshare", "-m", "sh", "-c", `mount --bind b a && sh -c '${copies[2] ?? ""}'`]);
}));

test("a tracer sees all of what it traces, stored or not", { skip: lacks("strace") }, withRig((rig) => {
  rig.program("copy");
  rig.write("a", "1\n");
  const copies = ["sh", "-c", "./copy a out; :"];
  rig.fathom(copies);
  const traced = ["strace", "-f", "-o", "trace", "-e", "trace=execve", ...copies];
  for (let times = 0; times < 2; times++) {
    rig.fathom(traced);
    assert.match(rig.read("trace"), /execve\("\.\/copy"/);
  }
  assertReplayed(rig.fathom(copies));
}));

test("what a debugger made of a program is not what the program does", { skip: lacks("gdb") }, withRig((rig) => {
  rig.program("copy");
  rig.write("a", "1\n");
  // The argument is its own from here on.
  rig.fathom(["gdb", "-nx", "-batch", "-ex", "break put_file", "-ex", "break write", "-ex", "run", "-ex", "set var *(char *)$rsi = 'X'", "-ex", "continue", "--args", "./copy", "a", "out"]);
  assert.equal(rig.read("out"), "X\n");
  rig.fathom(["./copy", "a", "out"]);
  assert.equal(rig.read("out"), "1\n");
}));
