// Traps of names: other places, odd bytes, great lengths.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyTree, removeTree } from "../../src/base/scratch.ts";
import { assertRan, assertReplayed, withRig } from "../rig/rig.ts";

test("of two checkouts at different paths the second is replayed", withRig((rig) => {
  const tool = rig.program("copy", join(rig.outside, "copy"));
  const [first, second] = [join(rig.scratch, "checkout"), join(rig.scratch, "elsewhere/of another length")];
  rig.write(join(first, "src/a"), "1\n");
  mkdirSync(join(rig.scratch, "elsewhere"));
  copyTree(first, second);
  const script = `${tool} src/a out; cat src/a`;
  assertRan(rig.sh(script, { cwd: first }));
  assertReplayed(rig.sh(script, { cwd: second }));
  assert.equal(readFileSync(join(second, "out"), "utf8"), "1\n");
  // A path in an argument is the same path of the other checkout.
  assertRan(rig.fathom([tool, join(first, "src/a"), join(first, "full")], { cwd: first }));
  writeFileSync(join(second, "src/a"), "2\n");
  const differs = rig.fathom([tool, join(second, "src/a"), join(second, "full")], { cwd: second });
  assert.equal(differs.summary.replayed, 0);
  assert.equal(readFileSync(join(second, "full"), "utf8"), "2\n");
}));

test("output that names its checkout is not replayed in another one", withRig((rig) => {
  const tool = rig.program("count", join(rig.outside, "count"));
  const [first, second] = [join(rig.scratch, "one"), join(rig.scratch, "two")];
  for (const checkout of [first, second]) mkdirSync(checkout);
  const script = `${tool}; pwd > where`;
  for (const checkout of [first, second, first, second]) {
    rig.sh(script, { cwd: checkout });
    assert.equal(readFileSync(join(checkout, "where"), "utf8"), `${checkout}\n`);
  }
}));

test("a compiler's output in two checkouts is what the compiler makes there", withRig((rig) => {
  const [first, second] = [join(rig.scratch, "one"), join(rig.scratch, "second")];
  for (const checkout of [first, second]) {
    rig.write(join(checkout, "a.c"), '#include "a.h"\nint main(void) { return VALUE; }\n');
    rig.write(join(checkout, "a.h"), "#define VALUE 0\n");
  }
  for (const flags of ["", "-g "]) {
    const script = `cc ${flags}-c a.c`;
    rig.sh(script, { cwd: first });
    const ran = rig.sh(script, { cwd: second });
    if (flags === "") assertReplayed(ran);
    const made = readFileSync(join(second, "a.o"));
    unlinkSync(join(second, "a.o"));
    rig.bare(["sh", "-c", script], { cwd: second });
    assert.deepEqual(made, readFileSync(join(second, "a.o")));
  }
}));

test("a path that is not UTF-8 is a path like any other", withRig((rig) => {
  rig.program("copy");
  const script = "for name in in/*; do ./copy \"$name\" \"out/${name#in/}\"; done";
  for (const name of ["in", "out"]) mkdirSync(rig.path(name));
  const odd = Buffer.concat([Buffer.from(rig.path("in/")), Buffer.from([0x61, 0xff, 0xfe, 0x80, 0x0a, 0x22, 0x62])]);
  writeFileSync(odd, "1\n");
  assertRan(rig.sh(script));
  const made = readdirSync(rig.path("out"), "latin1");
  assert.deepEqual(made, ["a\xff\xfe\x80\n\"b"]);
  removeTree(rig.path("out"));
  mkdirSync(rig.path("out"));
  assertReplayed(rig.sh(script));
  assert.deepEqual(readdirSync(rig.path("out"), "latin1"), made);
  writeFileSync(odd, "2\n");
  rig.sh(script);
  assert.equal(readFileSync(Buffer.from(`${rig.path("out/")}${made[0] ?? ""}`, "latin1"), "utf8"), "2\n");
}));

test("an argument and a folder that are not UTF-8 are replayed", withRig((rig) => {
  rig.program("copy");
  const script = "mkdir -p \"$(printf 'd\\377')\" && ./copy a \"$(printf 'd\\377/f\\376')\" && cat \"$(printf 'd\\377/f\\376')\"";
  rig.write("a", "1\n");
  rig.sh(script);
  const again = rig.sh(script);
  assert.equal(again.stdout, "copied a\n1\n");
  assertReplayed(rig.sh(script));
}));

for (const name of ["deep", "deep.static"]) {
  test(`a path of 4,000 bytes is observed and restored (${name})`, withRig((rig) => {
    rig.program(name);
    const ran = rig.fathom([`./${name}`]);
    assertRan(ran);
    assert.equal(ran.stdout, "4090 deep\n");
    removeTree(rig.path("d".repeat(200)));
    const again = rig.fathom([`./${name}`]);
    assertReplayed(again);
    assert.equal(again.stdout, ran.stdout);
    let deep = rig.work;
    for (let names = readdirSync(deep); names.length > 0 && deep.length < 3900; names = readdirSync(deep)) deep = join(deep, names.find((each) => each.startsWith("d".repeat(200))) ?? "");
    assert.equal(readFileSync(join(deep, readdirSync(deep)[0] ?? ""), "utf8"), "deep\n");
  }));
}

test("200,000 bytes of arguments are a key like any other", withRig((rig) => {
  rig.program("count");
  const many = Array.from({ length: 20_000 }, (_, index) => String(100_000_000 + index));
  const long = ["x".repeat(120_000), "y".repeat(80_000)];
  for (const args of [many, long]) {
    const first = rig.fathom(["./count", ...args]);
    assertRan(first);
    const again = rig.fathom(["./count", ...args]);
    assertReplayed(again);
    assert.equal(again.stdout, first.stdout);
    const other = rig.fathom(["./count", ...args.slice(0, -1), `${args.at(-1) ?? ""}z`]);
    assertRan(other);
    assert.notEqual(other.stdout, first.stdout);
  }
}));
