// `fathom status` from outside of a build, under the tap: what hangs is called hung and
// what is slow is not, whatever of the supervisor's own stands in between. A hang needs
// a moment to come about, so it is asked about until it is there; slow must be slow each time.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { test } from "node:test";
import { EVENT_MS_MAX, FATHOM, Running, withRigAsync, type Rig } from "../rig/rig.ts";

interface Told {
  readonly verdict: string;
  readonly certainty: string;
  readonly sentence: string;
  readonly processes: readonly { readonly pid: number; readonly command: string; readonly does: string; readonly isStuck: boolean }[];
  readonly circles: readonly (readonly number[])[];
  readonly processesSoFar: number | null;
  readonly samples: number;
  readonly estimate: { readonly wallMs: number; readonly processes: number } | null;
}

const HUNG = 3;

function status(rig: Rig, ...args: readonly string[]): { readonly code: number | null; readonly runs: readonly Told[]; readonly stderr: string } {
  const run = spawnSync(FATHOM, ["status", "--json", ...args], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" });
  const parsed: unknown = JSON.parse(run.stdout);
  assert.ok(typeof parsed === "object" && parsed !== null && "runs" in parsed, run.stdout + run.stderr);
  return { code: run.status, runs: parsed.runs as readonly Told[], stderr: run.stderr };
}

/** While a command runs that has said that it is ready; then all of it is ended. */
async function during(rig: Rig, command: readonly string[], ask: () => void): Promise<void> {
  const running = rig.start(command, { flags: ["--no-cache"] }, true);
  await ended(running, ask);
}

async function ended(running: Running, ask: () => void): Promise<void> {
  try {
    await running.says("ready");
    ask();
  } finally {
    if (running.child.pid !== undefined) process.kill(-running.child.pid, "SIGKILL");
    await running.done;
  }
}

function hung(rig: Rig): Told {
  for (;;) {
    const { code, runs } = status(rig);
    const [told] = runs;
    assert.ok(told !== undefined, "it runs");
    if (told.verdict !== "hung") continue;
    assert.equal(code, HUNG);
    assert.equal(told.certainty, "consistent");
    return told;
  }
}

function slow(rig: Rig): Told {
  const { code, runs } = status(rig);
  const [told] = runs;
  assert.deepEqual([told?.verdict, code], ["slow", 0], JSON.stringify(runs));
  assert.ok(told !== undefined && told.samples <= 4);
  return told;
}

const hangs = (name: string, command: (rig: Rig) => readonly string[], sentence: RegExp, circle: number | null = null): void => {
  test(name, { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
    await during(rig, command(rig), () => {
      const told = hung(rig);
      assert.match(told.sentence, sentence, JSON.stringify(told));
      if (circle !== null) assert.ok(told.circles.some((each) => each.length === circle), JSON.stringify(told));
    });
  }));
};

const lasts = (name: string, command: (rig: Rig) => readonly string[], sentence: RegExp): void => {
  test(name, { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
    await during(rig, command(rig), () => {
      const told = slow(rig);
      assert.match(told.sentence, sentence, JSON.stringify(told));
    });
  }));
};

hangs("hung: two processes that each write to a full pipe which the other one is to read", (rig) => [rig.program("hang"), "full-pipes"], /2 processes wait for each other: .*full pipe.*full pipe/, 2);

hangs("hung: a reader that keeps the other end of its pipe open itself", (rig) => ["sh", "-c", `${rig.program("hang")} own-end`], /to read a pipe that nobody but itself has open to write/, 1);

hangs("hung: two threads that took two mutexes in opposite order", (rig) => [rig.program("hang"), "mutexes"], /another of its own threads, and none of them goes on/);

hangs("hung: two processes that took two file locks in opposite order", (rig) => [rig.program("hang"), "locks"], /wait for each other: .*the lock of ".*lock-[ab]".*the lock of ".*lock-[ab]"/, 2);

hangs("hung: a FIFO that nobody else opens", () => ["sh", "-c", "mkfifo queue; echo ready; cat queue"], /waits for somebody to open the other end of the FIFO "queue"/);

