// Raw paths -> real ones: every link on the way is a fact.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dir, doubtCodes, facts, file, fileSig, fold, link, madeDir, missing, opened, removed, wrote, type Said } from "./fake.ts";
import { FLAGS } from "./layout.ts";

test("every link on the way is a fact and the content belongs to the real name", () => {
  const world = { "/w/l": link("/v/m"), "/v/m": link("n"), "/v/n/a": file(1) };
  assert.deepEqual(facts(fold({ world, records: [opened("/w/l/a", 1)] })), ["link /v/m -> n", "content /v/n/a", "link /w/l -> /v/m"]);
});

test("dots leave the directory that was really reached", () => {
  const world = { "/w/l": link("/v/d"), "/v/d/x": file(2), "/v/a": file(1), "/w/a": file(3) };
  assert.deepEqual(facts(fold({ world, records: [opened("/w/./l//../a", 1)] })), ["content /v/a", "link /w/l -> /v/d"]);
});

test("dots above the root stay at the root", () => {
  assert.deepEqual(facts(fold({ world: { "/w/a": file(1) }, records: [opened("/../../w/a", 1)] })), ["content /w/a"]);
});

test("a link at the end that is not followed is itself the fact", () => {
  const record: Said = { kind: "stated", file: link("a").signature, path: "/w/l", flags: FLAGS.nofollow };
  assert.deepEqual(facts(fold({ world: { "/w/l": link("a"), "/w/a": file(1) }, records: [record] })), ["link /w/l -> a"]);
});

test("a link to nothing is a fact, and so is the nothing", () => {
  assert.deepEqual(facts(fold({ world: { "/w/l": link("gone") }, records: [missing("/w/l")] })), ["missing /w/gone", "link /w/l -> gone"]);
});

test("writing through a link is an effect at the real name", () => {
  const unit = fold({ world: { "/w/l": link("a"), "/w/a": file(1) }, records: [wrote("/w/l", 1)] });
  assert.deepEqual(facts(unit), ["link /w/l -> a"]);
  assert.deepEqual(unit.footprint.touched, ["/w/a"]);
});

test("links in a circle are a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ world: { "/w/a": link("b"), "/w/b": link("a") }, records: [opened("/w/a", 1)] })), ["path-loop"]);
});

test("a path longer than the kernel takes is a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ records: [opened(`/${"a/".repeat(2048)}b`, 1)] })), ["path-too-long"]);
});

test("a path that is not absolute is a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ records: [opened("a", 1), opened("/w/\0", 1)] })), ["path-unknown", "path-unknown"]);
});

test("a name that is not UTF-8 is a name like any other", () => {
  assert.deepEqual(facts(fold({ world: { "/w/\xff": file(1) }, records: [opened("/w/\xff", 1)] })), ["content /w/\xff"]);
});

test("nothing is below what is missing, however often it is asked, until the unit makes it", () => {
  const before: Said[] = [missing("/w/d/a"), missing("/w/d/b"), missing("/w/d/e/c")];
  assert.deepEqual(facts(fold({ world: { "/w/x": file(9) }, records: before })), ["missing /w/d"]);
  const made = fold({ world: { "/w/d/b": file(3) }, records: [...before, madeDir("/w/d"), missing("/w/d/a"), wrote("/w/d/b", null), opened("/w/d/b", 3)] });
  assert.deepEqual(facts(made), ["missing /w/d"]);
  assert.deepEqual(made.footprint.touched, ["/w/d", "/w/d/b"]);
});

test("what is below a file that is in the way is missing because of it, until something else takes its place", () => {
  const records: Said[] = [missing("/w/f/a"), missing("/w/f/b"), removed("/w/f", fileSig(1)), madeDir("/w/f"), missing("/w/f/a"), missing("/w/f/b")];
  assert.deepEqual(facts(fold({ world: { "/w/f": dir() }, records })), ["type /w/f file"]);
});
