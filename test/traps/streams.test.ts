// Traps of what a command prints: the same bytes in the same order on each
// stream, when it runs and when it is replayed, whoever reads them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EVENT_MS_MAX, FATHOM, assertRan, assertReplayed, splitSummary, withRig, withRigAsync, type Rig } from "../rig/rig.ts";

const digest = (text: string): string => `${text.length} ${createHash("sha256").update(text, "latin1").digest("hex")}`;

const MANY = 10_000_000;

for (const name of ["chatter", "chatter.static"]) {
  test(`10 MB on stdout and on stderr in turns are the same bytes, also replayed (${name})`, withRig((rig) => {
    rig.program(name);
    const command = [`./${name}`, String(MANY)];
    const bare = rig.bare(["sh", "-c", `./${name} ${MANY} | sha256sum; ./${name} ${MANY} 2>&1 >/dev/null | sha256sum`]).stdout.split(/[ \n-]+/);
    for (const each of [rig.fathom(command), rig.fathom(command)]) {
      assert.equal(digest(each.stdout).split(" ")[1], bare[0]);
      assert.equal(digest(each.stderr).split(" ")[1], bare[1]);
    }
    assertReplayed(rig.fathom(command));
  }));
}

test("two streams that are one file keep the order between them, also replayed", withRig((rig) => {
  rig.program("chatter");
  const bare = digest(rig.bare(["sh", "-c", "./chatter 1000000 2>&1"]).stdout);
  for (let times = 0; times < 2; times++) {
    const run = rig.bare(["sh", "-c", `exec 2>&1; ${FATHOM} --quiet -- ./chatter 1000000`]);
    assert.equal(digest(run.stdout), bare);
  }
  for (let times = 0; times < 2; times++) {
    rig.bare(["sh", "-c", `${FATHOM} --quiet -- ./chatter 1000000 > both 2>&1`]);
    assert.equal(digest(rig.read("both")), bare);
  }
}));

test("a slow reader gets all of it, from the command and from the replay", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  rig.program("chatter");
  for (const expected of [0, 1]) {
    const running = rig.start(["./chatter", "1000000"]);
    // The pipe is full and nobody reads: the command waits. Then it is read.
    running.child.stdout?.pause();
    running.child.stderr?.once("data", () => running.child.stdout?.resume());
    const ran = await running.summary();
    assert.equal(ran.stdout.length, 1_000_000);
    assert.equal(ran.stderr.length, 1_000_000);
    assert.equal(ran.summary.replayed, expected);
  }
}));

test("a reader that goes away ends the command as it would without Fathom", withRig((rig) => {
  rig.program("chatter");
  const run = rig.bare(["sh", "-c", `{ ${FATHOM} --quiet -- sh -c './chatter 1000000 2>/dev/null; echo "code $?" >&2'; } | head -c 10`]);
  assert.equal(run.stderr, "code 141\n");
}));

test("a pipeline of three is one unit, replayed with its output", withRig((rig) => {
  rig.program("copy");
  rig.write("a", "c\nb\na\n");
  const script = "./copy a x | tr a-z A-Z | sort; cat x | sort | tail -n 1";
  const first = rig.sh(script);
  assertRan(first);
  assert.equal(first.stdout, "COPIED A\nc\n");
  const again = rig.sh(script);
  assertReplayed(again);
  assert.equal(again.stdout, first.stdout);
}));

test("a process that closes every descriptor is observed and replayed", withRig((rig) => {
  rig.program("close-all");
  assertRan(rig.fathom(["./close-all", "out"]));
  rig.write("out", "");
  assertReplayed(rig.fathom(["./close-all", "out"]));
  assert.equal(rig.read("out"), "made with nothing open\n");
}));

test("output into a file that was opened before the command is printed again, at the place where it was", withRig((rig) => {
  rig.program("chatter");
  for (const fathom of ["", `${FATHOM} --quiet -- `, `${FATHOM} --quiet -- `]) {
    rig.bare(["sh", "-c", `{ echo first; ${fathom}./chatter 100 2>/dev/null; echo last; } > out`]);
    assert.match(rig.read("out"), /^first\n[a-z]{100}last\n$/);
  }
  for (const append of ["", `${FATHOM} --quiet -- `, `${FATHOM} --quiet -- `]) {
    rig.write("log", "begin\n");
    rig.bare(["sh", "-c", `${append}./chatter 100 2>/dev/null >> log`]);
    assert.match(rig.read("log"), /^begin\n[a-z]{100}$/);
  }
}));

