// The traps of answering from a cache: every one is a build that would be wrong.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mtimeNsOf } from "../base/signature.ts";
import { FakeRun, must, WORKSPACE, type FakeUnit } from "./fake-unit.ts";

const SOURCES = { "a.c": "int a;", "inc/a.h": "1", "/usr/bin/cc": "ELF", "/usr/include/stdio.h": "stdio" };

function compile(unit: FakeUnit): void {
  unit.reads("/usr/bin/cc");
  const source = unit.reads("a.c");
  unit.misses("local/a.h");
  const header = unit.reads("inc/a.h");
  unit.reads("/usr/include/stdio.h");
  unit.writes("a.o", `object of ${source} with ${header}`);
}

test("an unchanged tree is a hit", () => {
  const run = new FakeRun(SOURCES);
  const strongKey = run.stored(compile);
  assert.equal(run.hit().strongKey, strongKey);
  run.restart();
  assert.equal(run.hit().strongKey, strongKey);
});

test("a command that was never seen is a miss without differences", () => {
  const verdict = new FakeRun(SOURCES).ask();
  assert.ok(verdict.kind === "miss");
  assert.deepEqual([verdict.differences, verdict.near()], [[], null]);
});

test("verify says no when a header appears earlier on the include path", () => {
  const run = new FakeRun(SOURCES);
  run.stored(compile);
  run.write("local/a.h", "2");
  assert.deepEqual(run.differences(), ["W/local/a.h: appeared"]);
});

test("A, then B, then A again hits", () => {
  const run = new FakeRun(SOURCES);
  const first = run.stored(compile);
  run.write("a.c", "int b;");
  assert.deepEqual(run.differences(), ["W/a.c: content"]);
  const second = run.stored(compile);
  run.write("a.c", "int a;");
  run.restart();
  assert.equal(run.hit().strongKey, first);
  run.replay();
  assert.equal(run.text("a.o"), "object of int a; with 1");
  run.write("a.c", "int b;");
  assert.equal(run.hit().strongKey, second);
});

test("other content with the same size and modification time is a change", () => {
  const run = new FakeRun(SOURCES);
  run.stored(compile);
  const mtimeNs = mtimeNsOf(run.signature("a.c"));
  run.write("a.c", "int z;");
  must(run.disk.setModified(run.path("a.c"), mtimeNs));
  run.disk.clock.advance(1_000_000_000n);
  assert.deepEqual(run.differences(), ["W/a.c: content"]);
});

test("a file that was touched and holds the same is a hit, and only it is read", () => {
  const run = new FakeRun(SOURCES);
  run.stored(compile);
  run.restart();
  run.write("a.c", "int a;");
  run.disk.reads.length = 0;
  run.hit();
  assert.deepEqual(run.disk.reads.filter((path) => !path.startsWith("/cache")), [`${WORKSPACE}/a.c`]);
});

test("a tree in which every signature is as it was is confirmed without reading content or opening the index", () => {
  const run = new FakeRun(SOURCES);
  run.stored(compile);
  run.restart();
  run.disk.reads.length = 0;
  run.hit();
  assert.deepEqual(run.disk.reads.filter((path) => !path.startsWith("/cache")), []);
});

test("system files are looked at once a run, until something writes there", () => {
  const run = new FakeRun(SOURCES);
  run.stored(compile);
  run.hit();
  const looksAt = (): number => run.disk.looks.filter((path) => path === "/usr/bin/cc").length;
  const before = looksAt();
  run.hit();
  assert.equal(looksAt(), before);
  run.write("/usr/bin/cc", "ELF2");
  run.outsideWrites += 1;
  assert.deepEqual(run.differences(), ["/usr/bin/cc: content"]);
});

test("a file that may no longer be executed is a change", () => {
  const run = new FakeRun(SOURCES);
  run.stored(compile);
  must(run.disk.setPermissions(run.path("a.c"), 0o600));
  assert.deepEqual(run.differences(), ["W/a.c: permissions"]);
});

test("a file that is gone is a change, and so is a directory in its place", () => {
  const run = new FakeRun(SOURCES);
  run.stored(compile);
  run.remove("a.c");
  assert.deepEqual(run.differences(), ["W/a.c: gone"]);
  must(run.disk.makeDirectory(run.path("a.c"), 0o755));
  assert.deepEqual(run.differences(), ["W/a.c: type"]);
});

test("a link that points elsewhere is a change", () => {
  const run = new FakeRun({ ...SOURCES, "b.c": "int b;" });
  must(run.disk.symlink("a.c", run.path("main.c")));
  run.disk.clock.advance(1_000_000_000n);
  run.stored((unit) => {
    unit.readsLink("main.c");
    compile(unit);
  });
  run.hit();
  run.remove("main.c");
  must(run.disk.symlink("b.c", run.path("main.c")));
  assert.deepEqual(run.differences(), ["W/main.c: target"]);
});

test("a new file in a directory that was listed is a change", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.lists("inc");
    unit.says(1, "a.h\n");
  });
  run.hit();
  run.write("inc/b.h", "");
  assert.deepEqual(run.differences(), ["W/inc: names"]);
  run.remove("inc/b.h");
  run.hit();
});

test("a directory that the unit itself changed after listing it does not hold afterwards", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.lists(WORKSPACE);
    unit.writes("new.txt", "x");
  });
  run.restart();
  assert.deepEqual(run.differences(), ["W: names"]);
  run.remove("new.txt");
  run.hit();
});

