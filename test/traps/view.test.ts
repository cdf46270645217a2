// Views on real programs: what a command in one changes is in the workspace when it
// is committed, and not a moment earlier; what was there comes back whole.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { confined } from "../rig/confined.ts";
import { EVENT_MS_MAX, FATHOM, withRig, withRigAsync, type Rig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";
import { ask, attempt, brief, ordinary, say, tick, tree, type Who } from "../rig/view-rig.ts";

function furnish(rig: Rig): void {
  mkdirSync(rig.path(".git"));
  rig.write("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
  rig.write("run.sh", "#!/bin/sh\n", 0o755);
  rig.write("old/deep/b.txt", "b");
  rig.write("old/c.txt", "c");
  rig.write("moved.txt", "it moves");
  symlinkSync("a.txt", rig.path("link"));
  tick(rig);
}

/** Everything that a command can do to names. */
const EDITS = "sed -i s/two/2/ a.txt; rm -r old; mkdir -p new/sub; echo n > new/sub/n; mv moved.txt new/moved.txt; chmod 600 run.sh; rm link; ln -s new link; mkdir empty";

/** Where no namespace can be had, as in a container: system calls are led into the view. */
const mountless = (): Who => [confined(), "deny=unshare:EPERM", "--"];

/** Where no process may be stopped either: the workspace is copied. */
const copied = (): Who => [confined(), "deny=unshare,ptrace:EPERM", "--"];

for (const [name, who] of [["root", (): Who => []], ["an ordinary user", ordinary], ["who may not mount", mountless], ["who may not stop a process either", copied]] as const) {
  const isAlready = name === "root" && process.getuid?.() !== 0;
  test(`what a command of ${name} changes in a view is what it changes without one, once it is committed`, { skip: isAlready ? "not run by root" : false }, withRig((rig) => {
    furnish(rig);
    if (name === "an ordinary user") rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
    const before = tree(rig);
    const tried = attempt(rig, ["--keep"], `${EDITS}; cat old/c.txt; exit 3`, who());
    assert.equal(tried.exitCode, 3);
    assert.deepEqual(brief(tried.effects), ["modified a.txt", "added empty", "modified link", "renamed moved.txt -> new/moved.txt", "added new/sub/n", "deleted old", "mode run.sh"]);
    assert.deepEqual(tree(rig), before, "nothing shows outside");
    ask(rig, ["view", "commit", tried.view], who());
    const committed = tree(rig);
    ask(rig, ["undo"], who());
    assert.deepEqual(tree(rig), before, "undo brings back what was there");
    rig.bare(["sh", "-c", EDITS]);
    assert.deepEqual(committed, tree(rig));
  }));
}

test("of a directory that was made anew, with one in it that had the name of an old one, nothing old comes back", withRig((rig) => {
  furnish(rig);
  const tried = attempt(rig, ["--commit"], "rm -r old; mkdir -p old/deep; echo n > old/deep/n");
  assert.equal(tried.became, "committed");
  assert.deepEqual([rig.has("old/deep/b.txt"), rig.has("old/c.txt"), rig.read("old/deep/n")], [false, false, "n\n"]);
}));

test("a copy is said to be one, and a view that was made by mounting goes on in it", withRig((rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v", "--", "sh", "-c", "echo one > x; rm -r old; mkdir d; echo e > d/e"]);
  const told = say(rig, ["view", "enter", "v", "--", "sh", "-c", "cat x d/e; ls; echo two > x"], copied());
  assert.equal(told.stdout, "one\ne\na.txt\nd\nlink\nmoved.txt\nrun.sh\nx\n");
  assert.match(told.stderr, /no namespace of mounts \(EPERM\)[^]*the workspace is copied instead/);
  ask(rig, ["view", "commit", "v"]);
  assert.deepEqual([rig.read("x"), rig.has("old"), rig.read("d/e")], ["two\n", false, "e\n"]);
}));

test("a file of another owner, which a view of an ordinary user cannot change, is named", { skip: process.getuid?.() === 0 ? false : "giving files away takes root" }, withRig((rig) => {
  furnish(rig);
  rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
  rig.bare(["chown", "0:0", "a.txt"]);
  const told = say(rig, ["try", "--discard", "--", "sh", "-c", "echo x >> a.txt"], ordinary());
  assert.match(told.stderr, /"[^"]*\/a.txt" belongs to another user or group/);
  assert.notEqual(told.code, 0);
}));

test("a view is seen at the workspace's own path, with its times", withRig((rig) => {
  furnish(rig);
  utimesSync(rig.path("a.txt"), 1_000_000_000, 1_000_000_000);
  const told = say(rig, ["try", "--discard", "--", "sh", "-c", "pwd; stat -c %Y a.txt; cat a.txt | wc -l"]);
  assert.equal(told.stdout, `${rig.work}\n1000000000\n7\n`);
}));

test("try without a word and without a terminal keeps the view, and changes nothing", withRig((rig) => {
  furnish(rig);
  const before = tree(rig);
  const told = say(rig, ["try", "--", "sh", "-c", "echo x > x; rm a.txt"]);
  assert.match(told.stderr, /1 added, 1 deleted; read \d+ files? of the workspace[^]*kept as "try-/);
  assert.deepEqual(tree(rig), before);
}));

test("a failing command is not committed by --commit", withRig((rig) => {
  furnish(rig);
  const tried = attempt(rig, ["--commit"], "echo x > x; exit 7");
  assert.deepEqual([tried.exitCode, tried.became, rig.has("x")], [7, "kept", false]);
}));

test("what was stored outside is replayed in a view, and the other way round", withRig((rig) => {
  mkdirSync(rig.path(".git"));
  rig.write("m.c", worthStoring("int main(void) { return 0; }\n"));
  rig.write("n.c", worthStoring("int n;\n"));
  assert.equal(rig.fathom(["cc", "-c", "m.c"]).summary.ran > 0, true);
  rig.bare(["rm", "m.o"]);
  const tried = attempt(rig, ["--commit"], "cc -c m.c; cc -c n.c");
  assert.deepEqual([tried.replayed, tried.reads, tried.sawAll, rig.has("m.o")], [1, ["m.c", "n.c"], true, true]);
  rig.bare(["rm", "n.o"]);
  assert.equal(rig.fathom(["cc", "-c", "n.c"]).summary.replayed, 1);
}));

test("what make and its children read is known, and their own outputs are not among it", withRig((rig) => {
  mkdirSync(rig.path(".git"));
  rig.write("Makefile", "all: m\nm: m.o\n\tcc -o m m.o\nm.o: m.c m.h\n\tcc -c m.c\n");
  rig.write("m.c", worthStoring('#include "m.h"\nint main(void) { return N; }\n'));
  rig.write("m.h", "#define N 0\n");
  const tried = attempt(rig, ["--discard"], "make -s");
  assert.deepEqual([tried.reads, tried.sawAll], [["Makefile", "m.c", "m.h"], true]);
  assert.deepEqual(brief(tried.effects), ["added m", "added m.o"]);
}));

test("what is changed outside the workspace is named", withRig((rig) => {
  furnish(rig);
  const tried = attempt(rig, ["--discard"], `echo x > ${rig.outside}/made`);
  assert.deepEqual(tried.changedOutside, [`${rig.outside}/made`]);
}));

test("an edit of the same file elsewhere in it is merged, and one of the same line is a conflict that touches nothing", withRig((rig) => {
  furnish(rig);
  const { view } = attempt(rig, ["--keep"], "sed -i s/two/2/ a.txt; echo new > new.txt");
  rig.write("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n");
  const diff = ask(rig, ["view", "diff", view, "--text"]);
  assert.match(diff, /^-two\n\+2$/m);
  ask(rig, ["view", "commit", view]);
  assert.equal(rig.read("a.txt"), "one\n2\nthree\nfour\nfive\nsix\nSEVEN\n");
  tick(rig);
  const other = attempt(rig, ["--keep"], "sed -i s/three/3/ a.txt; echo more > more.txt").view;
  rig.write("a.txt", "one\n2\nTHREE\nfour\nfive\nsix\nSEVEN\n");
  const before = tree(rig);
  const told = say(rig, ["view", "commit", other]);
  assert.equal(told.code, 4);
  assert.match(told.stderr, /"a.txt": changed in the view and in the workspace/);
  assert.deepEqual(tree(rig), before);
  ask(rig, ["view", "commit", other, "more.txt"]);
  assert.equal(rig.read("more.txt"), "more\n");
}));

const CONFLICTS: readonly (readonly [string, string, (rig: Rig) => void, RegExp])[] = [
  ["changed in the view and removed in the workspace", "echo x >> a.txt", (rig) => { unlinkSync(rig.path("a.txt")); }, /"a.txt": changed in the view and removed/],
  ["removed in the view and changed in the workspace", "rm a.txt", (rig) => { rig.write("a.txt", "other"); }, /"a.txt": removed in the view and changed/],
  ["in a directory that the view removed", "rm -r old", (rig) => { rig.write("old/deep/b.txt", "other"); }, /"old": removed in the view and changed/],
  ["new in a directory that the view removed", "rm -r old", (rig) => { rig.write("old/deep/new", "new"); }, /"old": removed in the view and changed/],
  ["made by both", "echo x > both", (rig) => { rig.write("both", "y"); }, /"both": made in the view and in the workspace/],
  ["a directory there and a file here", "rm -r old; echo x > old", (rig) => { rig.write("old/more", "y"); }, /"old": of another type/],
  ["binary and changed by both", "printf 'a\\0b' > bin", (rig) => { writeFileSync(rig.path("bin"), "c\0d"); }, /"bin": changed in the view and in the workspace/],
];
for (const [name, script, meanwhile, expected] of CONFLICTS) {
  test(`a path that is ${name} is a conflict, and nothing is touched`, withRig((rig) => {
    furnish(rig);
    writeFileSync(rig.path("bin"), "x\0y");
    tick(rig);
    const { view } = attempt(rig, ["--keep"], `${script}; echo also > also`);
    meanwhile(rig);
    const before = tree(rig);
    const told = say(rig, ["view", "commit", view]);
    assert.deepEqual([told.code, tree(rig)], [4, before]);
    assert.match(told.stderr, expected);
  }));
}

test("what both came to alike is no conflict", withRig((rig) => {
  furnish(rig);
  const { view } = attempt(rig, ["--keep"], "echo same > both; echo same > a.txt; rm -r old");
  rig.bare(["sh", "-c", "echo same > both; echo same > a.txt; rm -r old"]);
  ask(rig, ["view", "commit", view]);
  assert.equal(rig.read("both"), "same\n");
}));

test("a file that the workspace got meanwhile stays when a view is committed", withRig((rig) => {
  furnish(rig);
  const { view } = attempt(rig, ["--keep"], "echo x > old/x");
  rig.write("old/mine", "mine");
  ask(rig, ["view", "commit", view]);
  assert.deepEqual([rig.read("old/mine"), rig.read("old/x"), rig.read("old/c.txt")], ["mine", "x\n", "c"]);
}));

test("a link on the way is refused, and what it leads to is not touched", withRig((rig) => {
  furnish(rig);
  const { view } = attempt(rig, ["--keep"], "echo x > old/c.txt");
  renameSync(rig.path("old"), join(rig.outside, "old"));
  symlinkSync(join(rig.outside, "old"), rig.path("old"));
  const told = say(rig, ["view", "commit", view]);
  assert.deepEqual([told.code, readFileSync(join(rig.outside, "old/c.txt"), "utf8")], [4, "c"]);
}));

test("attributes of the overlay do not reach the workspace", withRig((rig) => {
  furnish(rig);
  attempt(rig, ["--commit"], "rm -r old; mkdir old; echo x > old/x; echo y >> a.txt");
  const listed = rig.bare(["sh", "-c", "getfattr -R -d -m - . 2>&1 || python3 -c 'import os\nfor r, d, f in os.walk(\".\"):\n  for n in d + f: print(os.listxattr(os.path.join(r, n), follow_symlinks=False))'"]);
  assert.doesNotMatch(listed.stdout, /overlay/);
  assert.deepEqual(readdirSync(rig.path("old")), ["x"]);
}));

test("undo is refused where something changed since, and takes several commits back in order", withRig((rig) => {
  furnish(rig);
  const before = tree(rig);
  attempt(rig, ["--commit"], "echo 1 > a.txt; echo ignored > x.log");
  attempt(rig, ["--commit"], "echo 2 > a.txt; rm x.log");
  rig.write("a.txt", "mine");
  const refused = say(rig, ["undo"]);
  assert.deepEqual([refused.code, rig.read("a.txt")], [4, "mine"]);
  assert.match(refused.stderr, /changed since: "a.txt"\. Nothing was touched/);
  attempt(rig, ["--commit"], "echo 3 > a.txt");
  ask(rig, ["undo"]);
  assert.equal(rig.read("a.txt"), "mine");
  rig.bare(["sh", "-c", "echo 2 > a.txt"]);
  assert.equal(say(rig, ["undo", "2"]).code, 4, "another file with the same content is another file");
  assert.equal(before.size > 0, true);
}));

test("two commits are undone to where it began", withRig((rig) => {
  furnish(rig);
  const before = tree(rig);
  attempt(rig, ["--commit"], "echo 1 > a.txt; echo ignored > x.log; mkdir d; echo d > d/d");
  attempt(rig, ["--commit"], "echo 2 > a.txt; rm x.log; echo e > d/e; chmod 700 d");
  ask(rig, ["undo", "2"]);
  assert.deepEqual(tree(rig), before);
  assert.equal(say(rig, ["undo"]).code, 1);
}));

test("a view that was built on what another commit has changed is said to be so", withRig((rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "first"]);
  ask(rig, ["view", "new", "second"]);
  ask(rig, ["view", "enter", "first", "--", "sh", "-c", "echo x >> a.txt"]);
  ask(rig, ["view", "enter", "second", "--", "sh", "-c", "cat a.txt > copy.txt"]);
  ask(rig, ["view", "new", "third", "--", "sh", "-c", "cat old/c.txt > third.txt"]);
  const list = JSON.parse(ask(rig, ["view", "list", "--json"])) as readonly { readonly view: string; readonly dependsOn: readonly string[] }[];
  assert.deepEqual(list.map(({ view, dependsOn }) => [view, dependsOn]), [["first", ["second"]], ["second", ["first"]], ["third", []]]);
  ask(rig, ["view", "commit", "first"]);
  const told = say(rig, ["view", "commit", "second"]);
  assert.equal(told.code, 0);
  assert.match(told.stderr, /built on what has changed since \(by the commit of "first"\): "a.txt"/);
  assert.doesNotMatch(say(rig, ["view", "commit", "third"]).stderr, /built on/);
}));

test("a rebased view has what the workspace has, with its own changes", withRig((rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v", "--", "sed", "-i", "s/two/2/", "a.txt"]);
  rig.write("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n");
  rig.write("new.txt", "new");
  tick(rig);
  ask(rig, ["view", "rebase", "v"]);
  assert.equal(ask(rig, ["view", "enter", "v", "--", "cat", "a.txt", "new.txt"]), "one\n2\nthree\nfour\nfive\nsix\nSEVEN\nnew");
  rig.write("a.txt", "one\nTWO\nthree\nfour\nfive\nsix\nSEVEN\n");
  assert.equal(say(rig, ["view", "rebase", "v"]).code, 4);
}));

test("a name that is no UTF-8 is committed and undone like any other", withRig((rig) => {
  furnish(rig);
  const before = tree(rig);
  attempt(rig, ["--commit"], "printf x > \"$(printf 'a\\377b')\"");
  assert.deepEqual(readdirSync(Buffer.from(rig.work), { encoding: "buffer" }).filter((name) => name.includes(0xff)).length, 1);
  ask(rig, ["undo"]);
  assert.deepEqual(tree(rig), before);
}));

test("times and hard links are kept by a commit", withRig((rig) => {
  furnish(rig);
  attempt(rig, ["--commit"], "echo x > x; ln x y; touch -d @1000000001 x; touch -d @1000000002 a.txt");
  assert.deepEqual([statSync(rig.path("x")).mtimeMs, statSync(rig.path("x")).ino === statSync(rig.path("y")).ino, statSync(rig.path("a.txt")).mtimeMs], [1_000_000_001_000, true, 1_000_000_002_000]);
}));

test("a view in use is neither entered again, nor committed, nor removed", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v"]);
  const { spawn } = await import("node:child_process");
  const child = spawn(FATHOM, ["view", "enter", "v", "--", "sh", "-c", "echo ready; cat"], { cwd: rig.work, env: { ...rig.env }, stdio: ["pipe", "pipe", "inherit"] });
  await new Promise<void>((resolve) => child.stdout.once("data", () => { resolve(); }));
  for (const args of [["enter", "v", "--", "true"], ["commit", "v"], ["discard", "v"], ["rebase", "v"]]) assert.match(say(rig, ["view", ...args]).stderr, /Cannot use the view "v"/);
  child.stdin.end();
  await new Promise<void>((resolve) => child.once("close", () => { resolve(); }));
  ask(rig, ["view", "discard", "v"]);
}));

