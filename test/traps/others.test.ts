// Traps of processes that are not the command's own: a replay would not do to
// them what it did, and what it learned of them may be otherwise by now.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { program } from "../rig/programs.ts";
import { withRig, withRigAsync, type Rig } from "../rig/rig.ts";

/** While another process runs, which says so with a line first. */
async function beside(command: readonly string[], rig: Rig, act: (pid: number) => void): Promise<string> {
  const [file = "", ...args] = command;
  const other = spawn(file, args, { cwd: rig.work, stdio: ["ignore", "pipe", "inherit"], detached: true });
  let said = "";
  other.stdout.on("data", (bytes: Buffer) => { said += bytes.toString(); });
  const ended = once(other, "close");
  await once(other.stdout, "data");
  const pid = other.pid ?? 0;
  try {
    act(pid);
  } finally {
    process.kill(-pid, "SIGKILL"); // With all that it has started.
  }
  await ended;
  return said;
}

const HOLD = { flock: "flock held sh -c 'echo held; exec sleep 30'", lockf: "exec ./lock held" } as const;

for (const [how, hold] of Object.entries(HOLD)) {
  test(`that a lock could not be had is not replayed: ${how}`, withRigAsync(async (rig) => {
    for (const name of ["lock", "count"]) rig.program(name);
    rig.write("held", "");
    const command = ["sh", "-c", `./count > /dev/null; ${how === "flock" ? "flock -n held true" : "./lock held once"} && echo had || echo busy`];
    await beside(["sh", "-c", hold], rig, () => {
      const ran = rig.fathom(command);
      assert.deepEqual([ran.stdout, ran.summary.reason?.code], ["busy\n", "error"]);
    });
    rig.bare(["sh", "-c", "flock held true"]); // Whoever held it has gone.
    assert.equal(rig.fathom(command).stdout, "had\n");
    assert.deepEqual([rig.fathom(command).summary.replayed, rig.fathom(command).stdout], [1, "had\n"]);
  }));
}

for (const [what, name] of [["a shell", "sh"], ["a program that Fathom sees from the kernel alone", "static"]] as const) {
  test(`a signal to another process is sent each time: by ${what}`, withRigAsync(async (rig) => {
    rig.program("count");
    rig.bare(["cp", program("signal.static"), "signal"]);
    const said = await beside(["sh", "-c", "trap 'echo signal' USR1; echo ready; while :; do sleep 0.05; done"], rig, (pid) => {
      const send = name === "sh" ? `kill -USR1 ${String(pid)}` : `./signal ${String(pid)}`;
      for (let time = 0; time < 2; time += 1) {
        const { summary } = rig.fathom(["sh", "-c", `./count > /dev/null; ${send}; sleep 0.2`]);
        assert.equal(summary.reason?.code, "kernel-state");
      }
    });
    assert.equal(said, "ready\nsignal\nsignal\n");
  }));
}

test("a signal to a process that the command started, or to itself, is its own business", withRig((rig) => {
  rig.program("count");
  rig.write("run.sh", "./count > /dev/null; trap 'echo own' USR1; kill -USR1 $$; kill -0 $$; timeout 5 true; echo done\n");
  rig.fathom(["sh", "run.sh"]);
  const again = rig.fathom(["sh", "run.sh"]);
  assert.deepEqual([again.stdout, again.summary.replayed], ["own\ndone\n", 1]);
}));

test("who looks for other processes is told each time who is there", withRig((rig) => {
  rig.program("count");
  const { summary } = rig.fathom(["sh", "-c", "./count > /dev/null; ls /proc > /dev/null && echo looked"]);
  assert.equal(summary.reason?.code, "processes");
}));

test("who writes to settings of the kernel, or of another process, is not stored", withRig((rig) => {
  rig.program("count");
  for (const file of ["/proc/1/oom_score_adj", "/sys/nothing"]) {
    const { summary } = rig.fathom(["sh", "-c", `./count > /dev/null; true 2> /dev/null >> ${file} || :`]);
    assert.equal(summary.reason?.code, "kernel-state", file);
  }
}));
