// The first access decides what is a fact.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import { appended, carry, denied, dir, dirSig, doubtCodes, facts, file, fileSig, fold, link, listed, madeDir, missing, opened, openedDir, removed, renamed, stated, wrote } from "./fake.ts";
import { FLAGS } from "./layout.ts";

test("a directory that tells something else the second time is a doubt, unless the unit itself changed it", () => {
  const world = { "/w/d/a": file(1), "/w/d/b": file(2) };
  assert.deepEqual(doubtCodes(fold({ world, records: [listed("/w/d", ["a"]), listed("/w/d", ["a", "b"], 901)] })), ["changed-during-run"]);
  assert.deepEqual(doubtCodes(fold({ world, records: [listed("/w/d", ["a"]), wrote("/w/d/b", null), listed("/w/d", ["a", "b"], 901)] })), []);
});

test("a file that was read is a fact about its content, with the state of the first touch", () => {
  const unit = fold({ world: { "/w/a": file(2) }, records: [opened("/w/a", 1), opened("/w/a", 2)] });
  assert.deepEqual(unit.footprint.observations.filter((fact) => fact.path === "/w/a"), [
    { kind: "content", path: absPath("/w/a"), signature: fileSig(1), timed: false, isRead: true },
  ]);
});

test("reading what the unit itself wrote is no fact", () => {
  const unit = fold({ world: { "/w/a": file(2) }, records: [wrote("/w/a", 1), opened("/w/a", 2), stated("/w/a", 2)] });
  assert.deepEqual(facts(unit), []);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("reading before writing is a fact and an effect", () => {
  const unit = fold({ world: { "/w/a": file(1) }, records: [opened("/w/a", 1), wrote("/w/a", 1)] });
  assert.deepEqual(facts(unit), ["content /w/a"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("asking for the state of a file counts as its content", () => {
  assert.deepEqual(facts(fold({ world: { "/w/a": file(1) }, records: [stated("/w/a", 1)] })), ["content /w/a"]);
});

test("a file asked for and then overwritten unread matters by its type only", () => {
  assert.deepEqual(facts(fold({ world: { "/w/a": file(1) }, records: [stated("/w/a", 1), wrote("/w/a", 1)] })), ["type /w/a file"]);
});

test("a file asked for, removed and made anew matters by its type only", () => {
  const records = [stated("/w/a", 1), removed("/w/a", fileSig(1)), wrote("/w/a", null)];
  const unit = fold({ world: { "/w/a": file(2) }, records });
  assert.deepEqual(facts(unit), ["type /w/a file"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("a file asked for and then replaced by a rename matters by its type only", () => {
  const records = [stated("/w/a", 1), wrote("/w/a.tmp", null), renamed("/w/a.tmp", "/w/a", fileSig(2), fileSig(1))];
  const unit = fold({ world: { "/w/a": file(2) }, records });
  assert.deepEqual(facts(unit), ["type /w/a file"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("the time of a file that a time reader asked for stays a fact though the unit overwrites the file", () => {
  const unit = fold({ start: { path: "/bin/test" }, world: { "/bin/test": file(3), "/w/a": file(1) }, records: [stated("/w/a", 1), wrote("/w/a", 1)] });
  assert.deepEqual(facts(unit), ["content /bin/test", "timed /w/a"]);
});

test("a time reader that opens a file does not depend on its time", () => {
  const unit = fold({ start: { path: "/bin/test" }, world: { "/bin/test": file(3), "/w/a": file(1) }, records: [opened("/w/a", 1)] });
  assert.deepEqual(facts(unit), ["content /bin/test", "content /w/a"]);
});

test("the time of a program that the unit runs is no fact, even to a time reader", () => {
  const unit = fold({ start: { path: "/bin/test" }, world: { "/bin/test": file(3) }, records: [stated("/bin/test", 3)] });
  assert.deepEqual(facts(unit), ["content /bin/test"]);
});

test("what was looked for and not there is a fact", () => {
  assert.deepEqual(facts(fold({ world: { "/w/b": file(1) }, records: [missing("/w/a")] })), ["missing /w/a"]);
});

test("what is missing below a missing directory is one fact about that directory", () => {
  const unit = fold({ world: { "/w/b": file(1) }, records: [missing("/w/x/y/z"), missing("/w/x/y"), missing("/w/x/q/../r")] });
  assert.deepEqual(facts(unit), ["missing /w/x"]);
});

test("a path below a file is a fact about the type of that file", () => {
  assert.deepEqual(facts(fold({ world: { "/w/a": file(1) }, records: [missing("/w/a/b/c")] })), ["type /w/a file"]);
});

test("looking for what the unit itself removed is no fact", () => {
  const unit = fold({ records: [wrote("/w/a", null), removed("/w/a", fileSig(1)), missing("/w/a")], world: { "/w": dir() } });
  assert.deepEqual(facts(unit), []);
  assert.deepEqual(unit.footprint.touched, []);
});

test("missing first and made afterwards is a fact and an effect", () => {
  const unit = fold({ world: { "/w/a": file(1) }, records: [missing("/w/a"), wrote("/w/a", null)] });
  assert.deepEqual(facts(unit), ["missing /w/a"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("missing below a directory that the unit makes later is missing at that directory", () => {
  const unit = fold({ world: { "/w/out/a": file(1) }, records: [missing("/w/out/a"), madeDir("/w/out"), wrote("/w/out/a", null)] });
  assert.deepEqual(facts(unit), ["missing /w/out"]);
  assert.deepEqual(unit.footprint.touched, ["/w/out", "/w/out/a"]);
});

test("the state of a directory is a fact about its type", () => {
  assert.deepEqual(facts(fold({ world: { "/w/d": dir() }, records: [{ kind: "stated", file: dirSig(900), path: "/w/d" }] })), ["type /w/d directory"]);
  assert.deepEqual(facts(fold({ world: { "/w/d": dir() }, records: [openedDir("/w/d")] })), ["type /w/d directory"]);
});

test("a listing is sorted and without the dots", () => {
  const unit = fold({ world: { "/w/d": dir() }, records: [openedDir("/w/d"), listed("/w/d", ["b", ".", "a", ".."])] });
  assert.deepEqual(unit.footprint.observations.filter((fact) => fact.kind === "listed"), [
    { kind: "listed", path: "/w/d", names: "\x08a\0\x08b\0" },
  ]);
});

test("a listing is that before the unit: without what it made, with what it removed", () => {
  const records = [wrote("/w/d/new", null), removed("/w/d/old", fileSig(1)), listed("/w/d", ["kept", "new"])];
  const unit = fold({ world: { "/w/d/kept": file(3), "/w/d/new": file(2) }, records });
  assert.deepEqual(facts(unit), ["missing /w/d/new", "listed /w/d kept old", "type /w/d/old file"].filter((line) => !line.startsWith("missing")));
});

test("a listing of a directory that the unit made is no fact", () => {
  const unit = fold({ world: { "/w/d/x": file(1) }, records: [madeDir("/w/d"), wrote("/w/d/x", null), listed("/w/d", ["x"])] });
  assert.deepEqual(facts(unit), ["missing /w/d"]);
});

test("a repeated listing has the names of the one before, and is a doubt when there was none", () => {
  const again = { kind: "listed", directory: dirSig(900), path: "/w/d", names: "", flags: FLAGS.repeated } as const;
  const world = { "/w/d/a": file(1), "/w/e/a": file(2) };
  assert.deepEqual(facts(fold({ world, records: [listed("/w/e", ["a"]), again] })), ["listed /w/d a", "listed /w/e a"]);
  assert.deepEqual(doubtCodes(fold({ world, records: [again] })), ["listing-lost"]);
});

test("reading a link is a fact about where it points, and that it is none a fact about its type", () => {
  const world = { "/w/l": link("a"), "/w/a": file(1) };
  const unit = fold({ world, records: [{ kind: "readlink", error: 0, path: "/w/l", target: "a" }, { kind: "readlink", error: 22, path: "/w/a", target: "" }] });
  assert.deepEqual(facts(unit), ["type /w/a file", "link /w/l -> a"]);
});

test("appending to a file relies on what was in it", () => {
  const unit = fold({ world: { "/w/a": file(1) }, records: [appended("/w/a", 1)] });
  assert.deepEqual(facts(unit), ["content /w/a"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("appending to what was not there relies on its absence", () => {
  assert.deepEqual(facts(fold({ world: { "/w/a": file(1) }, records: [appended("/w/a", null)] })), ["missing /w/a"]);
});

test("nothing below /proc, /sys and /dev is a fact or an effect", () => {
  const unit = fold({ records: [opened("/proc/self/maps", 1), missing("/sys/x"), wrote("/dev/null", 4), opened("/dev/fd/../stdin", 1)] });
  assert.deepEqual(facts(unit), []);
  assert.deepEqual(unit.footprint.touched, []);
});

test("a file reached through another process's directory is a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ records: [opened("/proc/self/cwd/a", 1)] })), ["path-unknown"]);
});

test("what may not be looked at is denied at the first name below the folder that refuses, for the units around it too", () => {
  const world = { "/w/closed": dir() };
  assert.deepEqual(facts(fold({ world, records: [denied("/w/closed/bin/cc")] })), ["denied /w/closed/bin"]);
  assert.deepEqual(facts(fold({ world, records: [], children: [carry({ world, records: [denied("/w/closed/cc")] })] })), ["denied /w/closed/cc"]);
  assert.deepEqual(doubtCodes(fold({ world: { "/w/closed/cc": file(1) }, records: [denied("/w/closed/cc")] })), ["error"]);
});
