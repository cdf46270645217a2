// A list of names with their states, found by their bytes: as the addon writes it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { toBuffer } from "../base/path.ts";
import { signatureOf } from "../base/signature.ts";
import { States } from "./states.ts";

const FILE = signatureOf({ mode: 0o100644, size: 5n, mtimeNs: 1_700_000_000_123_456_789n });
const LINK = signatureOf({ mode: 0o120777, ino: 7n });
const FOLDER = signatureOf({ mode: 0o040755 });

const listed = (...names: readonly (readonly [path: string, target: string, signature: string])[]): Buffer => toBuffer(names.map(([path, target, signature]) => `${path}\0${target}\0${signature}`).join(""));
const must = (bytes: Buffer): States => States.of(bytes) ?? assert.fail("it is a list");

test("each name is found by its bytes, and no other is", () => {
  const names = Array.from({ length: 3000 }, (_, which) => `d${String(which % 7)}/${"x".repeat(which % 40)}${String(which)}\xff`);
  const states = must(listed(...names.map((name) => [name, "", FILE] as const)));
  assert.equal(states.count, names.length);
  for (const [index, name] of names.entries()) {
    assert.equal(states.find(toBuffer(name)), index);
    assert.equal(states.find(toBuffer(`>${name}<`), 1, name.length + 1), index);
    assert.equal(states.find(toBuffer(name.slice(0, -1))), -1);
    assert.equal(states.find(toBuffer(`${name}x`)), -1);
  }
  assert.equal(must(Buffer.alloc(0)).find(toBuffer("any")), -1);
});

test("what is said of a name is what was listed", () => {
  const states = must(listed(["d", "", FOLDER], ["d/file", "", FILE], ["d/link", "to/there", LINK]));
  assert.deepEqual(["d", "d/file", "d/link", "none"].map((path) => states.get(path)), [
    { signature: FOLDER, target: "", digest: null, object: "" }, { signature: FILE, target: "", digest: null, object: "" }, { signature: LINK, target: "to/there", digest: null, object: "" }, undefined,
  ]);
  assert.deepEqual([0, 1, 2].map((index) => states.isFile(index)), [false, true, false]);
  assert.deepEqual([states.path(2), Math.round(states.mtimeMs(1)), states.beginsWith(1, toBuffer("d/")), states.beginsWith(0, toBuffer("d/"))], ["d/link", 1_700_000_000_123, true, false]);
});

test("our own names and git's objects are left out, those of a module too", () => {
  const states = must(listed([".fathom", "", FOLDER], [".git/index", "", FILE], [".git/modules/m/objects/aa", "", FILE], [".gitignore", "", FILE]));
  assert.deepEqual(Array.from({ length: states.count }, (_, index) => states.path(index)), [".git/index", ".gitignore"]);
});

test("bytes that end within a name, a target or a state are no list", () => {
  const bytes = listed(["a", "b", LINK]);
  for (let length = 1; length < bytes.length; length++) assert.equal(States.of(bytes.subarray(0, length)), null, String(length));
});
