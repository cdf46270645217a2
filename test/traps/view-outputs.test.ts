// Outputs that a view has without their bytes: real programs see what they would see
// of files, what nobody opens is not fetched, and what cannot be had is an error.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { program } from "../rig/programs.ts";
import { withRig, type Rig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";
import { ask, attempt, brief, giveTo, led, ledOrdinary, ordinary, say, tick, type Tried, type Who } from "../rig/view-rig.ts";

/** Nobody else may mount anything here, or open what the kernel speaks through. */
const skip = process.getuid?.() === 0 ? false : "not run by root";

const UNITS = ["a", "b", "c", "lib"];

function furnish(rig: Rig): void {
  mkdirSync(rig.path(".git"));
  for (const name of UNITS) rig.write(`${name}.c`, worthStoring(`int ${name}(void) { return 7; }\n`));
  rig.write("main.c", worthStoring("int a(void);\nint main(void) { return a(); }\n"));
  rig.write("Makefile", `all: prog b.o c.o lib.o\nprog: main.o a.o\n\tcc -o prog main.o a.o\n%.o: %.c\n\tcc -c $< -o $@\nclean:\n\trm -f prog *.o\n`);
}

/** The store has what make makes; the workspace has not. */
function recorded(rig: Rig): void {
  furnish(rig);
  tick(rig);
  rig.fathom(["make", "-s"]);
  rig.bare(["make", "-s", "clean"]);
  tick(rig);
}

const lazily = (rig: Rig, script: string, flags: readonly string[] = ["--discard"], who: Who = []): Tried => attempt(rig, ["--lazy-outputs", ...flags], script, who);
const blobs = (rig: Rig): readonly string[] => readdirSync(join(rig.scratch, "store/blobs")).map((name) => join(rig.scratch, "store/blobs", name));

test("of a build that is replayed in a view nothing is fetched, and its outputs look as they did", { skip }, withRig((rig) => {
  recorded(rig);
  const look = ["sh", "-c", "make -s; stat -c '%n %s %a %F' *.o prog; ls; test prog -nt main.o && test a.o -nt a.c && make -q all && echo current"];
  const plain = rig.bare(look).stdout;
  rig.bare(["make", "-s", "clean"]);
  tick(rig);
  const seen = say(rig, ["try", "--lazy-outputs", "--discard", "--json", "--", ...look]);
  assert.equal(seen.stdout, plain);
  const [line = "", ...more] = seen.stderr.trimEnd().split("\n");
  assert.deepEqual(more, []);
  const told = JSON.parse(line) as Tried;
  assert.deepEqual(told.outputs, { laid: 6, fetched: 0 });
  assert.deepEqual(brief(told.effects), ["a.o", "b.o", "c.o", "lib.o", "main.o", "prog"].map((name) => `added ${name}`));
}));

/** Each leaves what it found out in the file "told". */
const READERS: readonly (readonly [string, string, number])[] = [
  ["a program that is run", "./prog; echo $? > told", 1],
  ["ld, which maps what it reads", "ld -r -o two.o a.o b.o && nm two.o > told", 2],
  ["cc, which relinks", "touch -d @2000000000 a.o; make -s prog; ./prog; echo $? > told", 2],
  ["cmp", "cp a.o other; cmp a.o other && cmp a.o b.o; echo $? > told", 2],
  ["tar", "tar cf - *.o | tar tf - > told", 5],
  ["cp, by cloning where that can be", "cp --reflink=auto prog copy; ./copy; echo $? > told", 1],
  ["git, which hashes what is not ignored", "git init -q . && git add a.o && git ls-files -s > told", 1],
  ["who looks at names, sizes and times alone", "find . -name '*.o' -size +100c -newer main.c | sort > told; du -a . > /dev/null; test -x prog", 0],
  ["head, of a part", "head -c 4 prog > told", 1],
];
for (const [who, script, fetched] of READERS) {
  test(`what is opened has its bytes, and nothing else is fetched: ${who}`, { skip }, withRig((rig) => {
    recorded(rig);
    rig.bare(["sh", "-c", `make -s; ${script}; cp told ../plain; rm -rf told .git two.o other copy; mkdir .git; make -s clean`]);
    tick(rig);
    const told = lazily(rig, `make -s; ${script}`, ["--commit"]);
    assert.equal(told.became, "committed");
    assert.equal(rig.read("told"), rig.read("../plain"));
    assert.deepEqual(told.outputs, { laid: 6, fetched });
  }));
}

test("a commit brings what nobody opened, and undo takes it back", { skip }, withRig((rig) => {
  recorded(rig);
  assert.equal(lazily(rig, "make -s", ["--commit"]).became, "committed");
  assert.equal(rig.bare(["sh", "-c", "make -q all && ./prog; echo $?"]).stdout, "7\n");
  ask(rig, ["undo"]);
  assert.equal(rig.bare(["sh", "-c", "ls *.o prog 2>/dev/null | wc -l"]).stdout, "0\n");
}));

test("an output that was changed before it had its bytes is no file that the workspace has lost, whatever came there meanwhile", { skip }, withRig((rig) => {
  recorded(rig);
  const { view } = lazily(rig, "make -s", ["--keep"]);
  rig.write("other", "other");
  ask(rig, ["view", "enter", view, "--", "touch", "-d", "@2000000000", "a.o"]);
  ask(rig, ["view", "commit", view]);
  assert.equal(rig.bare(["stat", "-c", "%Y", "a.o"]).stdout, "2000000000\n");
}));

test("what is removed or written over in a view stays so, for the next command and for a commit", { skip }, withRig((rig) => {
  recorded(rig);
  const { view } = lazily(rig, "make -s; rm b.o; echo x >> c.o; mkdir d; mv a.o d/a.o; chmod 600 lib.o", ["--keep"]);
  const look = "ls -A | grep -v '^.fathom$'; tail -c 2 c.o; ls d; stat -c %a lib.o; make -s; ls b.o";
  assert.equal(ask(rig, ["view", "enter", view, "--", "sh", "-c", look]), ".git\nMakefile\na.c\nb.c\nc.c\nc.o\nd\nlib.c\nlib.o\nmain.c\nmain.o\nprog\nx\na.o\n600\nb.o\n");
  ask(rig, ["view", "enter", view, "--", "rm", "main.o"]);
  ask(rig, ["view", "commit", view]);
  assert.equal(rig.bare(["sh", "-c", "ls main.o d/a.o b.o lib.o 2>&1 | grep -v '^ls'; ./prog; echo $?"]).stdout, "b.o\nd/a.o\nlib.o\n7\n");
}));

test("content that is not what its name says is an error for who opens it, and never other bytes", { skip }, withRig((rig) => {
  recorded(rig);
  for (const path of blobs(rig)) {
    chmodSync(path, 0o600);
    const bytes = readFileSync(path);
    writeFileSync(path, Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)]));
  }
  const { stderr, stdout } = say(rig, ["try", "--lazy-outputs", "--discard", "--", "sh", "-c", "make -s; for f in *.o prog; do cat $f | wc -c; done"]);
  assert.equal(stdout, "0\n".repeat(6));
  assert.match(stderr, /cat: prog: Input\/output error/);
  assert.match(stderr, /Cannot give the content of "prog", which was replayed from the cache: what is kept under its name has another content/);
}));