test("views are no cache: clearing the store leaves them", withRig((rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v", "--", "sh", "-c", "echo precious > x"]);
  ask(rig, ["cache", "clear"]);
  ask(rig, ["view", "commit", "v"]);
  assert.equal(rig.read("x"), "precious\n");
}));

test("a file system that is mounted in the workspace is named", { skip: process.getuid?.() === 0 ? false : "mounting takes root" }, withRig((rig) => {
  furnish(rig);
  const run = spawnSync("unshare", ["-m", "sh", "-c", `mount -t tmpfs none old && exec ${FATHOM} try -- true`], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" });
  assert.match(run.stderr, /"[^"]*\/old" in it is a file system of its own/);
}));

test("a store in the workspace is no place for views, and that is said", withRig((rig) => {
  furnish(rig);
  const run = spawnSync(FATHOM, ["try", "--", "true"], { cwd: rig.work, env: { ...rig.env, FATHOM_STORE: rig.path("store") }, encoding: "utf8" });
  assert.deepEqual([run.status, /Set FATHOM_STORE to a folder outside/.test(run.stderr)], [1, true]);
}));

test("a directory that its owner may not write is committed and thrown away like any other", withRig((rig) => {
  furnish(rig);
  const who = ordinary();
  if (who.length > 0) rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
  attempt(rig, ["--commit"], "mkdir ro; echo x > ro/x; chmod 555 ro", who);
  assert.deepEqual([rig.read("ro/x"), statSync(rig.path("ro")).mode & 0o777], ["x\n", 0o555]);
  attempt(rig, ["--discard"], "mkdir ro2; echo x > ro2/x; chmod 555 ro2", who);
  assert.equal(existsSync(rig.path("ro2")), false);
  chmodSync(rig.path("ro"), 0o755);
}));

test("a directory that is closed in the view is closed after what came into it, and opened again by undo", withRig((rig) => {
  furnish(rig);
  const who = ordinary();
  if (who.length > 0) rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
  const before = tree(rig);
  attempt(rig, ["--commit"], "echo x > old/x; chmod 500 old", who);
  assert.deepEqual([rig.read("old/x"), statSync(rig.path("old")).mode & 0o777], ["x\n", 0o500]);
  ask(rig, ["undo"], who);
  assert.deepEqual(tree(rig), before);
}));

test("a folder that is not in the view cannot be entered, and nothing is copied for that", withRig((rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v", "--", "rm", "-r", "old"]);
  const run = spawnSync(FATHOM, ["view", "enter", "v", "--", "true"], { cwd: rig.path("old"), env: { ...rig.env }, encoding: "utf8" });
  assert.deepEqual([run.status, run.stderr.split("\n")[0]], [1, 'fathom: Cannot enter the view "v": the folder where you stand is not in it (ENOENT)']);
}));

test("on a terminal it is asked what is to become of it, until that is said", { skip: spawnSync("script", ["--version"]).error === undefined ? false : "needs script(1)" }, withRig((rig) => {
  furnish(rig);
  const asked = (answers: string): string =>
    spawnSync("script", ["-qec", `${FATHOM} try -- sh -c 'echo more >> a.txt'`, "/dev/null"], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8", input: answers }).stdout;
  assert.match(asked("what\ns\nd\n"), /commit, discard, keep, or show the diff\?[^]*\+more[^]*discarded/);
  assert.doesNotMatch(rig.read("a.txt"), /more/);
  assert.match(asked("c\n"), /committed; "fathom undo" takes it back/);
  assert.match(rig.read("a.txt"), /more/);
}));

test("what may not be looked into is a conflict, not thought unchanged", withRig((rig) => {
  furnish(rig);
  const who = ordinary();
  if (who.length > 0) rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
  const tried = attempt(rig, ["--commit"], "echo x > old/c.txt; chmod 600 old", who);
  assert.deepEqual([tried.became, tried.conflicts?.map(({ path, reason }) => `${path} ${reason}`)], ["kept", ["old unreadable"]]);
}));

test("in a view the state of Fathom itself is no change", withRig((rig) => {
  furnish(rig);
  const tried = attempt(rig, ["--keep"], "rm -rf .fathom; true");
  assert.deepEqual([tried.effects, tried.became, lstatSync(rig.path(".fathom")).isDirectory()], [[], "kept", true]);
  rmSync(rig.path(".fathom/undo"), { recursive: true });
  ask(rig, ["view", "discard", tried.view]);
}));

test("what was in a folder that was removed and made again, with the folder around it, is gone after a commit", withRig((rig) => {
  furnish(rig);
  const tried = attempt(rig, ["--commit"], "rm -r old; mkdir -p old/deep; echo n > old/deep/n");
  assert.deepEqual([tried.became, existsSync(rig.path("old/deep/b.txt")), existsSync(rig.path("old/c.txt")), rig.read("old/deep/n")], ["committed", false, false, "n\n"]);
}));
