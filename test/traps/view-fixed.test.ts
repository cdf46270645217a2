// In a deterministic view nothing tells when, where and in which order its files were made.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { confined } from "../rig/confined.ts";
import { withRig, type Rig } from "../rig/rig.ts";
import { ask, attempt, brief, say, tick } from "../rig/view-rig.ts";

const NAMES = ["z", "a.txt", "m", "B", "deep/er/x", "deep/y", "q"];

/** The same files, written in this order. */
function furnish(rig: Rig, folder: string, names: readonly string[]): void {
  mkdirSync(rig.path(`${folder}/.git`), { recursive: true });
  for (const name of names) {
    rig.write(`${folder}/src/${name}`, `${name}\n`);
    tick(rig);
  }
}

const inside = (rig: Rig, folder: string): Rig => Object.assign(Object.create(rig) as Rig, { work: rig.path(folder) });
const without = "rm src/q; mkdir out; for n in $ORDER; do echo $n > out/$n; done; ln -s ../src/m out/link; cp src/B out/copy; ln out/copy out/again";

/** Two workspaces with the same files, written at other times and in another order; what the script says in a view of each. */
function twice(rig: Rig, script: string): readonly (readonly [string, string])[] {
  return [["one", NAMES, "3 1 2 ten"], ["two", NAMES.toReversed(), "ten 2 1 3"]].map(([folder, names, order]) => {
    const at = folder as string; // As it stands above.
    furnish(rig, at, names as readonly string[]);
    return [say(inside(rig, at), ["try", "--deterministic", "--discard", "--", "sh", "-c", `ORDER='${order as string}'; ${without}; ${script}`]).stdout, at] as const;
  });
}

for (const [who, script] of [
  ["the bytes of an archive", "tar cf ../$(basename $PWD).tar src out"],
  ["what a program lists", "ls -f src src/deep out; find src out"],
  ["times of names", "stat -c '%n %X %Y %Z %W %i %b %s' src src/z src/deep out out/1 out/link"],
  ["times of what is open", `stat -c '%X %Y %i' - < src/z; stat -c '%X %Y %i' - < out/1; stat -c '%X %Y' - < out`],
  ["what Node is told", `node -e 'const fs = require("fs"); for (const d of ["src", "out"]) for (const e of fs.opendirSync(d).readSync() ? fs.readdirSync(d) : []) { const s = fs.lstatSync(d + "/" + e); console.log(e, s.mtimeMs, s.birthtimeMs, s.nlink === 1 ? s.ino : "", s.size); }; const fd = fs.openSync("out/1"); console.log(fs.fstatSync(fd).ino, fs.statSync("out/1").ino);'`],
] as const) {
  test(`${who} are the same in two views of the same files`, withRig((rig) => {
    const [[one] = [], [two] = []] = twice(rig, script);
    assert.equal(one, two);
    if (!script.startsWith("tar")) assert.notEqual(one, "");
    else assert.deepEqual(readFileSync(rig.path("one.tar")), readFileSync(rig.path("two.tar")));
  }));
}

test("all has the time that SOURCE_DATE_EPOCH says, or 1980, and a program that sets one changes nothing of that", withRig((rig) => {
  furnish(rig, ".", ["a"]);
  const script = ["sh", "-c", "touch src/a new; touch -d @5 src/a; stat -c %Y src/a new src ."];
  assert.equal(ask(rig, ["try", "--deterministic", "--discard", "--", ...script]), "315532800\n".repeat(4));
  assert.equal(ask(rig, ["try", "--deterministic", "--discard", "--", ...script], ["env", "SOURCE_DATE_EPOCH=1700000000"]), "1700000000\n".repeat(4));
}));

test("files with several names are one, and every name that is listed is there", withRig((rig) => {
  furnish(rig, ".", NAMES);
  const made = "cd src; ln a.txt other; test a.txt -ef other && ! test a.txt -ef z && echo one; for n in $(ls -A); do test -e $n || echo lost $n; done; for n in 0 1 2 3 4 5 6 7 8 9; do for m in 0 1 2 3 4 5 6 7 8 9; do echo > f$n$m; done; done; ls | wc -l; ls -f | sed 1,2d | LC_ALL=C sort -c && echo sorted; rm -r deep f*; ls";
  assert.equal(ask(rig, ["try", "--deterministic", "--discard", "--", "sh", "-c", made]), "one\n107\nsorted\nB\na.txt\nm\nother\nq\nz\n");
}));

test("a view that stays goes on having its time, and is committed like any other", withRig((rig) => {
  furnish(rig, ".", ["a"]);
  ask(rig, ["view", "new", "--deterministic", "v"], ["env", "SOURCE_DATE_EPOCH=7"]);
  assert.equal(ask(rig, ["view", "enter", "v", "--", "sh", "-c", "echo b > src/b; stat -c %Y src/b"]), "7\n");
  assert.equal(ask(rig, ["view", "enter", "v", "--", "stat", "-c", "%Y", "src/a", "src/b"]), "7\n7\n");
  ask(rig, ["view", "commit", "v"]);
  assert.equal(rig.read("src/b"), "b\n");
  assert.notEqual(rig.bare(["stat", "-c", "%Y", "src/b"]).stdout, "7\n");
}));

test("it may hide names, and one that stays shows the workspace as it was, with its one time", withRig((rig) => {
  furnish(rig, ".", NAMES);
  ask(rig, ["view", "new", "--deterministic", "--hide", "q", "v"], ["env", "SOURCE_DATE_EPOCH=7"]);
  rig.write("src/m", "later");
  rig.bare(["rm", "-r", "src/deep"]);
  rig.write("src/new", "later");
  assert.equal(ask(rig, ["view", "enter", "v", "--", "sh", "-c", "ls -f src src/deep; cat src/m; stat -c %Y src src/m src/deep/y; stat -c %Y - < src/deep"]), "src:\n.\n..\nB\na.txt\ndeep\nm\nz\n\nsrc/deep:\n.\n..\ner\ny\nm\n7\n7\n7\n7\n");
}));

test("where calls cannot be led there is no such view, rather than one that only seems so", withRig((rig) => {
  furnish(rig, ".", ["a"]);
  const { code, stderr, stdout } = say(rig, ["try", "--deterministic", "--", "echo", "ran"], [confined(), "deny=ptrace:EPERM", "--"]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /it is deterministic, which an overlay is not. Cannot lead the calls/);
}));

test("what leaves outputs out excludes it", withRig((rig) => {
  furnish(rig, ".", ["a"]);
  assert.equal(say(rig, ["try", "--deterministic", "--lazy-outputs", "--", "true"]).code, 2);
  assert.deepEqual(brief(attempt(rig, ["--deterministic", "--discard"], "echo x > b").effects), ["added b"]);
}));