test("content that is gone from the store is an error for who opens it, and a commit of it touches nothing", { skip }, withRig((rig) => {
  recorded(rig);
  const { view } = lazily(rig, "make -s", ["--keep"]);
  for (const path of blobs(rig)) rmSync(path);
  assert.match(say(rig, ["view", "enter", view, "--", "cat", "a.o"]).stderr, /Input\/output error/);
  const committed = say(rig, ["view", "commit", view]);
  assert.deepEqual([committed.code, /Cannot give the content of/.test(committed.stderr)], [1, true]);
  assert.equal(rig.bare(["sh", "-c", "ls *.o prog 2>/dev/null | wc -l"]).stdout, "0\n");
}));

test("when who serves them is killed, reading one that was not fetched is an error", { skip }, withRig((rig) => {
  recorded(rig);
  const killing = 'make -s; for p in /proc/[0-9]*; do case "$(tr "\\0" " " < $p/cmdline 2>/dev/null)" in *outputs-server.js*/$FATHOM_VIEW\\ *) kill -9 ${p#/proc/};; esac; done; while cat a.o > $TMPDIR/got 2> $TMPDIR/told; do :; done; wc -c < $TMPDIR/got; cat $TMPDIR/told';
  const { stdout, stderr } = say(rig, ["try", "--lazy-outputs", "--discard", "--", "sh", "-c", killing]);
  assert.match(stdout, /^0\ncat: a\.o: (?:Transport endpoint is not connected|Software caused connection abort|Input\/output error)\n$/);
  assert.match(stderr, /Cannot serve outputs in the view "try-\w+" any more/);
}));

