// Traps of how a command ends: its exit code and signal are Fathom's own, what
// failed or was killed is never a success later, and nothing stays behind.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { describeTree } from "../../src/base/scratch.ts";
import { EVENT_MS_MAX, FATHOM, assertRan, assertReplayed, withRig, withRigAsync, type Rig } from "../rig/rig.ts";

test("a failing command is not replayed as a success and runs again", withRig((rig) => {
  rig.program("status");
  for (let times = 0; times < 3; times++) {
    const ran = rig.fathom(["./status", "7"]);
    assert.deepEqual([ran.code, ran.stdout, ran.summary.replayed], [7, "said\n", 0]);
  }
}));

test("a failure inside a command that succeeds is replayed with it", withRig((rig) => {
  rig.program("status");
  const script = './status 7; echo "code $?"';
  assertRan(rig.sh(script));
  const again = rig.sh(script);
  assertReplayed(again);
  assert.equal(again.stdout, "said\ncode 7\n");
}));

test("exit codes are the command's own", withRig((rig) => {
  for (const code of [0, 1, 2, 126, 127, 255]) assert.equal(rig.sh(`exit ${code}`).code, code);
  assert.equal(rig.bare([FATHOM, "--quiet", "--", "./absent"]).code, 127);
  rig.write("plain", "no program\n");
  assert.equal(rig.bare([FATHOM, "--quiet", "--", "./plain"]).code, 126);
}));

test("a command that was killed is not stored, and Fathom dies by the same signal", withRig((rig) => {
  rig.program("status");
  for (const [number, signal] of [[15, "SIGTERM"], [9, "SIGKILL"], [6, "SIGABRT"], [11, "SIGSEGV"]] as const) {
    for (let times = 0; times < 2; times++) {
      const ran = rig.fathom(["./status", `-${number}`]);
      assert.deepEqual([ran.signal, ran.summary.replayed, ran.stdout], [signal, 0, "said\n"]);
    }
  }
  rig.program("count");
  const inside = rig.sh("./count >/dev/null; ./status -9; echo $?");
  assert.equal(inside.stdout, "said\n137\n");
  assert.equal(inside.summary.reason?.code, "killed");
}));

test("a daemon that is left behind works on; the command returns and is not stored", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  rig.program("daemon");
  rig.bare(["mkfifo", "fifo"]);
  const ran = rig.fathom(["./daemon", "fifo", "out"]);
  assert.equal(ran.stdout, "started\n");
  assert.equal(ran.summary.reason?.code, "left-running");
  assert.equal(rig.has("out"), false);
  // Opening the other end wakes it; closing it says so to the daemon, whose end closes when it has written.
  writeFileSync(rig.path("fifo"), "");
  await gone(rig);
  assert.equal(rig.read("out"), "the daemon worked on\n");
  assert.equal(rig.has("out"), true);
}));

/** Until nothing with this rig's folder as its own runs any more: `wait` for processes that are not our children. */
async function gone(rig: Rig): Promise<void> {
  while (processesOf(rig).length > 0) await new Promise((resolve) => setImmediate(resolve));
}

