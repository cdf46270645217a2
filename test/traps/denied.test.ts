// Traps of folders that may not be searched: what is below them is refused, which
// is as much a fact as that it is missing. PATH leads through such folders.

import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { test } from "node:test";
import { confined } from "../rig/confined.ts";
import { program } from "../rig/programs.ts";
import { FATHOM, splitSummary, withRig, type Rig, type Summary } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";

/** Root is refused nothing. */
const ORDINARY = process.getuid?.() === 0 ? [confined(), "user=64321", "--"] : [];

function asUser(rig: Rig, script: string): { readonly stdout: string; readonly summary: Summary } {
  const ran = rig.bare([...ORDINARY, FATHOM, "--json", "--", "sh", "-c", script]);
  return { stdout: ran.stdout, summary: splitSummary(ran.stderr).summary };
}

function furnish(rig: Rig): void {
  rig.program("count");
  rig.write("closed/tool", "#!/bin/sh\necho closed\n", 0o755);
  rig.write("open/tool", "#!/bin/sh\necho open\n", 0o755);
  rig.bare(["chmod", "-R", "a+rwX", rig.scratch]);
  chmodSync(rig.path("closed"), 0o600);
}

for (const [how, script] of [
  ["a PATH entry that may not be searched", "./count > /dev/null; PATH=$PWD/closed:$PWD/open:$PATH; tool"],
  ["a file that may not be looked for", "./count > /dev/null; if [ -e closed/tool ]; then echo closed; else echo open; fi"],
  ["a file two folders below one that may not be searched", "./count > /dev/null; if [ -e closed/../closed/tool ]; then echo closed; else echo open; fi"],
  ["what a part of the command may not look for", "./count > /dev/null; sh -c './count > /dev/null; [ -e closed/tool ] && echo closed || echo open'; :"],
] as const) {
  test(`${how} is a fact`, withRig((rig) => {
    furnish(rig);
    const says = (expected: string, replayed: number): void => {
      const { stdout, summary } = asUser(rig, script);
      assert.deepEqual([stdout, summary.replayed, summary.reason], [`${expected}\n`, replayed, undefined]);
    };
    says("open", 0);
    says("open", 1);
    says("open", 1); // By plan.
    chmodSync(rig.path("closed"), 0o755);
    assert.equal(asUser(rig, script).stdout, "closed\n");
    chmodSync(rig.path("closed"), 0o600);
    says("open", 1);
  }));
}

test("a compiler on whose PATH a folder may not be searched is stored", withRig((rig) => {
  furnish(rig);
  rig.write("a.c", worthStoring("int main(void) { return 0; }\n"));
  const script = "PATH=$PWD/closed:$PATH; cc -c -o a.o a.c && cc -o a a.o; :";
  asUser(rig, script);
  const { replayed, reason } = asUser(rig, script).summary;
  assert.deepEqual([replayed, reason], [2, undefined]); // Each step, since their outputs are there by now.
}));

test("what may be looked at when the command has ended is not taken for refused", withRig((rig) => {
  furnish(rig);
  chmodSync(rig.path("closed"), 0o600);
  rig.bare(["chown", "-R", "64321", rig.work]);
  const script = "./count > /dev/null; [ -e closed/tool ] && echo closed || echo open; chmod 755 closed";
  assert.equal(asUser(rig, script).stdout, "open\n");
  assert.equal(asUser(rig, script).stdout, "closed\n");
}));

