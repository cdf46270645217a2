// What a view that stays stands on: the workspace as it was when the view began,
// while others change that in every way.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, unlinkSync } from "node:fs";
import { test } from "node:test";
import { EVENT_MS_MAX, FATHOM, withRig, withRigAsync, type Rig } from "../rig/rig.ts";
import { ask, giveTo, led, say, tick, WAYS, type Who } from "../rig/view-rig.ts";

const git = (rig: Rig, ...args: readonly string[]): unknown => rig.bare(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "safe.directory=*", ...args]);

/** Tracked, changed, new and ignored files. */
function furnish(rig: Rig): void {
  for (const [path, text] of [["clean", "clean"], ["dirty", "old"], ["d/inner", "inner"], ["script", "#!/bin/sh"], [".gitignore", "ignored\n"]] as const) rig.write(path, text);
  chmodSync(rig.path("script"), 0o755);
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

/** Whatever it was, it is something else now. */
function change(rig: Rig): void {
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
}

for (const { name, who, skip } of WAYS) {
  test(`a view of ${name} shows the workspace as it was when it began, whatever that has become`, { skip }, withRig((rig) => {
    furnish(rig);
    giveTo(rig, who());
    ask(rig, ["view", "new", "v"], who());
    const before = ask(rig, ["view", "enter", "v", "--", "sh", "-c", LOOK], who());
    change(rig);
    assert.equal(ask(rig, ["view", "enter", "v", "--", "sh", "-c", LOOK], who()), before);
  }));

  test(`in a view of ${name} what the workspace has not any more is changed, removed and gone into like anything else`, { skip }, withRig((rig) => {
    furnish(rig);
    giveTo(rig, who());
    ask(rig, ["view", "new", "v"], who());
    change(rig);
    const told = ask(rig, ["view", "enter", "v", "--", "sh", "-c", "./script && echo x >> clean && cd d && mv inner ../moved && echo y > inner && cd .. && rm link && ln -s new link && mkdir more && ls more && cat clean d/inner moved link && rm -r d && ls && test -x script && chmod 755 dirty && stat -c %a dirty"], who());
    assert.equal(told, "cleanx\ny\ninnernewclean\ndirty\nignored\nlink\nmore\nmoved\nnew\nscript\n755\n");
    assert.equal(ask(rig, ["view", "enter", "v", "--", "sh", "-c", "ls more; cat clean moved; test ! -e d"], who()), "cleanx\ninner");
    assert.deepEqual([rig.read("clean"), rig.read("d"), rig.read("more/deep")], ["other", "a file now", "more"]);
  }));
}

for (const [whose, who] of [["mounted", (): Who => []], ["without a mount", led]] as const) {
  test(`times of what has changed in the workspace are in a view what they were (${whose})`, withRig((rig) => {
    furnish(rig);
    const was = statSync(rig.path("clean")).mtimeMs;
    ask(rig, ["view", "new", "v"], who());
    rig.write("clean", "other");
    assert.equal(Math.trunc(Number(ask(rig, ["view", "enter", "v", "--", "stat", "-c", "%.3Y", "clean"], who())) * 1000), Math.trunc(was));
  }));

  test(`what nobody has any more is named, and nobody gets in until the view stands on what is there (${whose})`, withRig((rig) => {
    furnish(rig);
    rig.write("ignored/i", "");
    truncateSync(rig.path("ignored/i"), LARGE_BYTES);
    ask(rig, ["view", "new", "v", "--", "sh", "-c", "echo mine > mine"], who());
    rig.write("ignored/i", "other");
    const told = say(rig, ["view", "enter", "v", "--", "true"], who());
    assert.equal(told.code, 1);
    assert.match(told.stderr, /nobody has any more what was in "ignored\/i"/);
    ask(rig, ["view", "rebase", "v"], who());
    assert.equal(ask(rig, ["view", "enter", "v", "--", "cat", "ignored/i", "mine"], who()), "othermine\n");
  }));

  test(`git is not believed about a file that it was told not to look at (${whose})`, withRig((rig) => {
    furnish(rig);
    git(rig, "update-index", "--assume-unchanged", "clean");
    rig.write("clean", "CLEAN");
    ask(rig, ["view", "new", "v"], who());
    rig.write("clean", "other");
    assert.equal(ask(rig, ["view", "enter", "v", "--", "cat", "clean"], who()), "CLEAN");
  }));

  test(`what a commit of another view replaced or removed is still there, ignored or not (${whose})`, withRig((rig) => {
    furnish(rig);
    ask(rig, ["view", "new", "v"], who());
    ask(rig, ["view", "new", "w", "--", "sh", "-c", "echo w > ignored/i; rm -r d"], who());
    ask(rig, ["view", "commit", "w"], who());
    assert.equal(ask(rig, ["view", "enter", "v", "--", "cat", "ignored/i", "d/inner"], who()), "ignoredinner");
    assert.equal(ask(rig, ["view", "enter", "w", "--", "cat", "ignored/i"], who()), "w\n");
  }));

  test(`what the store has of an output is shown again when the workspace has another one (${whose})`, withRig((rig) => {
    furnish(rig);
    // So much that what is known of its content is written down (INDEX_WORTH_BYTES).
    rig.write("large", "x".repeat(20_000_000));
    tick(rig);
    ask(rig, ["exec", "--", "cp", "large", "ignored/out"], who());
    tick(rig);
    ask(rig, ["exec", "--", "wc", "-c", "ignored/out"], who());
    ask(rig, ["view", "new", "v"], who());
    rig.write("ignored/out", "three");
    assert.equal(ask(rig, ["view", "enter", "v", "--", "sh", "-c", "wc -c < ignored/out"], who()), "20000000\n");
  }));

  test(`a file that the workspace changed before the view did is merged with what both had (${whose})`, withRig((rig) => {
    furnish(rig);
    rig.write("text", "one\ntwo\nthree\nfour\nfive\n");
    tick(rig);
    ask(rig, ["view", "new", "v"], who());
    rig.write("text", "ONE\ntwo\nthree\nfour\nfive\n");
    ask(rig, ["view", "enter", "v", "--", "sed", "-i", "s/five/FIVE/", "text"], who());
    ask(rig, ["view", "commit", "v"], who());
    assert.equal(rig.read("text"), "ONE\ntwo\nthree\nfour\nFIVE\n");
  }));

  test(`permissions of a directory that only one of the two has changed are no conflict (${whose})`, withRig((rig) => {
    furnish(rig);
    mkdirSync(rig.path("e"));
    rig.write("e/here", "here");
    rig.write("both/x", "x");
    tick(rig);
    ask(rig, ["view", "new", "v"], who());
    for (const name of ["d", "both"]) chmodSync(rig.path(name), 0o700);
    rig.write("e/there", "there");
    ask(rig, ["view", "enter", "v", "--", "sh", "-c", "echo y > d/y; chmod 711 e both"], who());
    const told = say(rig, ["view", "commit", "v"], who());
    assert.match(told.stderr, /"both": changed in the view and in the workspace/);
    assert.doesNotMatch(told.stderr, /"[de]"/);
    ask(rig, ["view", "commit", "v", "d", "e"], who());
    assert.deepEqual(["d", "e"].map((name) => (statSync(rig.path(name)).mode & 0o777).toString(8)), ["700", "711"]);
  }));

  test(`a file of the workspace that the view was not shown is not overwritten by one that it made (${whose})`, withRig((rig) => {
    furnish(rig);
    ask(rig, ["view", "new", "v"], who());
    rig.write("both", "workspace");
    ask(rig, ["view", "enter", "v", "--", "sh", "-c", "[ ! -e both ] && echo view > both"], who());
    const told = say(rig, ["view", "commit", "v"], who());
    assert.deepEqual([told.code, rig.read("both")], [4, "workspace"]);
  }));

  test(`what is changed in the workspace while a command runs in the view is named, and not there for the next one (${whose})`, { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
    furnish(rig);
    ask(rig, ["view", "new", "v"], who());
    const [program, ...words] = [...who(), FATHOM, "view", "enter", "v", "--", "sh", "-c", "echo ready; cat"];
    const child = spawn(program, words, { cwd: rig.work, env: { ...rig.env }, stdio: ["pipe", "pipe", "pipe"] });
    let told = "";
    child.stderr.on("data", (bytes: Buffer) => { told += bytes.toString(); });
    await new Promise<void>((resolve) => child.stdout.once("data", () => { resolve(); }));
    rig.write("staged", "other");
    renameSync(rig.path("staged"), rig.path("clean"));
    child.stdin.end();
    await new Promise<void>((resolve) => child.once("close", () => { resolve(); }));
    assert.match(told, /changed in the workspace while the command ran, which may have seen it so or as it was: "clean"/);
    assert.equal(ask(rig, ["view", "enter", "v", "--", "cat", "clean"], who()), "clean");
  }));

  test(`a list that somebody damaged is no reason to guess (${whose})`, withRig((rig) => {
    furnish(rig);
    ask(rig, ["view", "new", "v"], who());
    const path = ask(rig, ["view", "path", "v"], who()).trim().replace(/upper$/, "was");
    rig.write(path, "fathom was 1\0../../x\0");
    assert.match(say(rig, ["view", "enter", "v", "--", "true"], who()).stderr, /the list of that cannot be read/);
  }));
}
