// Which variables a task gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { givenTo } from "./given.ts";

const ENV = { PATH: "/bin", HOME: "/h", LC_ALL: "C", NEXT_A: "1", NEXT_SECRET: "2", OTHER: "3", "A.B": "4" };
const given = (named: readonly string[]): string => Object.keys(givenTo(ENV, "strict", named)).join(" ");

test("all, where nothing else was said", () => {
  assert.equal(givenTo(ENV, "loose", []), ENV);
});

test("only the usual ones and those that are named", () => {
  assert.equal(given([]), "PATH HOME LC_ALL");
  assert.equal(given(["NEXT_*", "A.B"]), "PATH HOME LC_ALL NEXT_A NEXT_SECRET A.B");
});

test("what is refused is refused, whatever else names it", () => {
  assert.equal(given(["!NEXT_SECRET", "NEXT_*", "!LC_*"]), "PATH HOME NEXT_A");
});
