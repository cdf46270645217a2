// The claims of trial.ts: nothing is called by a name that two runs have not proven.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../base/digest.ts";
import { absPath } from "../base/path.ts";
import type { Done } from "../cache/deviation.ts";
import { ABSENT, linkState, type Fact } from "../cache/facts.ts";
import { Roots } from "../cache/roots.ts";
import { STREAM_NULL, type Ask } from "../tap/messages.ts";
import { tryTwice, type Trial, type Trials } from "./trial.ts";

const roots = new Roots(absPath("/w"), absPath("/h"), null);
const stream = { kind: STREAM_NULL, access: 0, dev: 0n, ino: 0n };
const question: Ask = {
  kind: "ask", question: 1, image: 0, parent: 0, pid: 1, seq: 1, startedNs: 0n, weakKey: digestOf(Buffer.from("key")), umask: 0, flags: 0,
  streams: [stream, stream, stream], inherited: [], path: "/bin/x", cwd: "/w", argv: ["x"], env: [],
};
const made = (text: string, path = "/w/a"): Done => ({
  exitCode: 0, moves: [], output: Buffer.alloc(0),
  effects: [{ kind: "file", at: roots.tokenise(absPath(path)), content: digestOf(Buffer.from(text)), sizeBytes: 1, permissions: 0o644, time: { kind: "written", rank: 0 }, group: 0 }],
});
const subject = { kind: "missing", name: "\x01W/b" } as const;
const checked = { subjects: [subject], states: [ABSENT], signatures: [null] };
const same: readonly Fact[] = [{ subject, state: ABSENT }];
const other: readonly Fact[] = [{ subject, state: linkState("c") }];

/** What trials with these results tell, and how many were made. */
function told(expected: Done, ...results: readonly (Trial | null)[]): { readonly kind: Trials["kind"]; readonly made: number } {
  let count = 0;
  const { kind } = tryTwice(question, expected, checked, () => results[count++] ?? null);
  return { kind, made: count };
}

test("one trial that does what the entry says is enough", () => {
  assert.deepEqual(told(made("1"), { done: made("1"), facts: same }), { kind: "agree", made: 1 });
});

test("two trials that differ are nondeterminism", () => {
  assert.deepEqual(told(made("1"), { done: made("2"), facts: same }, { done: made("3"), facts: same }), { kind: "nondeterminism", made: 2 });
});

test("two trials that agree with each other only are no nondeterminism", () => {
  assert.deepEqual(told(made("1"), { done: made("2"), facts: same }, { done: made("2"), facts: same }), { kind: "repeat", made: 2 });
});

test("a trial that began in another state, or could not be made, tells nothing", () => {
  assert.deepEqual(told(made("1"), { done: made("1"), facts: other }), { kind: "untold", made: 1 });
  assert.deepEqual(told(made("1"), { done: made("2"), facts: same }, { done: made("3"), facts: other }), { kind: "untold", made: 2 });
  assert.deepEqual(told(made("1"), { done: made("2"), facts: same }, null), { kind: "untold", made: 2 });
  assert.deepEqual(told(made("1"), null), { kind: "untold", made: 1 });
});

test("what changes something outside the workspace is not tried", () => {
  assert.deepEqual(told(made("1", "/h/a"), { done: made("1", "/h/a"), facts: same }), { kind: "untold", made: 0 });
  assert.deepEqual(told(made("1"), { done: made("1", "/etc/a"), facts: same }), { kind: "untold", made: 1 });
});
