// What a unit leaves behind, and what the success of a change says about before.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Signature } from "../base/signature.ts";
import { changed, dir, dirSig, doubtCodes, facts, file, fileSig, fold, link, linked, linkSig, listed, madeDir, madeLink, missing, opened, removed, renamed, stated, wrote, type Said } from "./fake.ts";
import { FLAGS } from "./layout.ts";

test("made and removed inside the unit is no effect", () => {
  const unit = fold({ world: { "/tmp": dir() }, records: [wrote("/tmp/x", null), opened("/tmp/x", 1), removed("/tmp/x", fileSig(1))] });
  assert.deepEqual(facts(unit), []);
  assert.deepEqual(unit.footprint.touched, []);
});

test("an old file that is overwritten and then removed is an effect", () => {
  const unit = fold({ world: { "/w": dir() }, records: [wrote("/w/a", 1), removed("/w/a", fileSig(1))] });
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("removing an old file relies on its being there", () => {
  const unit = fold({ world: { "/w": dir() }, records: [removed("/w/a", fileSig(1))] });
  assert.deepEqual(facts(unit), ["type /w/a file"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("removing a whole old directory is an effect for each name in it", () => {
  const unit = fold({ world: { "/w": dir() }, records: [removed("/w/d/a", fileSig(1)), removed("/w/d", dirSig(2))] });
  assert.deepEqual(facts(unit), ["listed /w/d a", "type /w/d/a file"], "and that nothing else was in it");
  assert.deepEqual(unit.footprint.touched, ["/w/d", "/w/d/a"]);
});

test("what was in a directory is a fact for who could not remove it", () => {
  const fails = [removed("/w/d", dirSig(900), FLAGS.trapped)];
  const world = { "/w/d/a": file(1) };
  assert.deepEqual(doubtCodes(fold({ world, records: fails })), ["listing-lost"], "of which nobody listed the names");
  const later = fold({ world, records: [...fails, listed("/w/d", ["a"])] });
  assert.deepEqual([facts(later), doubtCodes(later)], [["listed /w/d a"], []]);
  const over = fold({ world: { ...world, "/w/e": dir(901) }, records: [renamed("/w/e", "/w/d", dirSig(901), dirSig(900), FLAGS.trapped), listed("/w/d", ["a"])] });
  assert.deepEqual([facts(over), doubtCodes(over)], [["listed /w/d a", "type /w/e directory"], []]);
});

test("a removal that was seen before the call and then failed is no effect", () => {
  const records = [removed("/w/d", dirSig(900), FLAGS.trapped), opened("/w/d/a", 1)];
  const unit = fold({ world: { "/w/d/a": file(1) }, records });
  assert.deepEqual(facts(unit), ["type /w/d directory", "content /w/d/a"]);
  assert.deepEqual(unit.footprint.touched, []);
});

test("that a removal failed is read off the disk only where nobody has changed the path since", () => {
  const records = [removed("/w/d", dirSig(900), FLAGS.trapped), missing("/w/e")];
  const unit = fold({ world: { "/w/d": dir() }, records, changedAfter: ["/w/d"] });
  assert.deepEqual(doubtCodes(unit), ["changed-after-run", "listing-lost"]);
  assert.deepEqual(unit.carried.doubts.map(({ code }) => code), ["changed-after-run"], "nor does the unit around it know");
});

test("of two removals that were both seen before the calls one is that of the other thread", () => {
  const twice = (again: Signature): ReturnType<typeof fold> => fold({ world: { "/w": dir() }, records: [removed("/w/a", fileSig(1), FLAGS.trapped), removed("/w/a", again, FLAGS.trapped)], changedAfter: ["/w/a"] });
  const unit = twice(fileSig(1));
  assert.deepEqual([doubtCodes(unit), unit.footprint.touched], [[], ["/w/a"]]);
  assert.deepEqual(doubtCodes(twice(fileSig(2))), ["changed-after-run"], "another file was there by then");
});

test("an effect needs no fact about directories that were there before", () => {
  assert.deepEqual(facts(fold({ world: { "/w/out/a": file(1) }, records: [wrote("/w/out/a", null)] })), []);
});

test("a directory made relies on its absence, and its content on nothing", () => {
  const unit = fold({ world: { "/w/o/p/a": file(1) }, records: [madeDir("/w/o"), madeDir("/w/o/p"), wrote("/w/o/p/a", null), missing("/w/o/b")] });
  assert.deepEqual(facts(unit), ["missing /w/o"]);
  assert.deepEqual(unit.footprint.touched, ["/w/o", "/w/o/p", "/w/o/p/a"]);
});

test("changing the mode of an old file relies on its content", () => {
  const unit = fold({ world: { "/w/a": file(1) }, records: [changed("/w/a", 1)] });
  assert.deepEqual(facts(unit), ["content /w/a"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("changing the mode of what the unit made is part of the making", () => {
  const unit = fold({ world: { "/w/a": file(1) }, records: [wrote("/w/a", null), changed("/w/a", 1)] });
  assert.deepEqual(facts(unit), []);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("changing the owner of a file is a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ world: { "/w/a": file(1) }, records: [changed("/w/a", 1, 2)] })), ["owner"]);
});

test("a second name for an old file relies on its content", () => {
  const unit = fold({ world: { "/w/a": file(1), "/w/b": file(1) }, records: [linked("/w/a", "/w/b", 1)] });
  assert.deepEqual(facts(unit), ["content /w/a", "missing /w/b"]);
  assert.deepEqual(unit.footprint.touched, ["/w/b"]);
});

test("writing through one name of a file is an effect on the other name", () => {
  const unit = fold({ world: { "/w/a": file(1), "/w/b": file(1) }, records: [linked("/w/a", "/w/b", 1), wrote("/w/b", 1)] });
  assert.deepEqual(facts(unit), ["content /w/a", "missing /w/b"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a", "/w/b"]);
});

test("writing in place to a file with names that nobody knows is a doubt", () => {
  const record: Said = { kind: "wrote", before: fileSig(1, 2), path: "/w/a", flags: FLAGS.truncated };
  assert.deepEqual(doubtCodes(fold({ world: { "/w/a": file(1) }, records: [record] })), ["hard-link"]);
});

test("a file without a name that gets one is an effect", () => {
  const unit = fold({ world: { "/w/a": file(1) }, records: [linked("/proc/self/fd/7", "/w/a", 1)] });
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
  assert.deepEqual(doubtCodes(unit), []);
});

test("a link made, used and removed by the unit leaves nothing but what was read through it", () => {
  const records = [madeLink("/w/l", "d"), opened("/w/l/a", 1), removed("/w/l", linkSig(5))];
  const unit = fold({ world: { "/w/d/a": file(1) }, records });
  assert.deepEqual(facts(unit), ["content /w/d/a", "missing /w/l"]);
  assert.deepEqual(unit.footprint.touched, []);
});

test("a link that the unit made is an effect and no fact", () => {
  const unit = fold({ world: { "/w/l": link("a"), "/w/a": file(1) }, records: [madeLink("/w/l", "a"), stated("/w/l", 1)] });
  assert.deepEqual(facts(unit), ["content /w/a", "missing /w/l"]);
  assert.deepEqual(unit.footprint.touched, ["/w/l"]);
});

test("a special file left behind is a doubt, and one that is gone is none", () => {
  const made: Said = { kind: "made-node", mode: 0o010644, path: "/tmp/p" };
  const left = fold({ world: { "/tmp/p": { type: "fifo", target: null, signature: fileSig(3) } }, records: [made] });
  assert.deepEqual(doubtCodes(left), ["special-file"]);
  const gone = fold({ world: { "/tmp": dir() }, records: [made, removed("/tmp/p", fileSig(3))] });
  assert.deepEqual(doubtCodes(gone), []);
});

test("what the unit removed and then found again was made by somebody else", () => {
  const unit = fold({ world: { "/w/a": file(2) }, records: [removed("/w/a", fileSig(1)), wrote("/w/a", null), removed("/w/a", fileSig(3)), opened("/w/a", 2)] });
  assert.deepEqual(doubtCodes(unit), ["foreign-change"]);
});

test("making something below a directory that is not there learns that it is missing, when it was seen before the call", () => {
  const records: Said[] = [
    { kind: "wrote", before: null, path: "/w/o/a", flags: FLAGS.trapped },
    { kind: "made-dir", mode: 0o755, path: "/w/o/p", flags: FLAGS.trapped },
    madeDir("/w/o"),
    { kind: "wrote", before: null, path: "/w/o/a", flags: FLAGS.trapped },
  ];
  const unit = fold({ world: { "/w/o/a": file(1) }, records });
  assert.deepEqual(facts(unit), ["missing /w/o"]);
  assert.deepEqual(unit.footprint.touched, ["/w/o", "/w/o/a"]);
});
