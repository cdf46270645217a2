// `fathom diff` on real runs: the first thing in which two of them went different ways,
// of each kind once, and everything that follows from it counted and not named.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Rig, withRig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";

interface Told {
  readonly sentence: string;
  readonly divergence: { readonly kind: string; readonly name: string; readonly what: string; readonly text: string; readonly second: { readonly command: string } | null } | null;
  readonly others: readonly { readonly kind: string; readonly name: string }[];
  readonly consequences: number;
}

const command = (rig: Rig, args: readonly string[], cwd = rig.work): { readonly out: string; readonly err: string; readonly code: number | null } => {
  const { stdout: out, stderr: err, code } = rig.ask(args, cwd);
  return { out, err, code };
};

/** Oldest first. */
function ids(rig: Rig, cwd = rig.work): readonly string[] {
  const { out, err } = command(rig, ["runs", "--json"], cwd);
  assert.equal(err, "");
  const parsed = JSON.parse(out) as { readonly runs: readonly { readonly id: string }[] };
  return parsed.runs.map(({ id }) => id).reverse();
}

function diff(rig: Rig, first: string, second: string, cwd = rig.work): Told {
  const { out, err, code } = command(rig, ["diff", "--json", first, second], cwd);
  assert.ok(code === 0 || code === 1, err);
  const told = JSON.parse(out) as Told;
  assert.equal(code, told.divergence === null ? 0 : 1);
  return told;
}

function lastTwo(rig: Rig): Told {
  const [first = "", second = ""] = ids(rig).slice(-2);
  return diff(rig, first, second);
}

const brief = ({ divergence }: Told): readonly (string | undefined)[] => [divergence?.kind, divergence?.name, divergence?.what];

/** Takes longer than is not worth storing, and does what the script says. */
const WORK = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done;";

const MAKEFILE = [
  "CFLAGS = -O1", "all: prog", "gen.h: gen.txt gen.sh", "\tsh gen.sh", "a.o: a.c gen.h common.h", "\tcc $(CFLAGS) -c a.c", "b.o: b.c common.h", "\tcc $(CFLAGS) -c b.c",
  "prog: a.o b.o", "\tcc -o prog a.o b.o", "",
].join("\n");

function makeProject(rig: Rig, at = ""): void {
  const put = (name: string, text: string): void => { rig.write(`${at}${name}`, text); };
  put("Makefile", MAKEFILE);
  put("gen.txt", "1\n");
  put("gen.sh", `${WORK} echo "#define N $(cat gen.txt)" > gen.h`);
  put("common.h", "#define M 1\n");
  put("a.c", worthStoring("#include \"gen.h\"\n#include \"common.h\"\nint main(void) { return N - M; }\n"));
  put("b.c", worthStoring("#include \"common.h\"\nint b(void) { return M; }\n"));
  rig.fathom(["make"], { cwd: rig.path(at === "" ? "." : at.slice(0, -1)) });
}

function again(rig: Rig): void {
  rig.bare(["sh", "-c", "rm -f *.o prog gen.h"]);
  rig.fathom(["make"]);
}

test("an edited header is the first divergence; compiles and link that follow from it are counted", withRig((rig) => {
  makeProject(rig);
  rig.write("common.h", "#define M 2\n");
  again(rig);
  const told = lastTwo(rig);
  assert.deepEqual(brief(told), ["input", "common.h", "content"], JSON.stringify(told));
  assert.deepEqual(told.others, []);
  assert.ok(told.consequences >= 2, JSON.stringify(told));
}));

test("what a process of the run made is not the cause, but what that process read", withRig((rig) => {
  makeProject(rig);
  rig.write("gen.txt", "2\n");
  again(rig);
  const told = lastTwo(rig);
  assert.deepEqual(brief(told), ["input", "gen.txt", "content"], JSON.stringify(told));
  assert.deepEqual(told.others, []);
}));

test("a script that is run is a tool", withRig((rig) => {
  makeProject(rig);
  rig.write("gen.sh", `${WORK} echo "#define N 7" > gen.h`);
  again(rig);
  assert.deepEqual(brief(lastTwo(rig)), ["tool", "gen.sh", "content"]);
}));

test("an argument, where nothing above it differs", withRig((rig) => {
  makeProject(rig);
  rig.write("Makefile", MAKEFILE.replace("-O1", "-O2"));
  again(rig);
  const told = lastTwo(rig);
  assert.deepEqual(brief(told), ["argument", "-O2", "replaced"], JSON.stringify(told));
}));

