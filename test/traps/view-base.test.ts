// What a view that stays stands on: the workspace as it was when the view began,
// while others change that in every way.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, unlinkSync } from "node:fs";
import { test } from "node:test";
import { confined } from "../rig/confined.ts";
import { EVENT_MS_MAX, FATHOM, withRig, withRigAsync, type Rig } from "../rig/rig.ts";
import { ask, ordinary, say, tick, type Who } from "../rig/view-rig.ts";

const git = (rig: Rig, ...args: readonly string[]): unknown => rig.bare(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "safe.directory=*", ...args]);

/** Tracked, changed, new and ignored files. */
function furnish(rig: Rig): void {
  for (const [path, text] of [["clean", "clean"], ["dirty", "old"], ["d/inner", "inner"], ["script", "#!/bin/sh"], [".gitignore", "ignored\n"]] as const) rig.write(path, text);
  symlinkSync("clean", rig.path("link"));
  git(rig, "init", "-q");
  git(rig, "add", ".");
  git(rig, "commit", "-qm", "one");
  rig.write("dirty", "dirty");
  rig.write("new", "new");
  rig.write("ignored/i", "ignored");
  tick(rig);
}

/** More than is copied of what git ignores (NEWEST_BYTES_MAX). */
const LARGE_BYTES = 65 * 1024 * 1024;

/** Everything there is, with modes, targets and contents, and what git says. */
const LOOK = "find . -path ./.git -prune -o -path ./.fathom -prune -o -printf '%p %y %m %l\\n' | sort; cat clean dirty d/inner new ignored/i; git -c safe.directory='*' status --short; git -c safe.directory='*' log --oneline | wc -l";

/** Where no namespace can be had: the workspace is copied. */
const copied = (): Who => [confined(), "deny=unshare,ptrace:EPERM", "--"];

for (const [name, who] of [["root", (): Who => []], ["an ordinary user", ordinary], ["who gets a copy", copied]] as const) {
  test(`a view of ${name} shows the workspace as it was when it began, whatever that has become`, { skip: name === "root" && process.getuid?.() !== 0 ? "not run by root" : false }, withRig((rig) => {
    furnish(rig);
    if (name === "an ordinary user") rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
    ask(rig, ["view", "new", "v"], who());
    const before = ask(rig, ["view", "enter", "v", "--", "sh", "-c", LOOK], who());
    rig.write("clean", "other");
    rig.write("dirty", "other");
    rmSync(rig.path("d"), { recursive: true });
    rig.write("d", "a file now");
    unlinkSync(rig.path("link"));
    symlinkSync("dirty", rig.path("link"));
    unlinkSync(rig.path("new"));
    chmodSync(rig.path("script"), 0o600);
    rig.write("more/deep", "more");
    git(rig, "add", ".");
    git(rig, "commit", "-qm", "two");
    assert.equal(ask(rig, ["view", "enter", "v", "--", "sh", "-c", LOOK], who()), before);
  }));
}

test("times of what has changed in the workspace are in a view what they were", withRig((rig) => {
  furnish(rig);
  const was = statSync(rig.path("clean")).mtimeMs;
  ask(rig, ["view", "new", "v"]);
  rig.write("clean", "other");
  assert.equal(Math.trunc(Number(ask(rig, ["view", "enter", "v", "--", "stat", "-c", "%.3Y", "clean"])) * 1000), Math.trunc(was));
}));

test("what nobody has any more is named, and nobody gets in until the view stands on what is there", withRig((rig) => {
  furnish(rig);
  rig.write("ignored/i", "");
  truncateSync(rig.path("ignored/i"), LARGE_BYTES);
  ask(rig, ["view", "new", "v", "--", "sh", "-c", "echo mine > mine"]);
  rig.write("ignored/i", "other");
  const told = say(rig, ["view", "enter", "v", "--", "true"]);
  assert.equal(told.code, 1);
  assert.match(told.stderr, /nobody has any more what was in "ignored\/i"/);
  ask(rig, ["view", "rebase", "v"]);
  assert.equal(ask(rig, ["view", "enter", "v", "--", "cat", "ignored/i", "mine"]), "othermine\n");
}));