function processesOf(rig: Rig): string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/environ`, "latin1").includes(`FATHOM_STORE=${rig.env["FATHOM_STORE"] ?? ""}`);
    } catch (error) {
      assert.ok(error instanceof Error);
      return false; // Gone meanwhile, or somebody else's.
    }
  });
}

test("a named pipe is opened once", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  rig.program("copy");
  rig.bare(["mkfifo", "fifo"]);
  const running = rig.start(["./copy", "fifo", "out"]);
  writeFileSync(rig.path("fifo"), "through a pipe\n");
  const ran = await running.summary();
  assert.equal(rig.read("out"), "through a pipe\n");
  assert.equal(ran.summary.reason?.code, "device");
}));

test("a command that opens a TCP connection is not stored, and the reason is named", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  rig.program("connect");
  const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  for (let times = 0; times < 2; times++) {
    const ran = await rig.start(["./connect", String(port)]).summary();
    assert.equal(ran.stdout, "connected\n");
    assert.equal(ran.summary.reason?.code, "network");
    assert.match(ran.summary.reason.text, new RegExp(`127.0.0.1:${port}`));
  }
  server.close();
  assert.equal(rig.fathom(["./connect", String(port)]).stdout, "refused\n");
}));

/** Names in the store that are half of something. */
function leftovers(rig: Rig): string[] {
  const store = rig.env["FATHOM_STORE"] ?? "";
  const staging = readdirSync(store).filter((name) => /tmp|stag/.test(name));
  return staging.flatMap((name) => [...describeTree(join(store, name)).keys()]);
}

for (const [how, send] of [
  ["SIGINT to the whole group, as Ctrl-C does", (fathom: number): void => { process.kill(-fathom, "SIGINT"); }],
  ["SIGTERM to Fathom only", (fathom: number): void => { process.kill(fathom, "SIGTERM"); }],
] as const) {
  test(`${how} ends the tree, leaves nothing half-written and is not stored`, { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
    rig.program("hold");
    // setsid, so that the group is not that of the tests.
    const running = rig.start(["./hold", "out"], {}, true);
    await running.says("ready");
    await running.says("child");
    const pid = running.child.pid ?? 0;
    send(pid);
    const ran = await running.done;
    assert.equal(ran.signal, how.startsWith("SIGINT") ? "SIGINT" : "SIGTERM");
    const children = [...ran.stdout.matchAll(/(?:ready|child) (\d+)/g)].map(([, number]) => Number(number));
    assert.equal(children.length, 2);
    await gone(rig);
    assert.deepEqual(leftovers(rig), []);
    rig.write("out", "");
    const again = rig.start(["./hold", "out"], {}, true);
    await again.says("ready");
    assert.equal(rig.read("out"), "half");
    process.kill(-(again.child.pid ?? 0), "SIGKILL");
    await again.done;
    await gone(rig);
  }));
}

test("a signal that the command handles is the command's business", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  const running = rig.start(["sh", "-c", 'trap "echo caught; exit 5" TERM; echo ready; while :; do read line < /dev/tty 2>/dev/null || sleep 0.01; done'], {}, true);
  await running.says("ready");
  process.kill(running.child.pid ?? 0, "SIGTERM");
  const ran = await running.done;
  assert.deepEqual([ran.code, ran.stdout], [5, "ready\ncaught\n"]);
}));

test("kill -9 of Fathom while it stores leaves a store that works", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  rig.program("copy");
  rig.write("a", "1\n");
  const running = rig.start(["sh", "-c", "./copy a out; echo ready"], {}, true);
  await running.says("ready");
  process.kill(-(running.child.pid ?? 0), "SIGKILL");
  await running.done;
  await gone(rig);
  rig.fathom(["./copy", "a", "out"]);
  assertReplayed(rig.fathom(["./copy", "a", "out"]));
  assert.equal(rig.read("out"), "1\n");
}));

test("two Fathoms at once on one store do the work of both", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  rig.program("copy");
  const names = ["a", "b", "c", "d"];
  for (const name of names) rig.write(name, `${name}\n`);
  const script = (of: readonly string[]): string => of.map((name) => `./copy ${name} ${name}.out`).join("; ");
  const both = await Promise.all([rig.start(["sh", "-c", script(names)]).summary(), rig.start(["sh", "-c", `${script(names)}; :`]).summary()]);
  for (const ran of both) assert.equal(ran.code, 0);
  for (const name of names) assert.equal(rig.read(`${name}.out`), `${name}\n`);
  const after = await Promise.all(names.map((name) => rig.start(["./copy", name, `${name}.out`]).summary()));
  for (const ran of after) assert.equal(ran.summary.replayed, 1, JSON.stringify(ran));
}));

test("a Fathom inside a Fathom joins the outer one", withRig((rig) => {
  rig.program("copy");
  rig.write("a", "1\n");
  const command = [FATHOM, "--quiet", "--", "./copy", "a", "out"];
  rig.fathom(command);
  rig.fathom(command);
  const again = rig.fathom(command);
  assert.equal(again.summary.replayed, 1, JSON.stringify(again));
  assert.equal(existsSync(rig.path("out")), true);
  assert.equal(spawnSync("true").status, 0);
}));
