// What the unit around a replayed one learns of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeRun, must, WORKSPACE } from "./fake-unit.ts";
import { footprintOf } from "./hit-footprint.ts";

test("a hit has the footprint that running would have had, in the states that hold now", () => {
  const run = new FakeRun({ "a.c": "int a;", "dir/b": "" });
  must(run.disk.symlink(`${WORKSPACE}/a.c`, run.path("main")));
  run.disk.clock.advance(1_000_000_000n);
  run.stored((unit) => {
    unit.variables = { kind: "names", names: ["CC", "SHLVL"] };
    unit.reads("a.c");
    unit.readsLink("main");
    unit.misses("x");
    unit.lists("dir");
    unit.writes("a.o", "1");
    unit.says(1, "done\n");
  });
  run.write("a.c", "int a;");
  const footprint = must(footprintOf(run.hit(), run.context));
  assert.deepEqual(footprint, {
    observations: [
      { kind: "content", path: run.path("a.c"), signature: run.signature("a.c"), timed: false, isRead: true },
      { kind: "listed", path: run.path("dir"), names: "\x08b\0" },
      { kind: "link", path: run.path("main"), target: `${WORKSPACE}/a.c` },
      { kind: "missing", path: run.path("x") },
    ],
    environment: { kind: "names", names: ["CC"] },
    moves: [],
    touched: [run.path("a.o")],
    created: [],
    folders: [],
    output: [{ stream: 1, bytes: Buffer.from("done\n") }],
  });
});
