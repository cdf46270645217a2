// Renames: facts keep the old name, effects get the new one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dir, dirSig, doubtCodes, facts, file, fileSig, fold, link, linkSig, madeDir, missing, opened, removed, renamed, stated, wrote } from "./fake.ts";
import { FLAGS } from "./layout.ts";

test("a file written under another name and renamed is an effect at its last name", () => {
  const unit = fold({ world: { "/w/a": file(2) }, records: [wrote("/w/t", null), renamed("/w/t", "/w/a", fileSig(2), fileSig(1))] });
  assert.deepEqual(facts(unit), []);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("an old file that is renamed is a fact under its old name, gone there and new at the other", () => {
  const unit = fold({ world: { "/w/b": file(1) }, records: [renamed("/w/a", "/w/b", fileSig(1)), opened("/w/b", 1), missing("/w/a")] });
  assert.deepEqual(facts(unit), ["content /w/a"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a", "/w/b"]);
});

test("an old file that moves away and back is no effect", () => {
  const unit = fold({ world: { "/w/a": file(1) }, records: [renamed("/w/a", "/w/b", fileSig(1)), renamed("/w/b", "/w/a", fileSig(1))] });
  assert.deepEqual(facts(unit), ["content /w/a"]);
  assert.deepEqual(unit.footprint.touched, []);
});

test("two names that change places are two facts and two writes", () => {
  const unit = fold({ world: { "/w/a": file(2), "/w/b": file(1) }, records: [renamed("/w/a", "/w/b", fileSig(1), fileSig(2), FLAGS.exchanged)] });
  assert.deepEqual(facts(unit), ["content /w/a", "content /w/b"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a", "/w/b"]);
});

test("a rename between two names of one file does nothing", () => {
  const unit = fold({ world: { "/w/a": file(1), "/w/b": file(1) }, records: [renamed("/w/a", "/w/b", fileSig(1), fileSig(1))] });
  assert.deepEqual(unit.footprint.touched, []);
});

test("a rename that was seen before the call and then failed is no effect", () => {
  const unit = fold({ world: { "/w/a": file(1), "/x": dir() }, records: [renamed("/w/a", "/x/b", fileSig(1), null, FLAGS.trapped), opened("/w/a", 1)] });
  assert.deepEqual(facts(unit), ["content /w/a"]);
  assert.deepEqual(unit.footprint.touched, []);
});

test("a directory made and renamed is an effect under its last name, with all in it", () => {
  const records = [madeDir("/w/t"), wrote("/w/t/a", null), renamed("/w/t", "/w/o", dirSig(3)), wrote("/w/o/b", null), opened("/w/o/a", 1)];
  const unit = fold({ world: { "/w/o/a": file(1), "/w/o/b": file(2) }, records });
  assert.deepEqual(facts(unit), ["missing /w/t"]);
  assert.deepEqual(unit.footprint.touched, ["/w/o", "/w/o/a", "/w/o/b"]);
  assert.deepEqual(unit.footprint.moves, []);
});

test("an old directory that is renamed is a move, and what is read below its new name is a fact below the old", () => {
  const records = [opened("/w/old/a", 1), renamed("/w/old", "/w/new", dirSig(3)), opened("/w/new/b", 2), wrote("/w/new/c", 4), missing("/w/new/x")];
  const unit = fold({ world: { "/w/new/a": file(1), "/w/new/b": file(2), "/w/new/c": file(4) }, records });
  assert.deepEqual(facts(unit), ["type /w/old directory", "content /w/old/a", "content /w/old/b", "missing /w/old/x"]);
  assert.deepEqual(unit.footprint.moves, [{ from: "/w/old", to: "/w/new" }]);
  assert.deepEqual(unit.footprint.touched, ["/w/new/c"]);
  assert.deepEqual(doubtCodes(unit), []);
});

test("a new directory in the place of one that moved away is an effect", () => {
  const records = [renamed("/w/a", "/w/b", dirSig(3)), madeDir("/w/a"), wrote("/w/a/x", null)];
  const unit = fold({ world: { "/w/b/y": file(1), "/w/a/x": file(2) }, records });
  assert.deepEqual(unit.footprint.moves, [{ from: "/w/a", to: "/w/b" }]);
  assert.deepEqual(unit.footprint.touched, ["/w/a", "/w/a/x"]);
});

test("old directories may change places by a third name", () => {
  const records = [renamed("/w/a", "/w/t", dirSig(3)), renamed("/w/b", "/w/a", dirSig(4)), renamed("/w/t", "/w/b", dirSig(3)), opened("/w/b/x", 1)];
  const unit = fold({ world: { "/w/b/x": file(1), "/w/a/y": file(2) }, records });
  assert.deepEqual(unit.footprint.moves, [{ from: "/w/a", to: "/w/t" }, { from: "/w/b", to: "/w/a" }, { from: "/w/t", to: "/w/b" }]);
  assert.deepEqual(facts(unit), ["type /w/a directory", "content /w/a/x", "type /w/b directory"]);
  assert.deepEqual(unit.footprint.touched, []);
  assert.deepEqual(doubtCodes(unit), []);
});

test("an old directory that moves into a new one is a doubt: a replay moves first", () => {
  const records = [madeDir("/w/n"), renamed("/w/a", "/w/n/a", dirSig(3))];
  assert.deepEqual(doubtCodes(fold({ world: { "/w/n/a/x": file(1) }, records })), ["directory-move"]);
});

test("an old directory renamed from within, by a path through itself, is a move", () => {
  const unit = fold({ world: { "/w/b/x": file(1) }, records: [renamed("/w/a/../a", "/w/a/../b", dirSig(3))] });
  assert.deepEqual(unit.footprint.moves, [{ from: "/w/a", to: "/w/b" }]);
});

test("a link that is replaced is used as it was before", () => {
  const records = [
    { kind: "readlink", error: 0, path: "/w/l", target: "one" } as const,
    opened("/w/l/a", 1),
    removed("/w/l", linkSig(8)),
    { kind: "made-link", path: "/w/l", target: "two" } as const,
    opened("/w/l/a", 2),
  ];
  const unit = fold({ world: { "/w/one/a": file(1), "/w/two/a": file(2), "/w/l": link("two") }, records });
  assert.deepEqual(facts(unit), ["link /w/l -> one", "content /w/one/a", "content /w/two/a"]);
  assert.deepEqual(unit.footprint.touched, ["/w/l"]);
});

test("a removed link of which nobody knows where it pointed is a doubt once it was used", () => {
  const unit = fold({ world: { "/w": dir() }, records: [opened("/w/l/a", 1), removed("/w/l", linkSig(8))] });
  assert.deepEqual(doubtCodes(unit), ["path-unknown"]);
});

test("a rename over an old file does not rely on that file", () => {
  const unit = fold({ world: { "/w/b": file(1) }, records: [renamed("/w/a", "/w/b", fileSig(1), fileSig(2)), stated("/w/b", 1)] });
  assert.deepEqual(facts(unit), ["content /w/a"]);
});