/** A view in which outputs were left without their bytes when it was mounted. */
function laidView(rig: Rig, who: Who): string {
  recorded(rig);
  const { view } = lazily(rig, "make -s", ["--keep"]);
  giveTo(rig, who);
  return view;
}

const fetchedIn = (rig: Rig, view: string, who: Who): number => {
  const fetched = ask(rig, ["view", "path", view], who).trim().replace(/upper$/, "fetched");
  return existsSync(fetched) ? readdirSync(fetched).length : 0;
};

const WAYS_LED: readonly (readonly [string, () => Who])[] = [["root", led], ["an ordinary user", ledOrdinary]];

for (const [name, who] of WAYS_LED) {
  for (const [reader, script, fetched] of READERS) {
    test(`where nothing can be mounted, what is opened has its bytes, and nothing else is fetched: ${reader}, for ${name}`, { skip }, withRig((rig) => {
      recorded(rig);
      rig.bare(["sh", "-c", `make -s; ${script}; cp told ../plain; rm -rf told .git two.o other copy; mkdir .git; make -s clean`]);
      tick(rig);
      const { view } = lazily(rig, "make -s", ["--keep"]);
      giveTo(rig, who());
      ask(rig, ["view", "enter", view, "--", "sh", "-c", script], who());
      assert.equal(fetchedIn(rig, view, who()), fetched);
      ask(rig, ["view", "commit", view], who());
      assert.equal(rig.read("told"), rig.read("../plain"));
      assert.equal(rig.bare(["sh", "-c", "test -x prog && ./prog; echo $?"]).stdout, "7\n");
    }));
  }

  test(`where nothing can be mounted, outputs look as they did before they are opened and afterwards, for ${name}`, { skip }, withRig((rig) => {
    const view = laidView(rig, who());
    const look = "stat -c '%n %s %a %F %i %y' *.o prog; ls; make -q all && echo current";
    const [before, after] = ask(rig, ["view", "enter", view, "--", "sh", "-c", `${look}; echo; cat *.o prog > /dev/null; ${look}`], who()).split("\n\n");
    assert.equal(`${before ?? ""}\n`, after);
    assert.match(after ?? "", /current\n$/);
  }));
}

test("where nothing can be mounted, a static program has the bytes of what it opens, and who writes one changes a copy of it", { skip }, withRig((rig) => {
  const view = laidView(rig, led());
  const script = `${program("copy.static")} a.o told; head -c 4 told | tail -c 3; echo; echo x >> a.o; : > b.o; mv c.o moved; wc -c b.o; tail -c 2 a.o; head -c 4 moved | tail -c 3`;
  assert.equal(ask(rig, ["view", "enter", view, "--", "sh", "-c", script], led()), "copied a.o\nELF\n0 b.o\nx\nELF");
  assert.equal(fetchedIn(rig, view, led()), 2);
}));

test("where nothing can be mounted, content that cannot be had is an error for who opens it, runs it or writes to it, and never other bytes", { skip }, withRig((rig) => {
  const view = laidView(rig, led());
  for (const [index, path] of blobs(rig).entries()) {
    chmodSync(path, 0o600);
    const bytes = readFileSync(path);
    if (index % 2 === 0) rmSync(path);
    else writeFileSync(path, Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)]));
  }
  const { stdout, stderr } = say(rig, ["view", "enter", view, "--", "sh", "-c", "for f in *.o prog; do cat $f | wc -c; done; ./prog; echo $?; echo x >> a.o; mv b.o other; echo $?"], led());
  assert.equal(stdout, `${"0\n".repeat(6)}126\n1\n`, stderr);
  assert.match(stderr, /cat: prog: Input\/output error/);
  assert.match(stderr, /Cannot give the content of "prog", which was replayed from the cache/);
  assert.equal(say(rig, ["view", "commit", view], led()).code, 1);
}));

for (const [name, who] of [["an ordinary user", ordinary], ["who may not mount", led]] as const) {
  test(`a view of ${name} with lazy outputs has what it has without`, { skip }, withRig((rig) => {
    recorded(rig);
    if (name === "an ordinary user") rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
    const told = lazily(rig, "make -s; ./prog; echo $? > told", ["--commit"], who());
    assert.equal(told.became, "committed");
    assert.equal(rig.read("told"), "7\n");
    assert.equal(rig.bare(["sh", "-c", "make -q all; echo $?"]).stdout, "0\n");
  }));
}
