// Traps of what a command makes: a replay leaves the tree as the command itself
// would have left it, whatever was there before.

import assert from "node:assert/strict";
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyTree, describeTree, differences, removeTree } from "../../src/base/scratch.ts";
import { assertRan, assertReplayed, withRig, type Rig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";

function copied(rig: Rig): void {
  rig.program("copy");
  rig.write("a", "some text\n");
  assertRan(rig.fathom(["./copy", "a", "out"]));
}

for (const [what, damage] of [
  ["deleted", (path: string): void => unlinkSync(path)],
  ["truncated", (path: string): void => truncateSync(path, 3)],
  ["emptied", (path: string): void => truncateSync(path, 0)],
  ["edited by hand", (path: string): void => writeFileSync(path, "SOME TEXT\n")],
  ["replaced by a read-only file", (path: string): void => { unlinkSync(path); writeFileSync(path, "x", { mode: 0o444 }); }],
] as const) {
  test(`an output that was ${what} is restored`, withRig((rig) => {
    copied(rig);
    // With an output in place, which the program truncates: the second kind of entry.
    rig.fathom(["./copy", "a", "out"]);
    damage(rig.path("out"));
    const after = rig.fathom(["./copy", "a", "out"]);
    assert.equal(after.code, what.includes("read-only") && process.getuid?.() !== 0 ? 3 : 0);
    if (after.code === 0) assert.equal(rig.read("out"), "some text\n");
  }));
}

test("a file of somebody that another version of the command changed is never removed", withRig((rig) => {
  const script = `seq 100000 | sort -r | tail -n 1 > /dev/null
if [ "$MODE" = fix ]; then sed -i s/a/b/ source; echo over > config; echo fixed > log; else echo checked > log2; fi`;
  rig.write("source", "a\n");
  rig.write("config", "mine\n");
  for (const MODE of ["check", "fix", "check"]) rig.sh(script, { env: { MODE } });
  assert.deepEqual(["source", "config", "log", "log2"].map((name) => rig.read(name)), ["b\n", "over\n", "fixed\n", "checked\n"]);
}));

test("one command that a script runs twice, each time with another variable, leaves both outputs, run or replayed", withRig((rig) => {
  rig.write("generate.sh", "seq 100000 | sort -r | tail -n 1 > $MODE.out\n");
  for (const which of ["1", "2", "3"]) {
    rig.sh(`echo ${which} > which; MODE=a sh generate.sh; MODE=b sh generate.sh`);
    assert.deepEqual(readdirSync(rig.work).filter((name) => name.endsWith(".out")), ["a.out", "b.out"]);
    for (const name of ["a.out", "b.out"]) unlinkSync(rig.path(name));
  }
}));

test("an output that is there and equal is left alone", withRig((rig) => {
  copied(rig);
  assertReplayed(rig.fathom(["./copy", "a", "out"]));
  const before = statSync(rig.path("out"), { bigint: true });
  assertReplayed(rig.fathom(["./copy", "a", "out"]));
  const after = statSync(rig.path("out"), { bigint: true });
  assert.deepEqual([after.ino, after.mtimeNs, after.ctimeNs], [before.ino, before.mtimeNs, before.ctimeNs]);
}));

test("an output is never another name of something in the store", withRig((rig) => {
  copied(rig);
  unlinkSync(rig.path("out"));
  assertReplayed(rig.fathom(["./copy", "a", "out"]));
  assert.equal(statSync(rig.path("out")).nlink, 1);
  writeFileSync(rig.path("out"), "SOME TEXT\n");
  unlinkSync(rig.path("out"));
  assertReplayed(rig.fathom(["./copy", "a", "out"]));
  assert.equal(rig.read("out"), "some text\n");
}));

test("outputs keep the order of their modification times", withRig((rig) => {
  rig.program("copy");
  rig.write("a", "1\n");
  const script = "./copy a third; ./copy third second; ./copy second first";
  assertRan(rig.sh(script));
  for (const name of ["first", "second", "third"]) unlinkSync(rig.path(name));
  assertReplayed(rig.sh(script));
  const [first = 0n, second = 0n, third = 0n] = ["first", "second", "third"].map((name) => statSync(rig.path(name), { bigint: true }).mtimeNs);
  assert.ok(third <= second && second <= first, `${third} ${second} ${first}`);
}));

test("outputs of another version that the replayed one did not have are removed", withRig((rig) => {
  rig.program("copy");
  rig.write("list", "one two\n");
  // A build that begins by removing what it makes, as builds of whole folders do.
  const script = 'rm -rf dist; mkdir dist; for name in $(cat list); do ./copy list "dist/$name"; done';
  rig.sh(script);
  const first = describeTree(rig.path("dist"));
  rig.write("list", "one three\n");
  rig.sh(script);
  assert.deepEqual([...describeTree(rig.path("dist")).keys()], ["one", "three"]);
  rig.write("list", "one two\n");
  rig.sh(script);
  assert.deepEqual(differences(describeTree(rig.path("dist")), first), []);
  rig.write("list", "one three\n");
  rig.sh(script);
  assert.deepEqual([...describeTree(rig.path("dist")).keys()], ["one", "three"]);
}));

for (const [what, command, files] of [
  ["a nameless file that was given a name", ["./nameless", "out"], ["out"]],
  ["writes through a mapping", ["./mapped", "a", "out"], ["out"]],
  ["a file renamed into place from a random name", ["./into-place", "a", "out"], ["out"]],
] as const) {
  test(`${what} is replayed`, withRig((rig) => {
    rig.program(command[0].slice(2));
    rig.write("a", "abc\n");
    assertRan(rig.fathom(command));
    const made = describeTree(rig.work);
    for (const name of files) unlinkSync(rig.path(name));
    assertReplayed(rig.fathom(command));
    assert.deepEqual(differences(describeTree(rig.work), made), []);
    if (what.startsWith("a nameless")) return;
    rig.write("a", "xyz\n");
    rig.fathom(command);
    assert.equal(rig.read("out"), what.startsWith("writes") ? "\nzyx" : "xyz\n");
    rig.write("a", "abc\n");
    assertReplayed(rig.fathom(command));
    assert.deepEqual(differences(describeTree(rig.work), made), []);
  }));
}

test("a compile is one unit, also where its parts have no random names and are joined by a pipe", withRig((rig) => {
  rig.write("a.c", worthStoring("#include <stdio.h>\n#include <stdlib.h>\nint main(void) { return puts(getenv(\"HOME\")) < 0; }\n"));
  const command = ["gcc", "-pipe", "-O2", "-c", "-o", "a.o", "a.c"];
  const ran = rig.fathom(command);
  assert.deepEqual([ran.summary.ran, ran.summary.notStored, readdirSync(join(rig.scratch, "store/keys")).length], [1, 0, 1]);
  unlinkSync(rig.path("a.o"));
  assertReplayed(rig.fathom(command));
}));

test("random temporary names, as gcc makes them, keep nothing from being replayed", withRig((rig) => {
  rig.write("a.c", worthStoring("int main(void) { return 0; }\n"));
  const command = ["gcc", "-save-temps=obj", "-o", "a", "a.c"];
  for (const each of [["gcc", "-o", "a", "a.c"], command]) {
    assertRan(rig.fathom(each));
    const made = describeTree(rig.work);
    for (const name of made.keys()) if (name !== "a.c") unlinkSync(rig.path(name));
    assertReplayed(rig.fathom(each));
    assert.deepEqual(differences(describeTree(rig.work), made), []);
  }
  assert.deepEqual([...describeTree(`${rig.scratch}/tmp`).keys()], []);
}));

test("folders renamed, made and removed, links of both kinds, modes and deletions are replayed", withRig((rig) => {
  const before = rig.path("before");
  mkdirSync(before);
  rig.write("before/old/kept", "kept\n");
  rig.write("before/old/under/deep", "deep\n");
  rig.write("before/gone", "gone\n");
  rig.program("shapes");
  const start = (): void => {
    removeTree(rig.path("dir"));
    copyTree(before, rig.path("dir"));
  };
  start();
  const script = "cd dir && ../shapes";
  assertRan(rig.sh(script));
  const made = describeTree(rig.path("dir"));
  assert.equal(made.get("moved/dangling"), "link nowhere");
  assert.equal(lstatSync(rig.path("dir/moved/first")).nlink, 2);
  start();
  assertReplayed(rig.sh(script));
  assert.deepEqual(differences(describeTree(rig.path("dir")), made), []);
  assert.equal(lstatSync(rig.path("dir/moved/first")).ino, lstatSync(rig.path("dir/moved/second")).ino);
  assert.equal(lstatSync(rig.path("dir/moved/first")).nlink, 2);
}));

test("a renamed folder holds what is in it now, not what was in it then", withRig((rig) => {
  rig.program("count");
  rig.write("dir/a", "1\n");
  const script = "./count; mv dir moved";
  assertRan(rig.sh(script));
  removeTree(rig.path("moved"));
  rig.write("dir/a", "2\n");
  rig.write("dir/b", "new\n");
  rig.sh(script);
  assert.deepEqual([rig.read("moved/a"), rig.read("moved/b"), rig.has("dir")], ["2\n", "new\n", false]);
}));

test("a file with two names is changed under both, and restored so", withRig((rig) => {
  rig.program("count");
  rig.write("a", "1\n");
  linkSync(rig.path("a"), rig.path("b"));
  const script = "./count; echo 2 >> a";
  rig.sh(script);
  assert.equal(rig.read("b"), "1\n2\n");
  writeFileSync(rig.path("a"), "1\n");
  rig.sh(script);
  assert.equal(rig.read("b"), "1\n2\n");
}));

test("what is changed of a link is its own, and not of what it leads to", withRig((rig) => {
  rig.write("run.sh", "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; ln -sf a link; ln -sf nowhere other; touch -h -d @1300000000 link other\n");
  rig.write("a", "one");
  assertRan(rig.fathom(["sh", "run.sh"]));
  rig.bare(["sh", "-c", "rm link other; echo two > a; touch -d @1700000000 a"]);
  assertReplayed(rig.fathom(["sh", "run.sh"]));
  assert.equal(rig.bare(["stat", "-c", "%n %Y", "link", "other", "a"]).stdout, "link 1300000000\nother 1300000000\na 1700000000\n");
  assert.equal(rig.read("a"), "two\n");
}));

for (const [how, line] of [["replaced", "./copy a new > /dev/null; mv new out"], ["written over", "./copy a out > /dev/null"]] as const) {
  test(`an output that has got another name since is ${how}, as it would be`, withRig((rig) => {
    rig.program("copy");
    rig.write("a", "text");
    rig.write("run.sh", line);
    const twoNames = (): string => {
      rig.bare(["ln", "-f", "out", "other"]);
      return rig.bare(["sh", "-c", "sh run.sh; stat -c %h out"]).stdout;
    };
    rig.fathom(["sh", "run.sh"]);
    const expected = twoNames();
    rig.bare(["sh", "-c", "rm other out; sh run.sh"]);
    rig.fathom(["sh", "run.sh"]);
    for (let time = 0; time < 3; time += 1) {
      rig.bare(["ln", "-f", "out", "other"]);
      rig.fathom(["sh", "run.sh"]);
      assert.equal(rig.bare(["stat", "-c", "%h", "out"]).stdout, expected.replace(/^.*\n(?=.)/, ""), `time ${String(time)}`);
    }
  }));
}

test("deleting is an effect, and a file that is already gone is another command", withRig((rig) => {
  rig.program("count");
  rig.write("a", "1\n");
  const script = "./count; rm a && echo removed";
  assert.match(rig.sh(script).stdout, /removed/);
  assert.doesNotMatch(rig.sh(script).stdout, /removed/);
  rig.write("a", "1\n");
  const again = rig.sh(script);
  assertReplayed(again);
  assert.match(again.stdout, /removed/);
  assert.equal(existsSync(rig.path("a")), false);
}));

test("a mode that the command sets is restored", withRig((rig) => {
  rig.program("count");
  rig.write("a", "1\n");
  const script = "./count; chmod 751 a";
  assertRan(rig.sh(script));
  chmodSync(rig.path("a"), 0o644);
  assertReplayed(rig.sh(script));
  assert.equal(statSync(rig.path("a")).mode & 0o777, 0o751);
}));

test("a copy with its owner and permissions is replayed, though cp sets both, and the latter as an access list", withRig((rig) => {
  rig.program("count");
  rig.write("a", "1\n");
  chmodSync(rig.path("a"), 0o750);
  utimesSync(rig.path("a"), 1_000_000, 1_000_000);
  const script = "./count; cp -p a b; chown --no-dereference \"$(id -u):$(id -g)\" b";
  assertRan(rig.sh(script));
  unlinkSync(rig.path("b"));
  assertReplayed(rig.sh(script));
  assert.equal(statSync(rig.path("b")).mode & 0o777, 0o750);
  assert.equal(statSync(rig.path("b")).mtimeMs, statSync(rig.path("a")).mtimeMs);
}));

for (const [what, script] of [["removing it", "rmdir d 2> /dev/null && echo gone || echo kept"], ["moving another one over it", "mkdir e; mv -T e d 2> /dev/null && echo gone || echo kept; rm -rf e"]] as const) {
  test(`that nothing is in a folder, or something, is a fact for ${what}`, withRig((rig) => {
    rig.write("run.sh", `i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; ${script}`);
    const states = ["mkdir -p d", "mkdir -p d; touch d/a", "mkdir -p d; rm -f d/a", "mkdir -p d; touch d/b", "mkdir -p d; rm -f d/*"];
    for (const state of [...states, ...states]) {
      rig.bare(["sh", "-c", state]);
      const expected = rig.has("d/a") || rig.has("d/b") ? "kept\n" : "gone\n";
      assert.equal(rig.fathom(["sh", "run.sh"]).stdout, expected, state);
    }
  }));
}

test("making what must not be there is another command when it is there", withRig((rig) => {
  rig.program("exclusive");
  rig.program("exclusive.static");
  for (const command of [["./exclusive", "a"], ["./exclusive.static", "b"]]) {
    assert.equal(rig.fathom(command).stdout, "made\n");
    assert.equal(rig.fathom(command).stdout, "was there\n");
    unlinkSync(rig.path(command[1] ?? ""));
    const again = rig.fathom(command);
    assertReplayed(again);
    assert.equal(again.stdout, "made\n");
    assert.equal(rig.has(command[1] ?? ""), true);
  }
}));

test("what one thread makes while another one makes the folder is an output", withRig((rig) => {
  rig.program("crowd.static");
  for (const folders of ["40", "41", "42"]) {
    rig.bare(["rm", "-rf", "out"]);
    rig.fathom(["./crowd.static", folders]);
    rig.bare(["rm", "-rf", "out"]);
    assertReplayed(rig.fathom(["./crowd.static", folders]));
    assert.equal(rig.bare(["find", "out", "-type", "f"]).stdout.trimEnd().split("\n").length, 6 * Number(folders));
  }
}));

test("what one thread makes and another one, which tries until it is there, renames or links is an output", withRig((rig) => {
  rig.program("turns.static");
  const emptied = (): void => { rig.bare(["rm", "-rf", "out"]); rig.bare(["find", ".", "-name", "*.new", "-delete"]); };
  for (const files of ["60", "61", "62"]) {
    emptied();
    assertRan(rig.fathom(["./turns.static", files]));
    const made = describeTree(rig.work);
    emptied();
    assertReplayed(rig.fathom(["./turns.static", files]));
    assert.deepEqual(differences(describeTree(rig.work), made), []);
    assert.equal(readdirSync(rig.path("out")).length, Number(files));
  }
}));

test("a file that is opened for appending and not written keeps the time that it has", withRig((rig) => {
  rig.program("count");
  rig.write("log", "1\n");
  const script = "./count; : >> log";
  const touched = (seconds: number): void => utimesSync(rig.path("log"), seconds, seconds);
  touched(1_500_000_000);
  assertRan(rig.sh(script));
  touched(1_600_000_000);
  assertReplayed(rig.sh(script));
  assert.equal(statSync(rig.path("log")).mtimeMs, 1_600_000_000_000);
}));

for (const [what, line, name] of [["a mode is changed", "chmod a-w log", "log"], ["a file is renamed", "mv log other", "other"]] as const) {
  test(`where only ${what}, the file keeps the time that it has`, withRig((rig) => {
    rig.program("count");
    const script = `./count; ${line}`;
    const begin = (seconds: number): void => {
      for (const each of ["log", "other"]) if (rig.has(each)) unlinkSync(rig.path(each));
      rig.write("log", "1\n", 0o644);
      utimesSync(rig.path("log"), seconds, seconds);
    };
    for (const seconds of [1_500_000_000, 1_600_000_000, 1_500_000_000]) {
      begin(seconds);
      rig.sh(script);
      assert.equal(statSync(rig.path(name)).mtimeMs, seconds * 1000);
    }
  }));
}

test("appending twice is done twice", withRig((rig) => {
  rig.program("count");
  rig.write("log", "");
  for (let times = 1; times <= 3; times++) {
    rig.sh("./count; echo line >> log");
    assert.equal(rig.read("log"), "line\n".repeat(times));
  }
  rig.write("log", "line\n");
  rig.sh("./count; echo line >> log");
  assert.equal(rig.read("log"), "line\nline\n");
}));

test("a folder that is copied with its permissions is stored", withRig((rig) => {
  rig.program("count");
  rig.write("folder/a", "1\n");
  const script = "./count; cp -a folder copied; cat copied/a";
  assertRan(rig.sh(script));
  removeTree(rig.path("copied"));
  assertReplayed(rig.sh(script));
  assert.equal(rig.read("copied/a"), "1\n");
}));

test("what is added to a file right after the unit that made it has ended is not taken for its output", withRig((rig) => {
  const pairs = Array.from({ length: 40 }, (_, at) => `sh made.sh out/f${String(at)}; echo more >> out/f${String(at)}`);
  rig.write("made.sh", "i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done; echo made > $1\n");
  rig.write("build.sh", ["cat counter; rm -rf out; mkdir out", ...pairs].join("\n"));
  for (let run = 0; run < 3; run += 1) {
    rig.write("counter", String(run));
    rig.fathom(["sh", "build.sh"]);
    const wrong = pairs.flatMap((_, at) => (rig.read(`out/f${String(at)}`) === "made\nmore\n" ? [] : [at]));
    assert.deepEqual(wrong, [], `in run ${String(run)}`);
  }
}));

const NINJA = { skip: existsSync("/usr/bin/ninja") ? false : "ninja is not installed" };

test("what ninja reads of a step and removes at once is an output of that step, and a rebuild replays all of them", NINJA, withRig((rig) => {
  const names = Array.from({ length: 8 }, (_, at) => `a${String(at)}`);
  rig.write("build.ninja", ["rule cc\n  command = gcc -MMD -MF $out.d -c $in -o $out\n  depfile = $out.d\n  deps = gcc", ...names.map((name) => `build ${name}.o: cc ${name}.c`), ""].join("\n"));
  for (const name of names) rig.write(`${name}.c`, `#include <stdio.h>\nint ${name}(void) { return puts("x"); }\n`);
  const first = rig.fathom(["ninja", "-j2"]);
  assert.deepEqual([first.code, first.summary.notStored], [0, 0], JSON.stringify(first.summary));
  rig.bare(["ninja", "-t", "clean"]);
  const again = rig.fathom(["ninja", "-j2"]);
  assert.deepEqual([again.code, again.summary.replayed, again.summary.ran], [0, names.length, 0], JSON.stringify(again.summary));
}));
