// How rustc searches, by example. That a search is a fact of its own is shown on a
// program in test/traps/libraries.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import { candidatesIn, librariesAmong, searchedBy } from "./libraries.ts";

const CWD = absPath("/w");
const listing = (...names: string[]): string => names.map((name) => `\x08${name}\0`).join("");

test("rustc searches the directories of its dependencies for known names, all others for any", () => {
  const argv = ["rustc", "-L", "dependency=/w/target/deps", "-Ldependency=out", "-L", "/opt/lib", "-Lnative=/w/native", "--extern", "a=/w/x/liba.rlib", "dependency=/no"];
  assert.deepEqual([...searchedBy(["/usr/bin/rustc"], argv, CWD)], ["/w/target/deps", "/w/out"]);
  assert.deepEqual([...searchedBy(["/usr/bin/rustc"], ["rustc", "-L", "dependency=deps", "-L", "deps"], CWD)], []);
});

test("a unit in which anything but rustc and linkers ran looked at all names", () => {
  const argv = ["rustc", "-L", "dependency=/w/deps"];
  assert.equal(searchedBy(["/usr/bin/rustc", "/usr/bin/cc", "/usr/bin/ld"], argv, CWD).size, 1);
  assert.equal(searchedBy(["/usr/bin/rustc", "/usr/bin/sh"], argv, CWD).size, 0);
  assert.equal(searchedBy(["/usr/bin/cc", "/usr/bin/rustc"], argv, CWD).size, 0);
});

test("the libraries that a unit relied on are known by the names of their files", () => {
  const names = ["\x01W/deps/libserde-0a1b.rmeta", "\x01W/deps/libregex_syntax-77.rlib", "/usr/lib/libstd-9.so", "\x01W/lib.rs", "\x01W/deps/libc.so.6", "\x01W/deps/serde.rmeta"];
  const subjects = names.map((name) => ({ kind: "content" as const, name }));
  assert.deepEqual([...librariesAmong([...subjects, { kind: "missing", name: "\x01W/deps/libnone-1.rlib" }])], ["serde-0a1b", "regex_syntax-77", "std-9"]);
});

test("another kind of file of a library counts; other versions and other libraries do not", () => {
  const some = listing("app.d", "libserde-1.rmeta", "libserde_derive-2.so", "serde-1.d");
  const counted = (...more: string[]): string => candidatesIn(some + listing(...more), new Set(["serde-1"]));
  assert.equal(counted(), listing("libserde-1.rmeta"));
  assert.equal(counted("libserde-3.rmeta", "libserde.rlib"), counted());
  assert.notEqual(counted("libserde-1.so"), counted());
});

test("of a library without a hash any hash counts", () => {
  const counted = (...names: string[]): string => candidatesIn(listing(...names), new Set(["one"]));
  assert.notEqual(counted("libone.rlib", "libone-2.rlib"), counted("libone.rlib"));
  assert.equal(counted("libone.rlib", "libone_more.rlib"), counted("libone.rlib"));
});

test("an .rlib that comes after its .rmeta is no difference, one alone is", () => {
  const counted = (...names: string[]): string => candidatesIn(listing(...names), new Set(["one-1"]));
  assert.equal(counted("libone-1.rlib", "libone-1.rmeta"), counted("libone-1.rmeta"));
  assert.notEqual(counted("libone-1.rlib", "libone-1.rmeta"), counted("libone-1.rlib"));
});
