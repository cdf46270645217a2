// What is wrong in JSON is said with its place.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "./json.ts";

const wrong = (text: string): string => {
  const parsed = parseJson(text);
  return parsed.ok ? "nothing" : parsed.failure;
};

test("whatever is wrong in JSON is told by line and column, also where Node itself shows only the text around", () => {
  assert.equal(wrong('{\n  "a": {"b": }\n}\n'), "line 2, column 14: unexpected token '}'");
  assert.equal(wrong('{"a": [1, 2, 3, x], "b": "something long behind it"}'), "line 1, column 17: unexpected token 'x'");
  assert.equal(wrong("nothing at all"), "line 1, column 2: unexpected token 'o'");
  assert.match(wrong('{\n  "a": 1\n  "b": 2\n}\n'), /^line 3, column 3: /);
  assert.match(wrong("{\n  'a': 1}"), /^line 2, column 3: /);
});

test("what was cut is wrong at the end", () => {
  assert.match(wrong('{"a":'), /, at the end$/);
  assert.match(wrong(""), /, at the end$/);
});
