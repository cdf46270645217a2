// The claims of deviation.ts: what counts as a difference, and what does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../base/digest.ts";
import { absPath } from "../base/path.ts";
import { changedFact, firstDeviation, type Deviation, type Done } from "./deviation.ts";
import type { Effect, FileEffect } from "./entry.ts";
import { ABSENT, linkState } from "./facts.ts";
import { encodeOutput } from "./output.ts";
import { Roots } from "./roots.ts";

const roots = new Roots(absPath("/w"), null, null);
const at = (name: string): Effect["at"] => roots.tokenise(absPath(`/w/${name}`));
const digestFor = (text: string): FileEffect["content"] => digestOf(Buffer.from(text));
const file = (name: string, change: Partial<FileEffect> = {}): FileEffect =>
  ({ kind: "file", at: at(name), content: digestFor("same"), sizeBytes: 4, permissions: 0o644, time: { kind: "written", rank: 0 }, group: 0, ...change });
const link = (target: string): Effect => ({ kind: "link", at: at("a"), target, time: { kind: "written", rank: 0 } });
const directory = (permissions: number): Effect => ({ kind: "directory", at: at("a"), permissions });
const absent: Effect = { kind: "absent", at: at("a") };
const done = (change: Partial<Done> = {}): Done => ({ exitCode: 0, moves: [], effects: [], output: Buffer.alloc(0), ...change });
const effects = (...list: readonly Effect[]): Done => done({ effects: list });
const said = (...pieces: readonly (readonly [1 | 2, string])[]): Done =>
  done({ output: encodeOutput(pieces.map(([stream, text]) => ({ stream, bytes: Buffer.from(text) }))) });

const CASES: readonly (readonly [what: string, expected: Done, found: Done, deviation: Deviation | null])[] = [
  ["another exit code", done(), done({ exitCode: 3 }), { kind: "exit-code", expected: 0, found: 3 }],
  ["a file that was not made", effects(file("a")), effects(), { kind: "missing", at: at("a") }],
  ["a file too many", effects(), effects(file("a")), { kind: "unexpected", at: at("a") }],
  ["a file that should be gone", effects(absent), effects(file("a")), { kind: "unexpected", at: at("a") }],
  ["a file that should not be gone", effects(file("a")), effects(absent), { kind: "missing", at: at("a") }],
  ["another content", effects(file("a")), effects(file("a", { content: digestFor("other") })), { kind: "content", at: at("a") }],
  ["another mode", effects(file("a")), effects(file("a", { permissions: 0o755 })), { kind: "permissions", at: at("a") }],
  ["another mode of a directory", effects(directory(0o755)), effects(directory(0o700)), { kind: "permissions", at: at("a") }],
  ["another target", effects(link("b")), effects(link("c")), { kind: "target", at: at("a") }],
  ["a link where a file should be", effects(file("a")), effects(link("b")), { kind: "type", at: at("a") }],
  ["a name of its own instead of a hard link", effects(file("a", { group: 1 })), effects(file("a")), { kind: "names", at: at("a") }],
  ["another time that was set", effects(file("a", { time: { kind: "set", mtimeNs: 1n } })), effects(file("a", { time: { kind: "set", mtimeNs: 2n } })), { kind: "time", at: at("a") }],
  ["another moved directory", done({ moves: [{ from: at("a"), to: at("b") }] }), done(), { kind: "moves" }],
  ["another byte on stdout", said([1, "abc"]), said([1, "abd"]), { kind: "output", stream: 1, atByte: 2 }],
  ["less on stderr", said([1, "abc"], [2, "de"]), said([1, "abc"], [2, "d"]), { kind: "output", stream: 2, atByte: 1 }],
  ["more on stdout", said([1, "abc"]), said([1, "abcd"]), { kind: "output", stream: 1, atByte: 3 }],
  ["another order of the streams", said([1, "a"], [2, "b"]), said([2, "b"], [1, "a"]), { kind: "output-order" }],
  ["the first of several by its path", effects(file("a"), file("b")), effects(file("a", { permissions: 0 }), file("b", { permissions: 0 })), { kind: "permissions", at: at("a") }],
];

for (const [what, expected, found, deviation] of CASES) {
  test(`${what} is a deviation`, () => {
    assert.deepEqual(firstDeviation(expected, found), deviation);
    assert.equal(firstDeviation(found, found), null);
  });
}

test("the order of times of writing is none: two files are written within one tick or not", () => {
  assert.equal(firstDeviation(effects(file("a"), file("b", { time: { kind: "written", rank: 1 } })), effects(file("a"), file("b"))), null);
});

test("a fact that both know and that differs is a change in between; one that only one knows is not", () => {
  const subject = { kind: "missing", name: at("a") } as const;
  const before = { subjects: [subject], states: [ABSENT] };
  assert.deepEqual(changedFact(before, [{ subject, state: linkState("b") }]), subject);
  assert.equal(changedFact(before, [{ subject, state: ABSENT }]), null);
  assert.deepEqual(changedFact(before, [{ subject: { kind: "link", name: at("a") }, state: linkState("b") }]), { kind: "link", name: at("a") });
  assert.equal(changedFact(before, [{ subject: { kind: "link", name: at("b") }, state: linkState("b") }]), null);
});
