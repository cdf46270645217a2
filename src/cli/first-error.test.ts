// The first concrete error, as tools really print it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import { annotation, firstErrorIn } from "./first-error.ts";

function first(output: string): string {
  const found = firstErrorIn(output.split("\n"));
  if (found === null) return "nothing";
  const { text, place } = found;
  return place === null ? text.trim() : `${text.trim()} @ ${place.file}:${String(place.line)}${place.column === null ? "" : `:${String(place.column)}`}`;
}

test("of tsc, plain and pretty", () => {
  assert.equal(first("building\nsrc/a.ts(1,2): error TS2304: Cannot find name 'x'.\nsrc/b.ts(3,4): error TS1: y"), "src/a.ts(1,2): error TS2304: Cannot find name 'x'. @ src/a.ts:1:2");
  assert.equal(first("\u001b[96msrc/a.ts\u001b[0m:\u001b[93m1\u001b[0m:\u001b[93m7\u001b[0m - \u001b[91merror\u001b[0m\u001b[90m TS2322: \u001b[0mType 'string'...\n\n1 const x: number = 'a';\n\nFound 1 error in src/a.ts:1"),
    "src/a.ts:1:7 - error TS2322: Type 'string'... @ src/a.ts:1:7");
});

test("of eslint: the file has a line of its own, and warnings are none", () => {
  const output = "\n/w/p/src/a.js\n  1:5   warning  'y' is defined but never used  no-unused-vars\n\n/w/p/src/b.js\n  3:1   error    Unexpected var  no-var\n\n✖ 2 problems (1 error, 1 warning)\n";
  assert.equal(first(output), "/w/p/src/b.js:3:1   error    Unexpected var  no-var @ /w/p/src/b.js:3:1");
});

test("of gcc, clang and esbuild", () => {
  assert.equal(first("In file included from a.c:1:\ninc/h.h:3:10: fatal error: none.h: No such file or directory\n    3 | #include <none.h>\ncompilation terminated."), "inc/h.h:3:10: fatal error: none.h: No such file or directory @ inc/h.h:3:10");
  assert.equal(first("a.c: In function 'main':\na.c:5:3: warning: unused\na.c:6:12: error: expected ';'"), "a.c:6:12: error: expected ';' @ a.c:6:12");
  assert.equal(first("✘ [ERROR] Could not resolve \"x\"\n\n    src/a.ts:1:18:\n      1 │ import { x } from \"x\";"), "✘ [ERROR] Could not resolve \"x\" @ src/a.ts:1:18");
});

test("of vitest, jest and node's own tests: the place is behind the error, and not in a library", () => {
  assert.equal(first(" RUN  v3.0.0 /w/p\n\n ❯ a.test.ts (2 tests | 1 failed) 5ms\n   × adds 3ms\n\n FAIL  a.test.ts > adds\nAssertionError: expected 2 to be 3 // Object.is equality\n ❯ Proxy.<anonymous> node_modules/chai/x.js:1:1\n ❯ a.test.ts:5:15\n      5|   expect(1 + 1).toBe(3);\n"),
    "AssertionError: expected 2 to be 3 // Object.is equality @ a.test.ts:5:15");
  assert.match(first("FAIL src/sum.test.js\n  ● adds\n\n    Error: expected 3\n\n      at Object.toBe (src/sum.test.js:4:19)\n      at node:internal/x:1:1\n\nTests:       1 failed, 1 total"), /Error: expected 3 @ src\/sum.test.js:4:19$/);
  assert.equal(first("not ok 1 - adds\n  ---\n  location: '/w/p/a.test.js:2:1'\n  error: 'no'\n  code: 'ERR_ASSERTION'\n  stack: |-\n    TestContext.<anonymous> (file:///w/p/a.test.js:3:10)\n    node:internal/x (node:internal/y:1:1)\n"), "error: 'no' @ /w/p/a.test.js:3:10");
  assert.equal(first("✖ adds (2ms)\n  AssertionError [ERR_ASSERTION]: 2 == 3\n      at TestContext.<anonymous> (file:///w/p/a.test.js:3:10)\n"), "AssertionError [ERR_ASSERTION]: 2 == 3 @ /w/p/a.test.js:3:10");
});

test("of node: the place stands above the error, or in its stack", () => {
  assert.equal(first("node:events:497\n      throw er; // Unhandled 'error' event\n      ^\n\nError: listen EADDRINUSE: address already in use 127.0.0.1:80\n    at Server.setupListenHandle [as _listen2] (node:net:1817:16)\n"), "Error: listen EADDRINUSE: address already in use 127.0.0.1:80");
  assert.equal(first("/w/p/build.js:2\n  throw new Error(\"no\");\n  ^\n\nError: no\n    at Object.<anonymous> (/w/p/build.js:2:9)\n    at Module._compile (node:internal/modules/cjs/loader:1:1)"), "Error: no @ /w/p/build.js:2:9");
  assert.equal(first("/w/p/a.js:7\nconst (\n      ^\n\nSyntaxError: Unexpected token '('\n    at wrapSafe (node:internal/modules/cjs/loader:1:1)"), "SyntaxError: Unexpected token '(' @ /w/p/a.js:7");
});

test("of python", () => {
  assert.equal(first("Traceback (most recent call last):\n  File \"/w/a.py\", line 3, in <module>\n    f()\n  File \"/w/a.py\", line 2, in f\n    raise ValueError(\"x\")\nValueError: x"), "ValueError: x @ /w/a.py:2");
});

test("what counts errors names none; where none is named, the last line is what there is", () => {
  assert.equal(first("0 errors\nexit"), "exit");
  assert.equal(first("\n "), "nothing");
});

test("GitHub shows it beside the line, by the path in the checkout", () => {
  const [folder, root] = [absPath("/w/repo/packages/a"), absPath("/w/repo")];
  const error = firstErrorIn(["src/a.ts(1,2): error TS1: 100% wrong,\r"]) ?? assert.fail();
  assert.equal(annotation(error, "@s/a#build", folder, root), "::error file=packages/a/src/a.ts,line=1,col=2,title=@s/a#build::src/a.ts(1,2): error TS1: 100%25 wrong,");
  assert.equal(annotation({ text: "x", place: { file: "/w/repo/b,c.ts", line: 3, column: null } }, "a#b:c", folder, root), "::error file=b%2Cc.ts,line=3,title=a#b%3Ac::x");
  assert.equal(annotation({ text: "no place", place: null }, "a#b", folder, root), "::error title=a#b::no place");
});