test("git is not believed about a file that it was told not to look at", withRig((rig) => {
  furnish(rig);
  git(rig, "update-index", "--assume-unchanged", "clean");
  rig.write("clean", "CLEAN");
  ask(rig, ["view", "new", "v"]);
  rig.write("clean", "other");
  assert.equal(ask(rig, ["view", "enter", "v", "--", "cat", "clean"]), "CLEAN");
}));

test("what a commit of another view replaced or removed is still there, ignored or not", withRig((rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v"]);
  ask(rig, ["view", "new", "w", "--", "sh", "-c", "echo w > ignored/i; rm -r d"]);
  ask(rig, ["view", "commit", "w"]);
  assert.equal(ask(rig, ["view", "enter", "v", "--", "cat", "ignored/i", "d/inner"]), "ignoredinner");
  assert.equal(ask(rig, ["view", "enter", "w", "--", "cat", "ignored/i"]), "w\n");
}));

test("what the store has of an output is shown again when the workspace has another one", withRig((rig) => {
  furnish(rig);
  // So much that what is known of its content is written down (INDEX_WORTH_BYTES).
  rig.write("large", "x".repeat(20_000_000));
  tick(rig);
  ask(rig, ["exec", "--", "cp", "large", "ignored/out"]);
  tick(rig);
  ask(rig, ["exec", "--", "wc", "-c", "ignored/out"]);
  ask(rig, ["view", "new", "v"]);
  rig.write("ignored/out", "three");
  assert.equal(ask(rig, ["view", "enter", "v", "--", "sh", "-c", "wc -c < ignored/out"]), "20000000\n");
}));

test("a file that the workspace changed before the view did is merged with what both had", withRig((rig) => {
  furnish(rig);
  rig.write("text", "one\ntwo\nthree\nfour\nfive\n");
  tick(rig);
  ask(rig, ["view", "new", "v"]);
  rig.write("text", "ONE\ntwo\nthree\nfour\nfive\n");
  ask(rig, ["view", "enter", "v", "--", "sed", "-i", "s/five/FIVE/", "text"]);
  ask(rig, ["view", "commit", "v"]);
  assert.equal(rig.read("text"), "ONE\ntwo\nthree\nfour\nFIVE\n");
}));

test("a file of the workspace that the view was not shown is not overwritten by one that it made", withRig((rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v"]);
  rig.write("both", "workspace");
  ask(rig, ["view", "enter", "v", "--", "sh", "-c", "[ ! -e both ] && echo view > both"]);
  const told = say(rig, ["view", "commit", "v"]);
  assert.deepEqual([told.code, rig.read("both")], [4, "workspace"]);
}));

test("what is changed in the workspace while a command runs in the view is named, and not there for the next one", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v"]);
  const child = spawn(FATHOM, ["view", "enter", "v", "--", "sh", "-c", "echo ready; cat"], { cwd: rig.work, env: { ...rig.env }, stdio: ["pipe", "pipe", "pipe"] });
  let told = "";
  child.stderr.on("data", (bytes: Buffer) => { told += bytes.toString(); });
  await new Promise<void>((resolve) => child.stdout.once("data", () => { resolve(); }));
  rig.write("staged", "other");
  renameSync(rig.path("staged"), rig.path("clean"));
  child.stdin.end();
  await new Promise<void>((resolve) => child.once("close", () => { resolve(); }));
  assert.match(told, /changed in the workspace while the command ran, which may have seen it so or as it was: "clean"/);
  assert.equal(ask(rig, ["view", "enter", "v", "--", "cat", "clean"]), "clean");
}));

test("a list that somebody damaged is no reason to guess", withRig((rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v"]);
  const path = ask(rig, ["view", "path", "v"]).trim().replace(/upper$/, "was");
  rig.write(path, "fathom was 1\0../../x\0");
  assert.match(say(rig, ["view", "enter", "v", "--", "true"]).stderr, /the list of that cannot be read/);
}));
