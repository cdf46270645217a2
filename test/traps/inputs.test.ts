// Traps of what a command reads: whatever could make it do something else is a
// change, and whatever could not is none.

import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EVENT_MS_MAX, assertRan, assertReplayed, withRig, withRigAsync, type Rig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";

/** `copy a out`, stored. */
function copied(rig: Rig): void {
  rig.program("copy");
  rig.write("a", "1\n");
  assertRan(rig.fathom(["./copy", "a", "out"]));
  assertReplayed(rig.fathom(["./copy", "a", "out"]));
}

test("sh -c make that did nothing is not replayed after an edit", withRig((rig) => {
  rig.program("copy");
  rig.write("Makefile", "out: a\n\t./copy a out\n");
  rig.write("a", "1\n");
  rig.sh("make");
  assert.match(rig.sh("make").stdout, /up to date/);
  assert.match(rig.sh("make").stdout, /up to date/);
  rig.write("a", "2\n");
  assert.match(rig.sh("make").stdout, /copied a/);
  assert.equal(rig.read("out"), "2\n");
}));

for (const [what, text] of [["#!/usr/bin/make -f", "out: a\n\t./copy a out\n"], ["#!/bin/sh", "[ a -nt out ] && ./copy a out; :\n"]] as const) {
  test(`a script under ${what} that did nothing is not replayed after an edit`, withRig((rig) => {
    rig.program("copy");
    rig.program("count");
    rig.write("script", `${what}\n${text}`, 0o755);
    rig.write("a", "1\n");
    rig.write("out", "1\n");
    const script = "./count; ./script";
    utimesSync(rig.path("a"), 1000, 1000);
    for (let times = 0; times < 3; times++) assert.doesNotMatch(rig.sh(script).stdout, /copied/);
    rig.write("a", "1\n");
    utimesSync(rig.path("out"), 2000, 2000);
    assert.match(rig.sh(script).stdout, /copied a/);
  }));
}

test("standard input that is read through a map is a fact", withRig((rig) => {
  rig.program("map-input");
  for (const text of ["one\n", "two\n", "one\n"]) {
    rig.write("in", text);
    assert.equal(rig.sh("./map-input < in; :").stdout, text);
  }
}));

for (const [what, before, after] of [["may not be executed", "#!/bin/echo\n", 0o644], ["is no program", "text\n", 0o755], ["has no interpreter", "#!/absent\n", 0o755]] as const) {
  test(`a file that ${what} is a fact for who tried`, withRig((rig) => {
    rig.program("try");
    rig.write("tool", before, after);
    for (let times = 0; times < 2; times++) assert.equal(rig.fathom(["./try", "./tool"]).stdout, "refused\n");
    rig.write("tool", "#!/bin/echo\n", 0o755);
    assert.equal(rig.fathom(["./try", "./tool"]).stdout, "./tool\n");
  }));
}

test("a header that appears earlier on the include path is a change", withRig((rig) => {
  rig.write("a.c", worthStoring('#include "a.h"\nint main(void) { return VALUE; }\n'));
  rig.write("sys/a.h", "#define VALUE 1\n");
  mkdirSync(rig.path("local"));
  const compile = ["cc", "-Ilocal", "-Isys", "-o", "a", "a.c"];
  assertRan(rig.fathom(compile));
  assertReplayed(rig.fathom(compile));
  rig.write("local/a.h", "#define VALUE 2\n");
  rig.fathom(compile);
  assert.equal(rig.bare(["./a"]).code, 2);
}));

test("an executable that appears earlier on PATH is a change", withRig((rig) => {
  for (const name of ["first", "second"]) mkdirSync(join(rig.outside, name));
  rig.program("copy", join(rig.outside, "second/tool"));
  rig.write("a", "1\n");
  const env = { PATH: `${rig.outside}/first:${rig.outside}/second:${rig.env["PATH"] ?? ""}` };
  const script = "tool a out; echo end";
  assertRan(rig.sh(script, { env }));
  assertReplayed(rig.sh(script, { env }));
  rig.write(join(rig.outside, "first/tool"), "#!/bin/sh\necho mine\n", 0o755);
  assert.equal(rig.sh(script, { env }).stdout, "mine\nend\n");
}));

