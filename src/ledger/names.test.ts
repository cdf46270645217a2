// What a program is called is found out once, as long as that cannot change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath, type AbsPath } from "../base/path.ts";
import { FakeWorld, file, link } from "./fake.ts";
import type { WorldEntry } from "./image.ts";
import { ProgramNames } from "./names.ts";

class CountingWorld extends FakeWorld {
  lookups = 0;

  override lookup(path: AbsPath): WorldEntry | null {
    this.lookups += 1;
    return super.lookup(path);
  }
}

const TABLE = { "/usr/bin/cc": link("gcc"), "/usr/bin/gcc": link("/opt/gcc-12"), "/opt/gcc-12": file(1), "/w/cc": link("/usr/bin/cc"), "/w/run": file(2), "/bin/sh": file(3) };

test("a program outside the roots is looked up once, until something was written there", () => {
  const world = new CountingWorld(TABLE);
  const names = new ProgramNames();
  assert.deepEqual(names.of("/usr/bin/cc", world), ["cc", "gcc-12"]);
  const before = world.lookups;
  assert.deepEqual(names.of("/usr/bin/cc", world), ["cc", "gcc-12"]);
  assert.equal(world.lookups, before);
  world.age += 1;
  names.of("/usr/bin/cc", world);
  assert.ok(world.lookups > before);
});

test("a program that leads through what builds change is looked up each time", () => {
  const names = new ProgramNames();
  assert.deepEqual(names.of("/w/cc", new FakeWorld(TABLE)), ["cc", "gcc-12"]);
  assert.deepEqual(names.of("/w/cc", new FakeWorld({ ...TABLE, "/w/cc": link("/bin/sh") })), ["cc", "sh"]);
});

test("an interpreter that builds change is looked up each time", () => {
  const names = new ProgramNames();
  const interpreters = { "/bin/sh": "/w/run" };
  assert.deepEqual(names.of(absPath("/bin/sh"), new FakeWorld(TABLE, interpreters)), ["sh", "run"]);
  assert.deepEqual(names.of(absPath("/bin/sh"), new FakeWorld({ ...TABLE, "/w/run": link("cc") }, interpreters)), ["sh", "run", "gcc-12"]);
});