test("a command whose shell redirects its output into a file is replayed with that file", withRig((rig) => {
  rig.program("chatter");
  const script = "./chatter 100000 > out 2> err";
  assertRan(rig.sh(script));
  const made = [digest(rig.read("out")), digest(rig.read("err"))];
  rig.write("out", "");
  rig.write("err", "something else");
  assertReplayed(rig.sh(script));
  assert.deepEqual([digest(rig.read("out")), digest(rig.read("err"))], made);
}));

test("what several processes write into one pipe comes out the same when replayed", withRig((rig) => {
  rig.program("chatter");
  const script = "./chatter 50000 2>&1; ./chatter 30000 & ./chatter 30000; wait; echo end";
  const first = rig.sh(script);
  assertRan(first);
  const again = rig.sh(script);
  assertReplayed(again);
  // What two write at the same time has no order; what one writes after the other has.
  const [before, at] = [rig.bare(["sh", "-c", "./chatter 50000 2>&1"]).stdout, first.stdout.length];
  for (const { stdout } of [first, again]) assert.ok(stdout.startsWith(before) && stdout.endsWith("end\n") && stdout.length === at);
  const sorted = (text: string): string => digest(text.split("").sort().join(""));
  assert.equal(sorted(again.stdout), sorted(first.stdout));
  assert.equal(sorted(again.stderr), sorted(first.stderr));
}));

test("a command that reads what it was given on its input is not stored", withRig((rig) => {
  rig.program("count");
  assert.equal(rig.sh("./count; cat", { input: "1\n" }).summary.reason?.code, "stdin");
  assert.match(rig.sh("./count; cat", { input: "2\n" }).stdout, /\n2\n$/);
}));

/** Under a terminal of its own, with input from nowhere. */
const underTerminal = (command: string): string[] => ["script", "-qec", command, "/dev/null"];

test("under a terminal the command sees a terminal, and what it says to a pipe is another entry", withRig((rig) => {
  rig.program("is-terminal");
  const run = `${FATHOM} --quiet -- ./is-terminal`;
  for (let times = 0; times < 2; times++) {
    assert.equal(rig.bare(underTerminal(run)).stdout, "111\r\n");
    assert.equal(rig.bare(underTerminal(`${run} | cat`)).stdout, "101\r\n");
    assert.equal(rig.bare(underTerminal(`${run} 2>/dev/null`)).stdout, "110\r\n");
    assert.equal(rig.fathom(["./is-terminal"]).stdout, "000\n");
  }
  assert.match(rig.bare(underTerminal(`${FATHOM} --json -- ./is-terminal`)).stdout, /^111\r\n.*"replayed":1/);
}));

const WORK = "seq 100000 | sort -r | tail -n 1";
/** How many units are replayed of a command whose output leads nowhere. */
function replayedIntoNothing(rig: Rig, script: string): number {
  rig.bare(["sh", "-c", `"${FATHOM}" --json -- sh -c '${script}' > /dev/null 2> "$HOME/said"`]);
  return splitSummary(readFileSync(join(rig.scratch, "home/said"), "latin1")).summary.replayed;
}

test("what was said to somebody is replayed where nobody listens, and what was said to nobody runs once more", withRig((rig) => {
  assertRan(rig.sh(WORK));
  assert.equal(replayedIntoNothing(rig, WORK), 1);
  const other = `${WORK}; echo other`;
  assert.equal(replayedIntoNothing(rig, other), 0);
  assert.equal(replayedIntoNothing(rig, other), 1);
  const heard = rig.sh(other);
  assertRan(heard);
  assert.equal(heard.stdout, "1\nother\n");
  assertReplayed(rig.sh(other));
  assert.equal(replayedIntoNothing(rig, other), 1);
}));
