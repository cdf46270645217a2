// What make and ninja know of their own rules is understood as they mean it: nothing that
// a rule says is missed, and nothing is invented where it says it in another form.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { RacesAnswer } from "../../src/explain/races-answer.ts";
import { FATHOM, withRig, type Rig } from "../rig/rig.ts";

const NINJA = { skip: existsSync("/usr/bin/ninja") ? false : "ninja is not installed" };

/** Builds, and asks: of each race its kind, what it is for, and the paths. */
function found(rig: Rig, command: readonly string[], env: Readonly<Record<string, string>> = {}): { readonly brief: readonly (readonly [string, string | null, ...string[]])[]; readonly answer: RacesAnswer } {
  rig.fathom(command, { flags: ["--force"], env });
  const run = spawnSync(FATHOM, ["races", "--json"], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" });
  assert.ok(run.status === 0 || run.status === 3, run.stderr);
  const answer = JSON.parse(run.stdout) as RacesAnswer;
  return { answer, brief: [...answer.races, ...answer.guesses].map(({ kind, other, paths }) => [kind, other.target, ...paths]) };
}

test("a step that takes no time has its inputs told as well", withRig((rig) => {
  rig.write("Makefile", "all: out two\nout: a\n\tcat a b >out\ntwo: a\n\tsed s/o/i/ <b >two\n");
  for (const name of ["a", "b"]) rig.write(name, "one\n");
  assert.deepEqual(found(rig, ["make", "-j1"]).brief, [["missing-input", "out", "b"], ["missing-input", "two", "b"]]);
}));

test("rules are known of a make that works in another folder than it was started in", withRig((rig) => {
  rig.write("Makefile", "all:\n\t$(MAKE) -sC sub\n");
  rig.write("sub/Makefile", "all: gen use\ngen: x\n\tcp x gen\nuse: x\n\tcat gen ../y >use\n");
  for (const name of ["sub/x", "y"]) rig.write(name, "one\n");
  const wrong = [["undeclared", "use", "sub/gen"], ["missing-input", "use", "sub/gen", "y"]];
  assert.deepEqual(found(rig, ["make", "-j1"]).brief, wrong);
  rig.bare(["rm", "sub/gen", "sub/use"]);
  const { brief, answer } = found(rig, ["make", "--directory", "sub", "-j1"]);
  assert.deepEqual(brief, wrong);
  assert.equal(answer.races.at(-1)?.suggestion, "Name \"gen\", \"../y\" among the prerequisites of \"use\"");
}));

test("what an outer make orders of two makes that it starts is no luck, and what it does not order is", withRig((rig) => {
  const sub = "out: x\n\tcp x out\n";
  for (const [name, text] of [["one/Makefile", sub], ["two/Makefile", sub.replace("cp x", "cat x ../one/out >")], ["one/x", "one\n"], ["two/x", "two\n"]] as const) rig.write(name, text);
  const outer = (needs: string): string => `all: one two\none:\n\t@$(MAKE) -s -C one clean-nothing || true\n\t$(MAKE) -C one\ntwo: ${needs}\n\tcd two && $(MAKE)\n.PHONY: all one two\n`;
  rig.write("Makefile", outer("one"));
  const missing = ["missing-input", "out", "one/out"] as const;
  assert.deepEqual(found(rig, ["make", "-j1"]).brief, [missing]);
  rig.bare(["rm", "one/out", "two/out"]);
  rig.write("Makefile", outer(""));
  assert.deepEqual(found(rig, ["make", "-j1"]).brief, [["undeclared", "two", "one/out"], missing]);
}));

test("who waits for one of several targets that are made twice meets no other fault", withRig((rig) => {
  rig.program("meet");
  rig.write("Makefile", "all: use a.c\na.c a.h: in\n\t./meet 1 2; date +%N >a.h; cp in a.c\nuse: a.h\n\tcat a.h >use\n");
  rig.write("in", "one\n");
  const { races } = found(rig, ["make", "-j2"], { MEETING: `${String(process.pid)}-twice` }).answer;
  assert.deepEqual(races.map(({ class: what, paths }) => [what, paths[0]]), [["several-targets", "a.h"]]);
}));

test("what a compiler told ninja is no missing input, and what nobody told is one", NINJA, withRig((rig) => {
  rig.write("build.ninja", "rule cc\n  command = gcc -MMD -MF $out.d -c $in -o $out\n  depfile = $out.d\n  deps = gcc\nrule plain\n  command = gcc -c $in -o $out\nbuild told.o: cc a.c\nbuild untold.o: plain a.c\n");
  rig.write("a.c", "#include \"a.h\"\nint a = A;\n");
  rig.write("a.h", "#define A 1\n");
  const { brief, answer } = found(rig, ["ninja", "-j1"]);
  assert.deepEqual(brief, [["missing-input", "untold.o", "a.h"]]);
  assert.equal(answer.races[0]?.suggestion, "Name \"a.h\" among the inputs of \"untold.o\", or let the compiler tell them (gcc -MMD -MF $out.d, depfile = $out.d, deps = gcc)");
}));

test("ninja starts nothing for what a command says: who begins while the other still runs races", NINJA, withRig((rig) => {
  rig.program("meet");
  rig.write("x", "one\n");
  rig.write("build.ninja", "rule r\n  command = $do\nbuild a: r\n  do = cp x made && echo made && ./meet 1 2 && ./meet 2 2\nbuild c: r x\n  do = ./meet 1 2 && cp x c\nbuild b: r c\n  do = ./meet 2 2 && cat made >b\n");
  assert.deepEqual(found(rig, ["ninja", "-j2"], { MEETING: `${String(process.pid)}-rules` }).brief, [["unordered", "b", "made"], ["missing-input", "b", "made"]]);
}));

test("a file that a target names and only another one's recipe makes is looked for too early, whether it went well or not", withRig((rig) => {
  const makefile = (ruled: string): string => `all: out\nout: list probed\n\tcat list probed >out\nlist: x\n\tcp x probed\n\tcp x list\n${ruled}`;
  rig.write("Makefile", makefile(""));
  rig.write("x", "one\n");
  const { answer } = found(rig, ["make", "-j1"]);
  assert.deepEqual(answer.races.map(({ kind, class: what, writer, other, paths }) => [kind, what, writer?.target, other.target, ...paths]), [["undeclared", "no-rule", "list", "out", "probed"]]);
  assert.equal(answer.races[0]?.suggestion, "Give it a rule that waits for who makes it: \"probed: list ;\"");
  rig.bare(["rm", "-f", "out", "list", "probed"]);
  const failed = found(rig, ["make", "-j2"]);
  assert.equal(failed.answer.races[0]?.symptom, "\"make -j2\" ended with 2");
  rig.bare(["rm", "-f", "out", "list", "probed"]);
  rig.write("Makefile", makefile("probed: list ;\n"));
  assert.deepEqual(found(rig, ["make", "-j2"]).brief, []);
}));

test("what one make made is there for the next one that names it", withRig((rig) => {
  rig.write("Makefile", "all: first\n\t$(MAKE) second\nfirst: x\n\tcp x beside\n\tcp x first\nsecond: beside\n\tcp beside second\n.PHONY: all\n");
  rig.write("x", "one\n");
  assert.deepEqual(found(rig, ["make", "-j2"]).brief, []);
}));

test("a script that a step runs is an input of it, and what Node looks at because it is one is none", withRig((rig) => {
  rig.write("Makefile", "all: out version\nout: x\n\tnode copy.js x out\nversion: x\n\tnode -p \"require('./package.json').version\" >version\n");
  rig.write("copy.js", "require(\"node:fs\").copyFileSync(process.argv[2], process.argv[3]);\n");
  for (const [name, text] of [["x", "one\n"], ["package.json", "{\"version\":\"1.0.0\"}\n"]] as const) rig.write(name, text);
  assert.deepEqual(found(rig, ["make", "-j1"]).brief, [["missing-input", "out", "copy.js"], ["missing-input", "version", "package.json"]]);
}));