test("a directory of PATH that appears with the executable in it is a change", withRig((rig) => {
  mkdirSync(join(rig.outside, "second"));
  rig.program("copy", join(rig.outside, "second/tool"));
  rig.write("a", "1\n");
  const env = { PATH: `${rig.outside}/first/bin:${rig.outside}/second:${rig.env["PATH"] ?? ""}` };
  assertRan(rig.sh("tool a out; echo end", { env }));
  assertReplayed(rig.sh("tool a out; echo end", { env }));
  rig.write(join(rig.outside, "first/bin/tool"), "#!/bin/sh\necho mine\n", 0o755);
  assert.equal(rig.sh("tool a out; echo end", { env }).stdout, "mine\nend\n");
}));

test("a changed program outside the project is a change, with its size and time kept too", withRig((rig) => {
  const tool = rig.program("copy", join(rig.outside, "tool"));
  rig.write("a", "1\n");
  assertRan(rig.fathom([tool, "a", "out"]));
  assertReplayed(rig.fathom([tool, "a", "out"]));
  const { atime, mtime } = statSync(tool);
  writeFileSync(tool, readFileSync(tool, "latin1").replace("copied", "COPIED"), "latin1");
  utimesSync(tool, atime, mtime);
  assert.equal(rig.fathom([tool, "a", "out"]).stdout, "COPIED a\n");
}));

test("a changed interpreter outside the project is a change", withRig((rig) => {
  const shell = join(rig.outside, "shell");
  writeFileSync(shell, readFileSync("/bin/sh"), { mode: 0o755 });
  rig.program("copy");
  rig.write("a", "1\n");
  rig.write("script", `#!${shell}\n./copy a out\n`, 0o755);
  assertRan(rig.fathom(["./script"]));
  assertReplayed(rig.fathom(["./script"]));
  appendFileSync(shell, "\n");
  // The shell runs again, what it starts is the same.
  assert.deepEqual(rig.fathom(["./script"]).summary.processes, 2);
  rig.write(shell, "#!/bin/sh\necho other\n", 0o755);
  assert.equal(rig.fathom(["./script"]).stdout, "other\n");
}));

test("a changed shared library outside the project is a change", withRig((rig) => {
  const library = (value: number): void => {
    rig.write(join(rig.outside, "value.c"), `int value(void) { return ${value}; }\n`);
    assert.equal(rig.bare(["cc", "-shared", "-fPIC", "-o", join(rig.outside, "libvalue.so"), join(rig.outside, "value.c")]).code, 0);
  };
  library(1);
  rig.write("main.c", '#include <stdio.h>\nint value(void);\nint main(void) { for (volatile long i = 0; i < 60000000; i++) {} printf("%d\\n", value()); return 0; }\n');
  assert.equal(rig.bare(["cc", "-O1", "-o", "main", "main.c", `-L${rig.outside}`, "-lvalue", `-Wl,-rpath,${rig.outside}`]).code, 0);
  assertRan(rig.fathom(["./main"]));
  assertReplayed(rig.fathom(["./main"]));
  library(2);
  assert.equal(rig.fathom(["./main"]).stdout, "2\n");
}));