test("a variable that a program asked for", withRig((rig) => {
  const script = ["sh", "-c", `${WORK} echo $MOOD`];
  rig.write(".fathom/mark", "");
  rig.fathom(script, { env: { MOOD: "good" } });
  rig.fathom(script, { env: { MOOD: "bad" } });
  assert.deepEqual(brief(lastTwo(rig)), ["variable", "MOOD", "value"]);
}));

test("a name in a directory, with the name", withRig((rig) => {
  rig.write("src/a", "");
  rig.sh(`${WORK} ls src`);
  rig.write("src/b", "");
  rig.sh(`${WORK} ls src`);
  const told = lastTwo(rig);
  assert.deepEqual(brief(told), ["listing", "src", "names"]);
  assert.match(told.sentence, /\+b/);
}));

test("a file that is gone, and one that appeared", withRig((rig) => {
  rig.write("a", "");
  rig.sh(`${WORK} cat a b 2>&1; true`);
  rig.bare(["rm", "a"]);
  rig.sh(`${WORK} cat a b 2>&1; true`);
  assert.deepEqual(brief(lastTwo(rig)), ["input", "a", "gone"]);
  rig.write("b", "");
  rig.sh(`${WORK} cat a b 2>&1; true`);
  assert.deepEqual(brief(lastTwo(rig)), ["input", "b", "appeared"]);
}));

test("the same inputs with another outcome are nondeterminism", withRig((rig) => {
  rig.write("Makefile", "all:\n\t@sh stamp.sh\n\t@sh use.sh\n");
  rig.write("stamp.sh", `${WORK} date +%N > stamp`);
  rig.write("use.sh", `${WORK} cat stamp`);
  rig.fathom(["make"], { flags: ["--force"] });
  rig.fathom(["make"], { flags: ["--force"] });
  const told = lastTwo(rig);
  assert.deepEqual(brief(told), ["nondeterminism", "stamp", "content"], JSON.stringify(told));
}));

test("two steps the other way round are an order", withRig((rig) => {
  const steps = ["sh", "-c", "while read step; do sh -c \": $step\"; done"];
  rig.write(".fathom/mark", "");
  rig.fathom(steps, { input: "one\ntwo\n" });
  rig.fathom(steps, { input: "two\none\n" });
  const told = lastTwo(rig);
  assert.equal(told.divergence?.kind, "order", JSON.stringify(told));
  assert.match(told.sentence, /"sh -c ': two'" ended before "sh -c ': one'" began/);
}));

test("two equal runs have no divergence", withRig((rig) => {
  makeProject(rig);
  again(rig);
  const told = lastTwo(rig);
  assert.equal(told.divergence, null, JSON.stringify(told));
}));

test("runs of two checkouts are compared after export and import, and places are no difference", withRig((rig) => {
  for (const place of ["one/", "two/"]) rig.write(`${place}.fathom/mark`, "");
  makeProject(rig, "one/");
  makeProject(rig, "two/");
  rig.write("two/gen.txt", "3\n");
  rig.bare(["sh", "-c", "cd two; rm -f *.o prog gen.h"]);
  rig.fathom(["make"], { cwd: rig.path("two") });
  const [there = ""] = ids(rig, rig.path("one"));
  const file = join(rig.scratch, "there.run");
  assert.equal(command(rig, ["runs", "export", there, file], rig.path("one")).code, 0);
  const imported = command(rig, ["runs", "import", file], rig.path("two"));
  assert.equal(imported.code, 0, imported.err);
  const [same = "", other = ""] = ids(rig, rig.path("two"));
  assert.equal(diff(rig, there, same, rig.path("two")).divergence, null);
  assert.deepEqual(brief(diff(rig, there, other, rig.path("two"))), ["input", "gen.txt", "content"]);
  assert.deepEqual(ids(rig, rig.path("two")), [same, other], "what was imported is not among the runs of here");
}));

test("a file that is damaged is not imported, and says so", withRig((rig) => {
  rig.write("a", "");
  rig.sh(`${WORK} cat a`);
  const [id = ""] = ids(rig);
  const file = join(rig.scratch, "x.run");
  assert.equal(command(rig, ["runs", "export", id, file]).code, 0);
  assert.equal(command(rig, ["runs", "export", id, file]).code, 2, "what is there is not overwritten");
  const bytes = readFileSync(file);
  const wrongs = [bytes.subarray(0, bytes.length - 1), bytes.subarray(0, 20), Buffer.alloc(0), Buffer.from(bytes.map((byte, index) => (index === 60 ? byte ^ 1 : byte)))];
  for (const wrong of wrongs) {
    writeFileSync(file, wrong);
    const { code, err } = command(rig, ["runs", "import", file]);
    assert.equal(code, 2);
    assert.match(err, /Cannot read a run from this file/);
  }
}));