for (const [what, script] of [
  ["make a file", "echo new > d/new && echo done || echo refused"],
  ["make a folder", "mkdir d/new && echo done || echo refused"],
  ["make a link", "ln -s old d/new && echo done || echo refused"],
  ["remove a file", "rm -f d/old && echo done || echo refused"],
  ["rename a file", "mv d/old d/new && echo done || echo refused"],
] as const) {
  test(`whether names in a folder may be changed decides, run or replayed: ${what}`, withRig((rig) => {
    rig.program("count");
    for (const mode of ["755", "555", "755", "555", "755"]) {
      rig.bare(["sh", "-c", `mkdir -p d; chmod 755 d; rm -rf d/*; echo old > d/old; chmod ${mode} d; chmod -R a+rwX ${rig.scratch}/store ${rig.scratch}/home 2> /dev/null`]);
      rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
      assert.equal(asUser(rig, `./count > /dev/null; ${script}`).stdout, mode === "755" ? "done\n" : "refused\n", mode);
      assert.equal(rig.has("d/new") || !rig.has("d/old"), mode === "755");
    }
  }));
}

test("a folder that may not be read is one that somebody may read later", withRig((rig) => {
  rig.program("count");
  rig.write("d/name", "");
  for (const mode of ["311", "755", "311", "755"]) {
    rig.bare(["sh", "-c", `chmod ${mode} d; chown -R 64321:64321 ${rig.scratch}`]);
    assert.equal(asUser(rig, "./count > /dev/null; ls d 2> /dev/null || echo refused").stdout, mode === "755" ? "name\n" : "refused\n", mode);
  }
}));

test("that a folder may not be written to, or a file of somebody else read, is found out each time", withRig((rig) => {
  rig.program("count");
  rig.bare(["cp", program("access.static"), "access"]);
  rig.write("d/name", "");
  rig.write("file", "");
  for (const mode of ["555", "755", "555", "755"]) {
    rig.bare(["sh", "-c", `chown -R 64321:64321 ${rig.scratch}; chmod ${mode} d; chmod 700 file; chown ${mode === "755" ? "64321" : "0"} file`]);
    const expected = mode === "755" || ORDINARY.length === 0 ? "yes yes\n" : "no no\n";
    assert.equal(asUser(rig, "./count > /dev/null; echo $(./access d file)").stdout, expected, mode);
  }
}));

for (const [what, script] of [["entered", "cd d && cat name && echo done || echo refused"], ["touched", "touch -d @1 file && echo done || echo refused"], ["given another mode", "chmod 644 file && echo done || echo refused"]] as const) {
  test(`whether something may be ${what} is found out each time`, { skip: ORDINARY.length === 0 ? "not run by root" : false }, withRig((rig) => {
    rig.program("count");
    rig.write("d/name", "");
    rig.write("file", "");
    for (const isAllowed of [false, true, false, true]) {
      rig.bare(["sh", "-c", `chown -R 64321:64321 ${rig.scratch}; chmod ${isAllowed ? "755" : "644"} d; chown ${isAllowed ? "64321" : "0"} file`]);
      assert.equal(asUser(rig, `./count > /dev/null; ${script}`).stdout, isAllowed ? "done\n" : "refused\n");
    }
  }));
}

test("what could not be written keeps what it holds, run or replayed", withRig((rig) => {
  rig.program("count");
  for (const [text, mode, expected] of [["a", "444", "refused"], ["b", "444", "refused"], ["b", "644", "done"], ["c", "444", "refused"], ["d", "644", "done"]] as const) {
    rig.bare(["rm", "-f", "file"]);
    rig.write("file", text);
    rig.bare(["sh", "-c", `chmod ${mode} file; chown -R 64321:64321 ${rig.scratch}`]);
    assert.equal(asUser(rig, "./count > /dev/null; echo new > file && echo done || echo refused").stdout, `${expected}\n`, `${text} ${mode}`);
    assert.equal(rig.read("file"), expected === "done" ? "new\n" : text);
  }
}));

test("that a file was made and removed again is possible only where names may be changed", withRig((rig) => {
  rig.program("count");
  for (const mode of ["755", "555", "755"]) {
    rig.bare(["sh", "-c", `mkdir -p d; chmod ${mode} d; chown -R 64321:64321 ${rig.scratch}`]);
    assert.equal(asUser(rig, "./count > /dev/null; echo > d/probe && rm d/probe && echo done || echo refused").stdout, mode === "755" ? "done\n" : "refused\n", mode);
  }
}));
