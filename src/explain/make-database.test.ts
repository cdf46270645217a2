// What make says of itself is understood as it is meant, by the make that is there; and
// anything else is nothing.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeScratch, removeTree } from "../base/scratch.ts";
import { parseMakeDatabase } from "./make-database.ts";

const MAKEFILE = "all: a.o x sub\n%.o: %.c\n\t@echo cc -c $< -o $@\nx y: gen.txt | dir\n\tcp gen.txt $@\n\t@echo \"made $@\" \\\n\t  && true\ndir:\n\tmkdir -p $@\nsub:\n\t$(MAKE) -C sub\n.PHONY: all sub\n";

function database(args: readonly string[], makefile = MAKEFILE): { readonly folder: string; readonly text: string } {
  const folder = makeScratch("fathom-make");
  try {
    mkdirSync(join(folder, "sub"));
    for (const [name, text] of [["Makefile", makefile], ["sub/Makefile", "all: ../q\n../q: w\n\tcat w > ../q\nw:\n\techo w > $@\n.NOTPARALLEL:\n"], ["a.c", ""], ["gen.txt", ""]] as const) writeFileSync(join(folder, name), text);
    const { stdout } = spawnSync("make", [...args, "-npBkw", "--trace", "-j1"], { cwd: folder, encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
    return { folder, text: stdout };
  } finally {
    removeTree(folder);
  }
}

test("targets, what they wait for, and each line with its target, also of a make that make starts", () => {
  const { folder, text } = database([]);
  const graphs = parseMakeDatabase(text, folder);
  const [outer, inner] = [graphs.find((graph) => graph.folder === folder), graphs.find((graph) => graph.folder === `${folder}/sub`)];
  assert.ok(outer !== undefined && inner !== undefined);
  const at = (...names: readonly string[]): readonly string[] => names.map((name) => `${folder}/${name}`);
  assert.deepEqual(outer.targets.get(`${folder}/all`), { waitsFor: at("a.o", "x", "sub"), alsoMakes: [], isPhony: true, isOfPattern: false, place: null });
  assert.deepEqual(outer.targets.get(`${folder}/x`), { waitsFor: at("gen.txt", "dir"), alsoMakes: [], isPhony: false, isOfPattern: false, place: "Makefile:5" });
  assert.deepEqual([outer.targets.get(`${folder}/a.o`)?.waitsFor, outer.targets.get(`${folder}/a.o`)?.isOfPattern], [at("a.c"), true]);
  assert.deepEqual(outer.lines.map(({ line, target }) => [line, target.slice(folder.length + 1)]), [
    ["echo cc -c a.c -o a.o", "a.o"], ["mkdir -p dir", "dir"], ["cp gen.txt x", "x"], ["echo \"made x\" \\\n  && true", "x"], ["make -C sub", "sub"],
  ]);
  assert.deepEqual([outer.serialFiles, inner.serialFiles], [new Set(), new Set([`${folder}/sub/Makefile`])]);
  assert.deepEqual(inner.lines.map(({ line, target }) => [line, target.slice(folder.length + 1)]), [["echo w > w", "sub/w"], ["cat w > ../q", "q"]]);
  assert.ok(outer.ownFiles.has(`${folder}/Makefile`));
});

test("variables that only one target has are no prerequisites of it, and hide none", () => {
  const own = "x: FLAGS := a:b c\nx: override MORE += -g\nx: private ONE =\n";
  const { folder, text } = database([], `all: x\n${own}x: gen.txt\n\tcp gen.txt $@ $(MORE)\n`);
  const [graph] = parseMakeDatabase(text, folder);
  const { waitsFor, place } = graph?.targets.get(`${folder}/x`) ?? {};
  assert.deepEqual([waitsFor, place], [[`${folder}/gen.txt`], "Makefile:6"]);
});

test("half of a data base, and what is none, is no failure", () => {
  const { folder, text } = database([]);
  for (let length = 0; length < text.length; length += 997) parseMakeDatabase(text.slice(0, length), folder);
  assert.deepEqual(parseMakeDatabase("make: *** No rule\n\0\n# Files\n:::\n", "/w").flatMap(({ targets }) => [...targets.keys()]), []);
});
