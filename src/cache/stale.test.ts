// What a replay takes away of other versions of the same unit: all that they made, or
// nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeRun, type FakeUnit } from "./fake-unit.ts";

test("what another version of the unit left behind is removed, if it is as it was written", () => {
  const run = new FakeRun({ names: "x y" });
  const generate = (unit: FakeUnit): void => {
    for (const name of unit.reads("names").split(" ")) unit.writes(`${name}.gen`, `made ${name}`);
  };
  run.stored(generate);
  run.write("names", "x z w");
  for (const name of ["x.gen", "y.gen"]) run.remove(name);
  run.stored(generate);
  run.write("w.gen", "edited by hand");
  run.write("names", "x y");
  const replayed = run.replay();
  assert.deepEqual(["x", "y", "z", "w"].map((name) => run.text(`${name}.gen`)), ["made x", "made y", null, "edited by hand"]);
  assert.deepEqual(replayed.removed, [run.path("z.gen")]);
});

test("what the new entry relied on is not taken for left behind", () => {
  const run = new FakeRun({ mode: "make" });
  const unit = (recorder: FakeUnit): void => {
    if (recorder.reads("mode") === "make") recorder.writes("gen.h", "generated");
    else recorder.reads("gen.h");
  };
  run.stored(unit);
  run.write("mode", "use");
  const using = run.stored(unit);
  run.write("mode", "make");
  run.replay();
  run.write("mode", "use");
  assert.equal(run.hit().strongKey, using);
  run.replay();
  assert.equal(run.text("gen.h"), "generated");
});

test("what was there before a unit changed it is never taken for left behind", () => {
  const run = new FakeRun({ mode: "look", config: "mine" });
  const unit = (recorder: FakeUnit): void => {
    if (recorder.reads("mode") === "look") recorder.writes("seen", "looked");
    else {
      recorder.writes("config", "changed");
      recorder.writes("log", "changed it");
    }
  };
  run.stored(unit);
  run.write("mode", "change");
  run.stored(unit);
  run.write("mode", "look");
  assert.deepEqual(run.replay().removed, []);
  assert.deepEqual([run.text("config"), run.text("log")], ["changed", "changed it"]);
});

test("where the new entry found what another one made, nothing is taken for left behind", () => {
  const run = new FakeRun({ "src/e": "text" });
  const copiesInto = (recorder: FakeUnit): void => {
    recorder.reads("src/e");
    if (run.text("keep/e") === null) {
      recorder.makesDirectory("keep");
      recorder.writes("keep/e", "text");
    } else {
      recorder.sees("keep");
      recorder.makesDirectory("keep/src");
      recorder.writes("keep/src/e", "text");
    }
  };
  const once = run.stored(copiesInto);
  const twice = run.stored(copiesInto);
  run.remove("keep");
  assert.equal(run.hit().strongKey, once);
  run.replay();
  assert.equal(run.hit().strongKey, twice);
  run.replay();
  assert.deepEqual([run.text("keep/e"), run.text("keep/src/e")], ["text", "text"]);
});

test("what several other versions of the unit left behind is removed at once", () => {
  const run = new FakeRun({ names: "a" });
  const generate = (unit: FakeUnit): void => {
    const name = unit.reads("names");
    unit.writes(`${name}.gen`, name);
  };
  for (const name of ["a", "b", "c"]) {
    run.write("names", name);
    run.stored(generate);
  }
  run.write("names", "a");
  assert.deepEqual(run.replay().removed, [run.path("b.gen"), run.path("c.gen")]);
  run.write("names", "b");
  assert.deepEqual(run.replay().removed, [run.path("a.gen")]);
});