hangs("hung: a process that was stopped", (rig) => ["sh", "-c", `${rig.program("hang")} stopped; true`], /was stopped by a signal/);

hangs("hung: a node that waits for a child whose input it never ends", () => [
  process.execPath, "-e", "const { spawn } = require('node:child_process'); spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] }).once('spawn', () => console.log('ready'))",
], /wait for each other/, 2);

test("hung: input from a terminal at which nobody is", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  const command = `${FATHOM} --no-cache -- sh -c 'echo ready; read line'`;
  const running = new Running(spawn("script", ["-qfc", command, "/dev/null"], { cwd: rig.work, env: { ...rig.env }, stdio: ["pipe", "pipe", "pipe"], detached: true }));
  // What is below has a session of its own, and ends when it has its line.
  try {
    await running.says("ready");
    assert.match(hung(rig).sentence, /waits for input at the terminal \/dev\/pts\//);
  } finally {
    running.child.stdin?.end("a line\n");
    await running.done;
  }
}));

lasts("slow: a loop that takes a whole processor", () => ["sh", "-c", "echo ready; while :; do :; done"], /^Not hung: 1 process of 1 runs/);

lasts("slow: a program that sleeps, below make and a shell", (rig) => {
  rig.write("Makefile", "all:\n\t@echo ready; sleep 1000; true\n");
  return ["make"];
}, /nothing moves now, and "sleep 1000" \(\d+\) sleeps \(1000 s each time\)/);

lasts("slow: a reader whose writer sleeps", () => ["sh", "-c", "(echo ready >&2; echo ready; sleep 1000; echo) | cat"], /"sleep 1000"/);

lasts("slow: a writer at a full pipe whose reader takes a line now and then", () => ["sh", "-c", "yes | (echo ready; while sleep 1000; do read line; done)"], /"sleep 1000"/);

lasts("slow: a lock whose holder sleeps", () => ["sh", "-c", "mkfifo held; (flock 9; echo > held; sleep 1000; true) 9>lock & read line < held; echo ready; flock lock true"], /"sleep 1000"/);

lasts("slow: a node that waits for a timer", () => [process.execPath, "-e", "console.log('ready'); setInterval(() => undefined, 1e6)"], /Not hung/);

test("what is stuck is named though the rest goes on", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  const hang = rig.program("hang");
  await during(rig, ["sh", "-c", `${hang} own-end & sleep 1000; true`], () => {
    for (;;) {
      const told = slow(rig);
      const stuck = told.processes.filter(({ isStuck }) => isStuck);
      if (stuck.length === 0) continue;
      assert.deepEqual(stuck.map(({ command }) => command), ["hang own-end"]);
      assert.match(told.sentence, /^Not hung: .*but stuck: "hang own-end"/);
      return;
    }
  });
}));

test("any tree of processes can be asked about, and where nothing runs that is said", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  const nothing = status(rig);
  assert.deepEqual([nothing.code, nothing.runs], [1, []]);
  assert.match(nothing.stderr, /Nothing runs under Fathom/);
  const running = new Running(spawn("sh", ["-c", "echo ready; sleep 1000; true"], { stdio: ["ignore", "pipe", "pipe"], detached: true }));
  await ended(running, () => {
    const { code, runs } = status(rig, "--pid", String(running.child.pid));
    assert.deepEqual([code, runs[0]?.verdict, runs[0]?.processes.length], [0, "slow", 2]);
  });
}));

test("progress is counted, and estimated by the last run of the same command that succeeded", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  rig.write(".fathom/mark", "");
  const command = ["sh", "-c", "echo ready; for i in 1 2 3; do sh -c 'i=0; while [ $i -lt 9999 ]; do i=$((i+1)); done'; done; [ -e go ] || read line < queue; true"];
  rig.write("go", "");
  rig.fathom(command);
  rig.bare(["rm", "go"]);
  rig.bare(["mkfifo", "queue"]);
  const running = rig.start(command, {}, true);
  await ended(running, () => {
    const { estimate, processesSoFar } = hung(rig);
    assert.deepEqual([estimate?.processes, processesSoFar], [4, 4]);
  });
}));