test("a directory that was made must be missing again for a hit, as mkdir would fail otherwise", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => { unit.makesDirectory("out"); });
  assert.deepEqual(run.differences(), ["W/out: appeared"]);
  run.remove("out");
  run.hit();
});

test("compilers replace their outputs, so an old output is no fact for them", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.programs = ["/usr/bin/gcc", "/usr/libexec/gcc/x86_64-linux-gnu/14/cc1", "/usr/bin/x86_64-linux-gnu-as"];
    unit.reads("a.c");
    unit.misses("a.o");
    unit.writes("a.o", "object");
  });
  run.hit();
});

test("a time that was compared is a fact of its own", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => { unit.reads("a.c", true); });
  run.hit();
  run.write("a.c", "int a;");
  assert.deepEqual(run.differences(), ["W/a.c: time"]);
});

test("a variable that was read is a fact, others are not", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => { unit.variables = { kind: "names", names: ["CFLAGS"] }; });
  run.environment = [...run.environment, "UNRELATED=1"];
  run.hit();
  run.environment = [...run.environment, "CFLAGS=-O2"];
  assert.deepEqual(run.differences(), ["CFLAGS: set"]);
});

test("a variable that libc reads counts whatever the program asked for", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => { unit.variables = { kind: "names", names: [] }; });
  run.environment = [...run.environment, "LC_ALL=de_DE.UTF-8"];
  assert.deepEqual(run.differences(), [": value"]);
});

test("all of the environment counts but for what is volatile", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => { unit.variables = { kind: "all", names: [] }; });
  run.environment = [...run.environment, "SHLVL=7", "SSH_TTY=/dev/pts/3", "LD_PRELOAD=/opt/fathom/libfathom.so"];
  run.hit();
  run.environment = [...run.environment, "VERSION=2"];
  assert.deepEqual(run.differences(), [": value"]);
});

test("another checkout uses the entry, by content", () => {
  const run = new FakeRun(SOURCES);
  const strongKey = run.stored((unit) => {
    unit.variables = { kind: "all", names: [] };
    compile(unit);
  });
  const other = run.checkout("/home/ann/other");
  other.write("a.c", "int a;");
  other.write("inc/a.h", "1");
  assert.equal(other.hit().strongKey, strongKey);
  other.replay();
  assert.equal(other.text("a.o"), "object of int a; with 1");
  assert.equal(run.hit().strongKey, strongKey);
});

test("output that names the checkout binds the entry to it", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.reads("a.c");
    unit.writes("a.o", `debug: ${WORKSPACE}/a.c`);
  });
  run.hit();
  const other = run.checkout("/home/ann/other");
  other.write("a.c", "int a;");
  assert.deepEqual(other.differences(), ["W: place"]);
});

test("a stream that names the checkout binds the entry to it, a longer name does not", () => {
  const bound = new FakeRun(SOURCES);
  bound.stored((unit) => { unit.says(2, `in ${WORKSPACE}: done`); });
  assert.equal(bound.hit().entry.isSharable, false);
  const free = new FakeRun(SOURCES);
  free.stored((unit) => { unit.says(2, `in ${WORKSPACE}-2: done`); });
  assert.equal(free.hit().entry.isSharable, false, "it names the home, /home/ann, too");
  assert.deepEqual(free.hit().checked()?.subjects.filter(({ kind }) => kind === "root"), [{ kind: "root", name: "H" }]);
});

test("damaged records are a miss and never throw", () => {
  for (const kind of ["entries", "keys"]) {
    const run = new FakeRun(SOURCES);
    const strongKey = run.stored(compile);
    run.disk.write(`/cache/store/${kind}/${kind === "keys" ? run.weakKey : strongKey}`, "nonsense");
    run.remove(`/cache/store/witnesses`);
    assert.equal(run.ask().kind, "miss", kind);
  }
});

test("a damaged witness costs reading, not the hit", () => {
  const run = new FakeRun(SOURCES);
  const strongKey = run.stored(compile);
  run.remove("/cache/store/witnesses");
  run.restart();
  assert.equal(run.hit().strongKey, strongKey);
});

test("a tree that changed in one place keeps the signatures of the rest as proof", () => {
  const run = new FakeRun(SOURCES);
  const first = run.stored(compile);
  run.write("inc/a.h", "2");
  const second = run.stored(compile);
  run.write("inc/a.h", "1");
  run.restart();
  assert.equal(run.hit().strongKey, first);
  run.replay();
  run.restart();
  run.disk.reads.length = 0;
  assert.equal(run.hit().strongKey, first);
  assert.deepEqual(run.disk.reads.filter((path) => !path.startsWith("/cache")), []);
  run.write("inc/a.h", "2");
  run.restart();
  assert.equal(run.hit().strongKey, second);
  run.remove("inc");
  assert.deepEqual(run.differences(), ["W/inc/a.h: gone"]);
  run.write("inc/a.h", "2");
  assert.equal(run.hit().strongKey, second);
});

test("a directory that became a file is a change of type", () => {
  const run = new FakeRun({ ...SOURCES, "dir/x": "" });
  run.stored((unit) => {
    unit.reads("a.c");
    unit.sees("dir");
  });
  run.hit();
  run.write("dir/y", "");
  run.hit();
  run.remove("dir");
  run.write("dir", "");
  assert.deepEqual(run.differences(), ["W/dir: type"]);
});
