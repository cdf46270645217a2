// What only this schedule ordered, what a rule does not name, and what experiments prove:
// on real builds by make, in the order in which things happen there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { Race, RacesAnswer } from "../../src/explain/races-answer.ts";
import { FATHOM, withRig, type Rig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";

function ask(rig: Rig, ...args: readonly string[]): RacesAnswer {
  const run = spawnSync(FATHOM, ["races", "--json", ...args], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" });
  assert.ok(run.status === 0 || run.status === 3, run.stderr);
  return JSON.parse(run.stdout) as RacesAnswer;
}

const brief = ({ kind, class: what, grade, paths, confirmation }: Race): readonly unknown[] => [kind, what, grade, paths, confirmation?.by ?? null];

/** Whether a copy of the workspace can be made here. */
function hasViews(rig: Rig): boolean {
  const run = spawnSync(FATHOM, ["doctor", "--json"], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" });
  return run.stdout.includes('"name":"workspace-copy","works":true');
}

const MISSING_EDGE = "all: use gen\ngen:\n\tcp x gen\nuse: y\n\tcp y use\n\tif test -e gen; then cat gen >>use; fi\n";

test("an order that make does not know is luck, and another schedule proves it", withRig((rig) => {
  rig.write("Makefile", MISSING_EDGE.replace("all: use gen", "all: gen use"));
  rig.write("x", "one\n");
  rig.write("y", "two\n");
  // It may be that the two met at the same time: then it was no luck, and is another test's business.
  for (let kinds: readonly string[] = []; !kinds.includes("undeclared");) {
    rig.bare(["rm", "-f", "gen", "use"]);
    rig.fathom(["make", "-j2"], { flags: ["--force"] });
    const { races } = ask(rig);
    assert.deepEqual(races.filter(({ kind }) => kind !== "missing-input").map(({ paths }) => paths), [["gen"]], JSON.stringify(races));
    kinds = races.map(({ kind }) => kind);
  }
  if (!hasViews(rig)) return;
  const proven = ask(rig, "--confirm");
  const [race] = proven.races.filter(({ kind }) => kind !== "missing-input");
  assert.equal(race?.grade, "confirmed", JSON.stringify(proven));
  assert.equal(race.confirmation?.by, "perturb");
}));

test("an order that make knows is no race, one after the other or at the same time", withRig((rig) => {
  rig.write("Makefile", "all: use\ngen: x\n\tcp x gen\nuse: gen\n\tcp gen use\n");
  rig.write("x", "one\n");
  rig.fathom(["make", "-j2"], { flags: ["--force"] });
  const { races, guesses } = ask(rig);
  assert.deepEqual([races, guesses], [[], []]);
}));

test("lines of one recipe are in order, whatever they share", withRig((rig) => {
  rig.write("Makefile", "all: one two\none: x\n\tcp x one.tmp\n\tcat one.tmp >one\n\trm one.tmp\ntwo: x\n\tcp x two.tmp\n\tcat two.tmp >two\n\trm two.tmp\n");
  rig.write("x", "one\n");
  rig.fathom(["make", "-j2"], { flags: ["--force"] });
  const { races, guesses } = ask(rig);
  assert.deepEqual([races, guesses], [[], []]);
}));

test("one rule with several targets is named as one fault", withRig((rig) => {
  rig.write("Makefile", "all: one two\none two: x\n\tcp x tmp.o\n\tcp tmp.o one\n\tcp tmp.o two\n\trm tmp.o\n");
  rig.write("x", "one\n");
  rig.fathom(["make", "-j2"], { flags: ["--force"] });
  const { races } = ask(rig);
  const found = races.map((race) => [race.class, race.kind]);
  assert.ok(found.length === 1 && found[0]?.[0] === "several-targets", JSON.stringify(races));
}));

const HEADERS = "all: a.o\na.o: a.c\n\tcc -c a.c -o a.o\n";

test("a header that the rule does not name is found, and make's own answer proves it", withRig((rig) => {
  rig.write("Makefile", HEADERS);
  rig.write("a.c", worthStoring("#include \"a.h\"\nint f(void) { return N; }\n"));
  rig.write("a.h", "#define N 1\n");
  rig.fathom(["make"], { flags: ["--force"] });
  assert.deepEqual(ask(rig, "--confirm").races.map(brief), [["missing-input", "missing-input", "confirmed", ["a.h"], "make"]]);
}));

test("a header that the compiler names is no fault of the rule", withRig((rig) => {
  rig.write("Makefile", HEADERS.replace("cc -c", "cc -MMD -c").concat("-include a.d\n"));
  rig.write("a.c", worthStoring("#include \"a.h\"\nint f(void) { return N; }\n"));
  rig.write("a.h", "#define N 1\n");
  rig.fathom(["make"], { flags: ["--force"] });
  assert.deepEqual(ask(rig).races, []);
}));

test("of what was replayed it is said that nothing is known inside", withRig((rig) => {
  rig.write("Makefile", HEADERS);
  rig.write("a.c", "int f(void) { return 1; }\n");
  rig.fathom(["make"], { flags: ["--force"] });
  rig.bare(["rm", "a.o"]);
  rig.sh("i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; make");
  const { notes, races } = ask(rig);
  assert.deepEqual(races, []);
  assert.match(notes.join("\n"), /1 unit was replayed/);
}));

test("the same seed delays the same commands, and what is ordered comes out as ever", withRig((rig) => {
  rig.write("Makefile", "all: c\na:\n\tcp x a\nb: a\n\tcp a b\nc: b\n\tcp b c\n");
  rig.write("x", "one\n");
  for (const seed of ["1", "2", "3", "4"]) {
    const ran = rig.fathom(["make", "-s", "-j2"], { flags: [`--perturb=${seed}`] });
    assert.deepEqual([ran.code, rig.read("c"), ran.summary.replayed], [0, "one\n", 0]);
    rig.bare(["rm", "a", "b", "c"]);
  }
}));

test("ninja's edges are known: what it orders is no race, what it does not is luck", { skip: existsSync("/usr/bin/ninja") ? false : "ninja is not installed" }, withRig((rig) => {
  const rules = "rule cp\n  command = cp $in $out\nrule both\n  command = cat a.txt $in >$out\n";
  rig.write("i.txt", "one\n");
  rig.write("build.ninja", `${rules}build a.txt: cp i.txt\nbuild b.txt: both i.txt | a.txt\n`);
  rig.fathom(["ninja", "-j1"], { flags: ["--force"] });
  const known = ask(rig);
  assert.deepEqual([known.races, known.guesses], [[], []]);
  rig.bare(["rm", "-rf", "a.txt", "b.txt", ".ninja_log", ".ninja_deps"]);
  rig.write("build.ninja", `${rules}build a.txt: cp i.txt\nbuild b.txt: both i.txt\n`);
  rig.fathom(["ninja", "-j1"], { flags: ["--force"] });
  assert.deepEqual(ask(rig).races.map(({ kind, paths }) => [kind, paths]), [["undeclared", ["a.txt"]], ["missing-input", ["a.txt"]]]);
}));

test("what \"fathom run\" declares is no luck: a package that depends on another one builds after it", withRig((rig) => {
  rig.write("package.json", JSON.stringify({ name: "root", private: true, workspaces: ["a", "b", "c"] }));
  const build = { a: "cp x made", b: "cp ../a/made got", c: "cp x own" };
  for (const [name, command] of Object.entries(build)) {
    rig.write(`${name}/package.json`, JSON.stringify({ name, version: "1.0.0", scripts: { build: command }, dependencies: name === "b" ? { a: "1.0.0" } : {} }));
    rig.write(`${name}/x`, "one\n");
  }
  const run = spawnSync(FATHOM, ["run", "build", "--force", "--concurrency=2"], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const { races, guesses } = ask(rig);
  assert.deepEqual([races, guesses], [[], []]);
}));

test("of steps that were too slight to be told of it is said that what they read is not known", withRig((rig) => {
  rig.write("Makefile", "all: a b c\na: x\n\tcp x a\nb: x\n\ttest -f a\n\tcp x b\nc:\n\ti=0; while [ $$i -lt 60000 ]; do i=$$((i+1)); done\n");
  rig.write("x", "one\n");
  rig.fathom(["make", "-s", "-j1"]);
  const { notes, races } = ask(rig);
  // On a machine that is slow enough a step is none of these; what it looked at is then known.
  if (!races.some(({ kind }) => kind !== "missing-input")) assert.match(notes.join("\n"), /Of [1-9]\d* slight processes it is not known what they read; "fathom exec --force" has all/);
  rig.bare(["rm", "-f", "a", "b"]);
  rig.fathom(["make", "-s", "-j1"], { flags: ["--force"] });
  const forced = ask(rig);
  assert.deepEqual(forced.races.map(({ kind, paths }) => [kind, paths]), [["undeclared", ["a"]]], JSON.stringify(forced));
  assert.doesNotMatch(forced.notes.join("\n"), /slight/);
}));

test("what removes a target does not make it: a clean that the build starts is not taken for the rule of what it removes", withRig((rig) => {
  // The first make cleans, since there are no settings yet; asked afterwards, make does not know of that line.
  rig.write("Makefile", "all: kept\nkept: stamp x\n\tcp x kept\n\nifeq ($(wildcard settings),)\nstamp: wipe\nendif\nstamp:\n\ttouch stamp\nwipe:\n\trm -f kept listed\n\ttouch settings\nlisted:\n\tcp x listed\n.PHONY: wipe all\n");
  rig.write("x", "one\n");
  rig.write("listed", "old\n");
  rig.fathom(["make", "-s", "-j1"], { flags: ["--force"] });
  assert.deepEqual(ask(rig).races, []);
}));

test("a make that starts itself anew, since it has made what it includes, does so after that", withRig((rig) => {
  rig.write("Makefile", "all: use\nuse: x\n\tcp list.mk use\n\trm -f list.mk.old\n\nlist.mk: x\n\techo '# made' >list.mk\n\tcp list.mk list.mk.old\n\ninclude list.mk\n.PHONY: all\n");
  rig.write("x", "one\n");
  rig.fathom(["make", "-s", "-j2"], { flags: ["--force"] });
  const { races, guesses } = ask(rig);
  assert.deepEqual([races.filter(({ kind }) => kind !== "missing-input"), guesses], [[], []]);
}));

test("where the store has been emptied since it is said that what was read is not known", withRig((rig) => {
  rig.write(".git/HEAD", "");
  rig.write("Makefile", HEADERS);
  rig.write("a.c", worthStoring("#include \"a.h\"\nint f(void) { return N; }\n"));
  rig.write("a.h", "#define N 1\n");
  rig.fathom(["make"], { flags: ["--force"] });
  spawnSync(FATHOM, ["cache", "clear"], { cwd: rig.work, env: { ...rig.env } });
  const { races, notes } = ask(rig);
  assert.deepEqual(races, []);
  assert.match(notes.join("\n"), /Of 1 unit the entry is not in the store any more/);
}));
