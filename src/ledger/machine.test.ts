// Which programs ask about the machine or the user, and what of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, missing, type Said } from "./fake.ts";
import { HOST_NAME, KERNEL, MACHINE, USER } from "./machine.ts";

const ALL = [HOST_NAME, KERNEL, MACHINE];
const ASKS = ["\x01uname", "\x01uname-2", "\x01uname-3", "\x01uname-4"].map((name): Said => ({ kind: "env", name }));

/** The names of the questions of a program that called uname(2) so often, `early` times before it looked at its script. */
function questions(argv: readonly string[], asked: number, early?: number): readonly string[] {
  const records = ASKS.slice(0, asked);
  if (early !== undefined) records.splice(early, 0, missing("/w/build.js"));
  const { environment } = fold({ start: { path: `/usr/bin/${argv[0] ?? ""}`, argv, env: [] }, records }).footprint;
  return environment.names;
}

test("uname shows what its options say", () => {
  assert.deepEqual(questions(["uname"], 1), []);
  assert.deepEqual(questions(["uname", "-so"], 1), []);
  assert.deepEqual(questions(["uname", "-sm", "-o"], 1), [MACHINE]);
  assert.deepEqual(questions(["uname", "-r"], 1), [KERNEL]);
  assert.deepEqual(questions(["uname", "--kernel-version"], 1), [KERNEL]);
  assert.deepEqual(questions(["uname", "-n"], 1), [HOST_NAME]);
  assert.deepEqual(questions(["uname", "-rn"], 1), [HOST_NAME, KERNEL]);
  assert.deepEqual(questions(["uname", "-a"], 1), ALL);
  assert.deepEqual(questions(["uname", "--something-new"], 1), ALL);
});

test("a program that calls uname(2) asks about both, but for what it does at its start", () => {
  assert.deepEqual(questions(["cmake", "."], 1), ALL);
  assert.deepEqual(questions(["cmake", "."], 0), []);
  assert.deepEqual(questions(["bash", "-c", "true"], 1), []);
  assert.deepEqual(questions(["rustup", "show"], 3), []);
  assert.deepEqual(questions(["rustup", "show"], 4), ALL);
});

test("of Node neither its start nor loading its module os is a question, whatever its version", () => {
  assert.deepEqual(questions(["node", "build.js"], 2, 1), []);
  assert.deepEqual(questions(["node", "build.js"], 3, 1), ALL);
  assert.deepEqual(questions(["node", "build.js"], 1, 0), []);
  assert.deepEqual(questions(["node", "build.js"], 2, 0), ALL);
  assert.deepEqual(questions(["node", "-e", "0"], 1), []);
  assert.deepEqual(questions(["node", "-p", "os.hostname()"], 2), ALL);
});

test("hostname shows that alone, and arch the kind of machine", () => {
  assert.deepEqual(questions(["hostname"], 1), [HOST_NAME]);
  assert.deepEqual(questions(["arch"], 1), [MACHINE]);
});

test("who tells the user asks who that is, also as one of many in one file", () => {
  for (const argv of [["id", "-u"], ["whoami"], ["groups"], ["busybox", "id"]]) assert.deepEqual(questions(argv, 0), [USER]);
  assert.deepEqual(questions(["busybox", "uname", "-r"], 1), [KERNEL]);
  assert.deepEqual(questions(["busybox", "hostname"], 1), [HOST_NAME]);
  assert.deepEqual(questions(["busybox", "ls", "id"], 0), []);
});
