// Names that mean the same in another checkout.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import { Roots } from "./roots.ts";

const roots = new Roots(absPath("/home/ann/work"), absPath("/home/ann"), absPath("/tmp"));

test("the longest root wins, and what is below no root stays absolute", () => {
  assert.equal(roots.tokenise(absPath("/home/ann/work/src/a.c")), "\x01W/src/a.c");
  assert.equal(roots.tokenise(absPath("/home/ann/work")), "\x01W");
  assert.equal(roots.tokenise(absPath("/home/ann/workshop")), "\x01H/workshop");
  assert.equal(roots.tokenise(absPath("/tmp/x")), "\x01T/x");
  assert.equal(roots.tokenise(absPath("/usr/bin/cc")), "/usr/bin/cc");
});

test("of two roots at one place the workspace wins", () => {
  const same = new Roots(absPath("/w"), absPath("/w"), absPath("/w/tmp"));
  assert.equal(same.tokenise(absPath("/w/a")), "\x01W/a");
  assert.equal(same.tokenise(absPath("/w/tmp/a")), "\x01T/a");
});

test("a token leads back to its path, and nowhere else", () => {
  for (const path of ["/home/ann/work", "/home/ann/work/a", "/usr/lib"]) assert.equal(roots.locate(roots.tokenise(absPath(path))), path);
  for (const token of ["\x01W/../x", "\x01W/a/../../x", "\x01Wx", "\x01X/a", "\x01", "\x01W/", "\x01W//a", "relative", "", "/a/../b", "\x01W/a\0b"]) {
    assert.equal(roots.locate(token), null, JSON.stringify(token));
  }
});

test("roots are replaced in text at the borders of paths only", () => {
  for (const [text, tokenised] of [
    ["/home/ann/work", "\x01W"],
    ["/usr/bin:/home/ann/work/node_modules/.bin:/tmp", "/usr/bin:\x01W/node_modules/.bin:\x01T"],
    ["-I/home/ann/work/inc -isystem/tmp/x", "-I\x01W/inc -isystem\x01T/x"],
    ["--prefix=/home/ann/.local", "--prefix=\x01H/.local"],
    ["/home/ann/working", "\x01H/working"],
    ["/mnt/home/ann/work", "/mnt/home/ann/work"],
    ["/home/annabel", "/home/annabel"],
    ["file:///home/ann/work", "file:///home/ann/work"],
  ] as const) assert.equal(roots.tokeniseText(text), tokenised, text);
});

test("different texts stay different, and lead back", () => {
  for (const text of ["\x01W/a", "\x01\x01", "/home/ann/work", "a\x01", "x /tmp/\x01W"]) {
    assert.equal(roots.locateText(roots.tokeniseText(text)), text, JSON.stringify(text));
  }
  assert.notEqual(roots.tokeniseText("\x01W"), roots.tokeniseText("/home/ann/work"));
  assert.equal(roots.locateText("\x01X/a"), null);
});