test("a library that appears earlier on LD_LIBRARY_PATH is a change", withRig((rig) => {
  mkdirSync(join(rig.outside, "first"));
  rig.write("value.c", "int value(void) { return VALUE; }\n");
  const library = (to: string, value: number): unknown => rig.bare(["cc", `-DVALUE=${value}`, "-shared", "-fPIC", "-o", join(rig.outside, to), "value.c"]);
  library("libvalue.so", 1);
  rig.write("main.c", '#include <stdio.h>\nint value(void);\nint main(void) { for (volatile long i = 0; i < 60000000; i++) {} printf("%d\\n", value()); return 0; }\n');
  rig.bare(["cc", "-O1", "-o", "main", "main.c", `-L${rig.outside}`, "-lvalue"]);
  const env = { LD_LIBRARY_PATH: `${rig.outside}/first:${rig.outside}` };
  assertRan(rig.fathom(["./main"], { env }));
  assertReplayed(rig.fathom(["./main"], { env }));
  library("first/libvalue.so", 2);
  assert.equal(rig.fathom(["./main"], { env }).stdout, "2\n");
}));

test("a retargeted link in the middle of a path is a change", withRig((rig) => {
  rig.program("copy");
  rig.write("v1/src/a", "1\n");
  rig.write("v2/src/a", "2\n");
  symlinkSync("v1", rig.path("current"));
  const command = ["./copy", "current/src/a", "out"];
  assertRan(rig.fathom(command));
  assertReplayed(rig.fathom(command));
  unlinkSync(rig.path("current"));
  symlinkSync("v2", rig.path("current"));
  rig.fathom(command);
  assert.equal(rig.read("out"), "2\n");
}));

test("a link in the middle of the program's own path is a change when it leads elsewhere", withRig((rig) => {
  rig.program("copy", "v1/tool");
  rig.write("v2/tool", "#!/bin/sh\necho second\n", 0o755);
  rig.write("a", "1\n");
  symlinkSync("v1", rig.path("current"));
  assertRan(rig.fathom(["current/tool", "a", "out"]));
  assertReplayed(rig.fathom(["current/tool", "a", "out"]));
  unlinkSync(rig.path("current"));
  symlinkSync("v2", rig.path("current"));
  assert.equal(rig.fathom(["current/tool", "a", "out"]).stdout, "second\n");
}));

test("a new file matched by a shell's pattern is a change", withRig((rig) => {
  rig.program("count");
  rig.write("src/a.c", "");
  const script = "./count src/*.c; echo end";
  assert.match(rig.sh(script).stdout, /^1 arguments/);
  assertReplayed(rig.sh(script));
  rig.write("src/b.c", "");
  assert.match(rig.sh(script).stdout, /^2 arguments/);
  unlinkSync(rig.path("src/b.c"));
  const again = rig.sh(script);
  assertReplayed(again);
  assert.match(again.stdout, /^1 arguments/);
}));

test("a new file matched by a Makefile's wildcard is a change", withRig((rig) => {
  rig.program("count");
  rig.write("src/a.c", "");
  rig.write("Makefile", "all:\n\t@./count $(wildcard src/*.c)\n");
  assert.match(rig.sh("make").stdout, /^1 arguments/);
  assert.match(rig.sh("make").stdout, /^1 arguments/);
  rig.write("src/b.c", "");
  assert.match(rig.sh("make").stdout, /^2 arguments/);
}));

test("content that changed with size and modification time kept is a change", withRig((rig) => {
  copied(rig);
  const { atime, mtime } = statSync(rig.path("a"));
  rig.write("a", "2\n");
  utimesSync(rig.path("a"), atime, mtime);
  rig.fathom(["./copy", "a", "out"]);
  assert.equal(rig.read("out"), "2\n");
}));

test("another file of the same size and time renamed into place is a change", withRig((rig) => {
  copied(rig);
  const { atime, mtime } = statSync(rig.path("a"));
  rig.write("b", "2\n");
  utimesSync(rig.path("b"), atime, mtime);
  renameSync(rig.path("b"), rig.path("a"));
  rig.fathom(["./copy", "a", "out"]);
  assert.equal(rig.read("out"), "2\n");
}));

test("a file that was touched and is unchanged is no change", withRig((rig) => {
  copied(rig);
  rig.write("a", "1\n");
  assertReplayed(rig.fathom(["./copy", "a", "out"]));
}));

