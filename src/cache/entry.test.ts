// The bytes of sets and entries: they come back as they were, and whatever
// damage does to them is an answer, not an exception.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, type Digest } from "../base/digest.ts";
import { absPath, isAbsPath } from "../base/path.ts";
import { decodeEntry, encodeEntry, isNamed, type Effect, type Entry } from "./entry.ts";
import { ABSENT, decodeSet, decodeStates, encodeSet, encodeStates, listedState, strongKeyOf, type Subject } from "./facts.ts";
import { must } from "./fake-unit.ts";
import { decodeOutput } from "./output.ts";
import { decodeKey } from "./records.ts";
import { Roots } from "./roots.ts";
import { decodeWitness, encodeWitness, NO_WITNESS } from "./witness.ts";

const roots = new Roots(absPath("/w"), null, null);
const at = (path: string) => roots.tokenise(absPath(path));
const digestFor = (text: string): Digest => digestOf(Buffer.from(text));

const SUBJECTS: readonly Subject[] = [{ kind: "missing", name: "\x01W/a.h" }, { kind: "listed", name: "/usr/include" }, { kind: "libc-variables", name: "" }];
const EFFECTS: readonly Effect[] = [
  { kind: "file", at: at("/w/a"), content: digestFor("a"), sizeBytes: 2 ** 40, permissions: 0o4755, time: { kind: "written", rank: 1 }, group: 2 },
  { kind: "directory", at: at("/w/b"), permissions: 0o700 },
  { kind: "link", at: at("/w/c"), target: "\x01W/a", time: { kind: "set", mtimeNs: -5n } },
  { kind: "absent", at: at("/w/\xff") },
];
const STATES = [ABSENT, listedState("\x08a\0"), ABSENT];
const ENTRY: Entry = {
  weakKey: digestFor("weak"), set: digestOf(encodeSet(SUBJECTS)), states: encodeStates(STATES), program: "/usr/bin/cc",
  exitCode: 3, cpuNs: 12_345_678_901n, moves: [{ from: at("/w/x"), to: at("/w/y") }], effects: EFFECTS, output: digestFor("out"), isSharable: true,
};
const keyOf = (entry: Entry): Digest => strongKeyOf(entry.weakKey, entry.set, entry.states);
const STRONG_KEY = keyOf(ENTRY);

test("a set and an entry come back as they were", () => {
  assert.deepEqual(must(decodeSet(encodeSet(SUBJECTS))), { digest: ENTRY.set, subjects: SUBJECTS });
  assert.deepEqual(must(decodeEntry(encodeEntry(ENTRY))), ENTRY);
  assert.deepEqual(decodeStates(ENTRY.states, 3), STATES);
  assert.equal(decodeStates(ENTRY.states, 2), null);
});

test("the bytes of this version do not change", () => {
  assert.equal(digestOf(encodeSet(SUBJECTS)), "983556c237254feebcb560a5e7d7f60b8b4d25bef738f8a0a0fbb19d642e8db6");
  assert.equal(digestOf(encodeEntry(ENTRY)), "d33191cbe50ef4df18c2a212ed36179b0b523e4d8d43bb19c3160630d579bf8a");
  assert.equal(STRONG_KEY, "6ad2b45fd828e526c3743a82ca470fdd5c73e7d17f7fd003a0b195a3c75dda0d");
});

test("an entry belongs under the key that its parts give", () => {
  assert.ok(isNamed(ENTRY, STRONG_KEY) && !isNamed(ENTRY, digestFor("other")));
});

test("bytes cut anywhere are refused", () => {
  const bytes = encodeEntry(ENTRY);
  for (let length = 0; length < bytes.length; length++) assert.equal(decodeEntry(bytes.subarray(0, length)).ok, false, String(length));
  const set = encodeSet(SUBJECTS);
  for (let length = 0; length < set.length; length++) assert.equal(decodeSet(set.subarray(0, length)).ok, false, String(length));
});

test("a byte changed anywhere never throws, and never gives a path outside its root", () => {
  const seed = 1;
  let random = seed;
  const next = (below: number): number => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return random % below;
  };
  for (let round = 0; round < 20_000; round++) {
    const bytes = encodeEntry(ENTRY);
    for (let left = 1 + next(3); left > 0; left--) bytes[next(bytes.length)] = next(256);
    const decoded = decodeEntry(bytes);
    for (const effect of decoded.ok ? decoded.value.effects : []) assert.ok(effect.at.startsWith("\x01") || isAbsPath(effect.at), `seed ${String(seed)}`);
    decodeSet(bytes);
    decodeKey(bytes);
    decodeWitness(bytes);
    decodeOutput(bytes);
  }
});

test("a witness in which a list of paths has no end is as good as none", () => {
  const none = { paths: Buffer.alloc(0), states: Buffer.alloc(0), modes: Buffer.alloc(0) };
  const confirmed = {
    set: digestFor("set"), strongKey: digestFor("strong"), newestInputNs: 0n, variables: [], here: none, system: none, systemName: digestFor("system"), types: none,
    outputs: { files: none, directories: none }, plan: null,
  };
  const withPaths = (paths: string): number =>
    decodeWitness(encodeWitness({ ...NO_WITNESS, sets: [{ ...confirmed, here: { paths: Buffer.from(paths), states: Buffer.alloc(52) } }] })).sets.length;
  assert.deepEqual([withPaths("/w/a\0"), withPaths("/w/a")], [1, 0]);
});

test("what a replay could be led astray by is refused", () => {
  const spoilt = (effects: readonly Effect[], change: Partial<Entry> = {}): boolean => {
    const entry = { ...ENTRY, effects, ...change };
    return decodeEntry(encodeEntry(entry)).ok;
  };
  const token = (bytes: string) => bytes as ReturnType<typeof at>;
  assert.equal(spoilt([{ kind: "absent", at: token("\x01W/../etc/passwd") }]), false);
  assert.equal(spoilt([{ kind: "absent", at: token("etc/passwd") }]), false);
  assert.equal(spoilt([{ kind: "absent", at: token("\x01X/a") }]), false);
  assert.equal(spoilt([{ kind: "absent", at: at("/w/b") }, { kind: "absent", at: at("/w/a") }]), false, "not sorted");
  assert.equal(spoilt([{ kind: "absent", at: at("/w/b") }, { kind: "absent", at: at("/w/b") }]), false, "twice");
  assert.equal(spoilt([{ kind: "link", at: at("/w/b"), target: "a\0b", time: { kind: "written", rank: 0 } }]), false);
  assert.equal(spoilt([{ kind: "file", at: at("/w/a"), content: digestFor("a"), sizeBytes: 2 ** 60, permissions: 0o644, time: { kind: "written", rank: 0 }, group: 0 }]), false, "larger than a number holds");
  assert.equal(spoilt([{ kind: "absent", at: at("/etc/passwd") }]), false, "sharable, and outside every root");
  assert.equal(spoilt([{ kind: "absent", at: at("/etc/passwd") }], { isSharable: false }), true);
});
