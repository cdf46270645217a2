// What a trace takes out of a ledger.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRecord } from "../ledger/encode.ts";
import { inOrder, linked, madeDir, missing, opened, removed, renamed, fileSig, wrote } from "../ledger/fake.ts";
import { changesFrom, plain, readChanges } from "./ledger-changes.ts";

const LEDGER = inOrder([
  opened("/w/sub/../a.c", 1), missing("/w/local/a.h"), { kind: "env", name: "CC" }, wrote("/w/tmp1", null), renamed("/w/tmp1", "/w/out", fileSig(1)), madeDir("/w/d"), linked("/w/out", "/w/other", 1),
  wrote("/w/scratch", null), removed("/w/scratch", fileSig(2)), removed("/w/old", fileSig(3)), { kind: "changed", what: 1, before: fileSig(2), path: "/w/tool" }, { kind: "changed", what: 4, before: fileSig(2), path: "/w/touched" },
]);
const BYTES = Buffer.concat(LEDGER.map(encodeRecord));
const shown = (changes: readonly { readonly how: string; readonly path: string }[]): string[] => changes.map(({ how, path }) => `${how} ${path}`);

test("changes are what is left of them at the end, under the last name", () => {
  assert.deepEqual(shown(readChanges([BYTES], new Set()).changes), ["renamed /w/out", "made /w/d", "made /w/other", "removed /w/old", "mode /w/tool"]);
});

test("of what is watched it is noted who looked at it", () => {
  assert.deepEqual(readChanges([BYTES], new Set(["/w/a.c", "/w/local/a.h", "$CC", "/w/b.c"])).looked, ["/w/a.c", "/w/local/a.h", "$CC"]);
});

test("damage ends the reading and nothing else", () => {
  for (let length = 0; length < BYTES.length; length += 1) readChanges([BYTES.subarray(0, length)], new Set(["/w/a.c"]));
});

test("what the supervisor tells in few words says the same", () => {
  assert.deepEqual(shown(changesFrom(["w/w/tmp1", "r/w/tmp1", "n/w/out", "m/w/./d", "r/w/old", "?x", ""])), ["renamed /w/out", "made /w/d", "removed /w/old"]);
});

test("a path is made plain by its name alone", () => {
  assert.deepEqual(["/a/./b//c/../d", "/..", "x"].map(plain), ["/a/b/d", "/", "x"]);
});
