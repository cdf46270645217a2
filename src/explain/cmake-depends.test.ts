// What CMake learns from compilers is known before its Makefiles have it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withCMakeDepends } from "./cmake-depends.ts";
import type { DeclaredGraph } from "./declared-graph.ts";

const TARGET = "/w/b/CMakeFiles/p.dir/a.c.o";
const graph = (ownFile: string): DeclaredGraph => ({
  tool: "make", folder: "/w/b", targets: new Map([[TARGET, { waitsFor: [], alsoMakes: [], isPhony: false, isOfPattern: false, place: null }]]), learned: new Map(), lines: [], ownFiles: new Set([ownFile]), serialFiles: new Set(), defaultGoals: new Set(),
});
const read = (path: string): string | null => (path === `${TARGET}.d` ? "CMakeFiles/p.dir/a.c.o: \\\n /w/a.c ../b\\ b.h \\\n /w/$$.h\n" : null);

test("a dependency file beside a target of CMake is what it learns", () => {
  assert.deepEqual([...withCMakeDepends(graph("/w/b/CMakeFiles/p.dir/compiler_depend.make"), read).learned.get(TARGET) ?? []], ["/w/a.c", "/w/b b.h", "/w/$.h"]);
});

test("a make of no CMake that includes no such file has not learned it", () => {
  assert.equal(withCMakeDepends(graph("/w/b/Makefile"), read).learned.size, 0);
});