for (const script of ["tar cf made d", "cp -r d made; rm -rf kept; mv made kept", "stat -c '%n %a' d d/file > made", "find d -printf '%p %m\\n' | sort > made"]) {
  test(`the permissions of a folder are a fact for who may store or show them: ${script}`, withRig((rig) => {
    rig.write("d/file", "text");
    rig.write("run.sh", `i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; ${script}`);
    const look = ["sh", "-c", "tar tvf made 2>/dev/null || cat made 2>/dev/null || stat -c %a kept"];
    for (const mode of ["700", "755", "700"]) {
      rig.bare(["chmod", mode, "d"]);
      rig.fathom(["sh", "run.sh"]);
      const made = rig.bare(look).stdout;
      rig.bare(["sh", "run.sh"]);
      assert.equal(made, rig.bare(look).stdout, mode);
    }
    rig.bare(["rm", "-rf", "made", "kept"]);
    assertReplayed(rig.fathom(["sh", "run.sh"]));
  }));
}

test("whose a file is, is a fact for who may store or show it", { skip: process.getuid?.() === 0 ? false : "not run by root" }, withRig((rig) => {
  rig.write("d/file", "text");
  rig.write("run.sh", "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; tar cf made d; ls -l d > told");
  for (const owner of ["0:0", "0:5", "64321:5", "0:0"]) {
    rig.bare(["chown", owner, "d/file"]);
    rig.fathom(["sh", "run.sh"]);
    assert.ok(rig.bare(["tar", "--numeric-owner", "-tvf", "made", "d/file"]).stdout.includes(` ${owner.replace(":", "/")} `), owner);
    assert.equal(rig.read("told"), rig.bare(["ls", "-l", "d"]).stdout);
  }
}));

test("of A, B and A again the second A is replayed", withRig((rig) => {
  copied(rig);
  rig.write("a", "2\n");
  assertRan(rig.fathom(["./copy", "a", "out"]));
  rig.write("a", "1\n");
  assertReplayed(rig.fathom(["./copy", "a", "out"]));
  assert.equal(rig.read("out"), "1\n");
  rig.write("a", "2\n");
  assertReplayed(rig.fathom(["./copy", "a", "out"]));
  assert.equal(rig.read("out"), "2\n");
}));

test("a file that lost its permission to be executed is a change", withRig((rig) => {
  rig.program("copy");
  rig.write("a", "1\n");
  rig.write("script", "#!/bin/sh\n./copy a out\n", 0o755);
  assertRan(rig.sh("./script; echo $?"));
  assertReplayed(rig.sh("./script; echo $?"));
  rig.write("script", rig.read("script"), 0o644);
  assert.equal(rig.sh("./script; echo $?").stdout, "126\n");
}));

for (const when of ["before", "after"] as const) {
  test(`an edit while the command runs, ${when === "before" ? "after" : "before"} the file was read, neither poisons nor is missed`, { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
    rig.program("pause");
    rig.write("a", "old\n");
    const command = ["./pause", when, "a", "out"];
    const once = async (edit: () => void): Promise<string> => {
      const running = rig.start(command);
      let said = "";
      running.child.stdout?.on("data", (text: string) => {
        said += text;
        if (!said.endsWith("\n")) return;
        edit();
        try {
          process.kill(Number(said.split(" ")[1]), "SIGUSR1");
        } catch { /* Replayed: nobody waits. tidy: the answer is in the output */ }
      });
      await running.summary();
      return rig.read("out");
    };
    const { atime, mtime } = statSync(rig.path("a"));
    const first = await once(() => {
      rig.write("a", "new\n");
      utimesSync(rig.path("a"), atime, mtime);
    });
    assert.equal(first, when === "before" ? "old\n" : "new\n");
    assert.equal(await once(() => undefined), "new\n");
    assert.equal(await once(() => undefined), "new\n");
    rig.write("a", "old\n");
    assert.equal(await once(() => undefined), "old\n");
    rig.write("a", "new\n");
    assert.equal(await once(() => undefined), "new\n");
  }));
}
