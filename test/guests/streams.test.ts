// Output is never lost and never changed, whatever its number or name, and
// replayed as it was: native/test/streams.c.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fathom, program, sameAsBare, scratch, type Linking } from "./rig.ts";

const linkings: readonly Linking[] = ["dynamic", "static"];

/** What is recorded whole is replayed; what is not is run again. Either way the bytes are the same. */
const claims: readonly (readonly [string, string, "stored" | "not stored"])[] = [
  ["duplicated", "output through duplicates of stdout", "stored"],
  ["inherited", "output of a child that knows stdout only as number 7", "stored"],
  ["non-blocking", "1 MiB to a pipe that does not block", "stored"],
  ["interrupted", "large writes interrupted by a signal every millisecond", "stored"],
  ["copied", "output that the kernel was asked to copy", "stored"],
  ["blocking", "to streams that stay blocking while Fathom's engine starts", "stored"],
  ["appended", "a log that several processes append to", "stored"],
  ["cancelled", "threads that are cancelled in write", "stored"],
];

for (const linking of linkings) {
  const flags = linking === "static" ? ["-static"] : [];
  for (const [name, claim, stored] of claims) {
    test(`the same bytes: ${claim} (${linking})`, () => {
      const { again } = sameAsBare([program("streams", flags), name]);
      assert.equal(again.replayed > 0 ? "stored" : "not stored", stored, JSON.stringify(again));
    });
  }

  test(`the same bytes: output through /dev/stdout, /dev/fd/1, /proc/self/fd/1 and /dev/stderr (${linking})`, () => {
    const { bare, again } = sameAsBare(["sh", "-c", `${program("streams", flags)} by-name 2>&1 | cat; :`]);
    assert.match(bare.stdout, /to stderr/);
    assert.ok(again.replayed > 0, JSON.stringify(again));
  });

  test(`a reader that goes away ends the writer (${linking})`, () => {
    const streams = program("streams", flags);
    for (const start of ["", `${fathom} --quiet -- `]) {
      const run = spawnSync("bash", ["-c", `${start}${streams} no-reader | head -n 1; echo \${PIPESTATUS[0]}`], {
        encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: join(scratch, "no-reader"), HOME: scratch } });
      assert.deepEqual([run.stdout, run.stderr], ["y\n3\n", "Broken pipe\n"]);
    }
  });
}

test("yes | head -n 1 ends, inside and outside", () => {
  for (const line of ["yes | head -n 1", "yes | sh -c 'read -r a; echo $a'"]) sameAsBare(["sh", "-c", line]);
  const run = spawnSync("bash", ["-c", `${fathom} --quiet -- yes | head -n 1; echo \${PIPESTATUS[0]}`], {
    encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: join(scratch, "yes"), HOME: scratch } });
  assert.deepEqual([run.stdout, run.stderr], ["y\n141\n", ""]);
});

test("SIGPIPE that was ignored outside stays ignored", () => {
  sameAsBare(["bash", "-c", "trap '' PIPE; sh -c 'grep SigIgn /proc/self/status'"]);
  const run = (start: readonly string[]): string => {
    return spawnSync("env", ["--ignore-signal=PIPE", ...start, "grep", "SigIgn", "/proc/self/status"], { encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: join(scratch, "pipe"), HOME: scratch } }).stdout;
  };
  assert.equal(run([fathom, "--quiet", "--"]), run([]));
});

test("shells keep stdout aside in every way they know", () => {
  const text = "exec 3>&1; echo one >&3; { echo two; } 2>&1 >&3; exec 4>&3; sh -c 'echo three >&4'; (echo four) >&4; exec 3>&-; awk 'BEGIN { print \"five\" > \"/dev/fd/4\" }'; echo six | tee /dev/stderr; : $(seq 30000)";
  for (const shell of ["sh", "bash"]) sameAsBare([shell, "-c", text]);
});

test("a process substitution is not replayed with what it gave last time", () => {
  const count = "for i in $(seq 30); do ls / > /dev/null; done; ";
  const { again } = sameAsBare(["bash", "-c", `${count}cat <(date +%N | head -c 0; echo a) > out; diff <(echo a) <(echo b)`]);
  assert.ok(again.processes > 0);
});

test("what is written to a file that was open outside is not lost", () => {
  const store = join(scratch, "outside");
  for (const expected of ["hello\n", "hello\n"]) {
    const path = join(scratch, `outside-${expected.length}`);
    const file = openSync(path, "w");
    const run = spawnSync(fathom, ["--quiet", "--", "sh", "-c", "for i in $(seq 30); do ls / > /dev/null; done; echo hello >&3"], {
      stdio: ["ignore", "ignore", "pipe", file], timeout: 20_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: store, HOME: scratch } });
    assert.equal(run.status, 0);
    assert.equal(readFileSync(path, "utf8"), expected);
  }
});
