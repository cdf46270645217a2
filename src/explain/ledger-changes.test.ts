// What is left of an image's changes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRecord } from "../ledger/encode.ts";
import { inOrder, linked, madeDir, missing, opened, removed, renamed, fileSig, wrote } from "../ledger/fake.ts";
import { changesFrom, changesOf } from "./ledger-changes.ts";
import { LedgerReader } from "./ledger-reading.ts";

const LEDGER = inOrder([
  opened("/w/sub/../a.c", 1), missing("/w/local/a.h"), { kind: "env", name: "CC" }, wrote("/w/tmp1", null), renamed("/w/tmp1", "/w/out", fileSig(1)), madeDir("/w/d"), linked("/w/out", "/w/other", 1),
  wrote("/w/scratch", null), removed("/w/scratch", fileSig(2)), removed("/w/old", fileSig(3)), { kind: "changed", what: 1, before: fileSig(2), path: "/w/tool" }, { kind: "changed", what: 4, before: fileSig(2), path: "/w/touched" },
]);
const BYTES = Buffer.concat(LEDGER.map(encodeRecord));
const shown = (changes: readonly { readonly how: string; readonly path: string }[]): string[] => changes.map(({ how, path }) => `${how} ${path}`);

test("changes are what is left of them at the end, under the last name", () => {
  assert.deepEqual(shown(changesOf(new LedgerReader([]).read([BYTES]).changes)), ["renamed /w/out", "made /w/d", "made /w/other", "removed /w/old", "mode /w/tool"]);
});

test("what the supervisor tells in few words says the same", () => {
  assert.deepEqual(shown(changesFrom(["w/w/tmp1", "r/w/tmp1", "n/w/out", "m/w/./d", "r/w/old", "?x", ""])), ["renamed /w/out", "made /w/d", "removed /w/old"]);
});
