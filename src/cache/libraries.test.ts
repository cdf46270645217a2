// How rustc searches, by example. That a search is a fact of its own is shown on a
// program in test/traps/libraries.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import { candidatesIn, librariesAmong, searchedBy } from "./libraries.ts";

const CWD = absPath("/w");
const listing = (...names: string[]): string => names.map((name) => `\x08${name}\0`).join("");

test("rustc searches the directories of -L, however they are written", () => {
  const argv = ["rustc", "-L", "dependency=/w/target/deps", "-Lnative=out", "-L", "/opt/lib", "--extern", "a=/w/x/liba.rlib"];
  assert.deepEqual([...searchedBy(["/usr/bin/rustc"], argv, CWD)], ["/w/target/deps", "/w/out", "/opt/lib"]);
});

test("a unit in which anything but rustc and linkers ran looked at all names", () => {
  const argv = ["rustc", "-L", "/w/deps"];
  assert.equal(searchedBy(["/usr/bin/rustc", "/usr/bin/cc", "/usr/bin/ld"], argv, CWD).size, 1);
  assert.equal(searchedBy(["/usr/bin/rustc", "/usr/bin/sh"], argv, CWD).size, 0);
  assert.equal(searchedBy(["/usr/bin/cc", "/usr/bin/rustc"], argv, CWD).size, 0);
});

test("the crates that a unit relied on are known by the names of their files", () => {
  const names = ["\x01W/deps/libserde-0a1b.rmeta", "\x01W/deps/libregex_syntax-77.rlib", "/usr/lib/libstd-9.so", "\x01W/lib.rs", "\x01W/deps/libc.so.6", "\x01W/deps/serde.rmeta"];
  const subjects = names.map((name) => ({ kind: "content" as const, name }));
  assert.deepEqual([...librariesAmong([...subjects, { kind: "missing", name: "\x01W/deps/libnone-1.rlib" }])], ["serde", "regex_syntax", "std"]);
});

test("another file of a crate counts, whatever its hash or kind; names of other crates do not", () => {
  const crates = new Set(["serde"]);
  const some = listing("app.d", "libserde-1.rmeta", "libserde_derive-2.so", "serde-1.d");
  assert.equal(candidatesIn(some, crates), listing("libserde-1.rmeta"));
  for (const more of ["libserde-3.rmeta", "libserde.rlib", "libserde-1.so"]) {
    assert.notEqual(candidatesIn(some + listing(more), crates), candidatesIn(some, crates), more);
  }
});

test("an .rlib that comes after its .rmeta is no difference, one alone is", () => {
  const crates = new Set(["one"]);
  const both = listing("libone-1.rlib", "libone-1.rmeta");
  assert.equal(candidatesIn(both, crates), candidatesIn(listing("libone-1.rmeta"), crates));
  assert.notEqual(candidatesIn(both, crates), candidatesIn(listing("libone-1.rlib"), crates));
});
