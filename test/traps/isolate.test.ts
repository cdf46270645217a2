// `fathom exec --isolate`: what a command makes is there when it has succeeded, and
// nothing of it before, or else.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { EVENT_MS_MAX, FATHOM, withRig, withRigAsync, type Rig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";
import { ask, say, tick, tree } from "../rig/view-rig.ts";

function furnish(rig: Rig): void {
  rig.bare(["git", "init", "-q"]);
  rig.write("main.c", worthStoring("int main(void) { return 0; }\n"));
  rig.write("other", "other");
  rig.write("Makefile", "all: main last\nmain: main.c\n\t$(CC) -o $@ $<\nlast: main\n\t@$(LAST)\n\ttouch $@\n");
  tick(rig);
}

const isolated = (...command: readonly string[]): readonly string[] => ["exec", "--isolate", "--", ...command];

test("what a build makes is there when it has succeeded, and can be undone", withRig((rig) => {
  furnish(rig);
  const before = tree(rig);
  const told = say(rig, isolated("make", "LAST=test ! -e $(CURDIR)/nothing"));
  assert.deepEqual([told.code, existsSync(rig.path("main")), existsSync(rig.path("last"))], [0, true, true]);
  assert.match(told.stderr, /2 changes published/);
  ask(rig, ["undo"]);
  assert.deepEqual(tree(rig), before);
}));

test("a build that fails at its end leaves nothing, and its exit code is the command's", withRig((rig) => {
  furnish(rig);
  const before = tree(rig);
  const told = say(rig, isolated("make", "LAST=false"));
  assert.deepEqual([told.code, tree(rig)], [2, before]);
  assert.equal(ask(rig, ["view", "list"]), "There are no views of this workspace\n");
}));

/** Runs one that waits to be told, and does `meanwhile` in between. */
async function during(rig: Rig, script: string, meanwhile: () => void): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = spawn(FATHOM, [...isolated("sh", "-c", `cat main.c > copy; echo ready; read line; ${script}`)], { cwd: rig.work, env: { ...rig.env }, stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => { stderr += bytes.toString(); });
  await new Promise<void>((resolve) => child.stdout.once("data", () => { resolve(); }));
  meanwhile();
  child.stdin.end("go\n");
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stderr };
}

test("nothing appears when what the command read has changed meanwhile, and the view is kept", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  furnish(rig);
  const told = await during(rig, "exit 0", () => { rig.write("main.c", "int main(void) { return 1; }\n"); });
  assert.deepEqual([told.code, existsSync(rig.path("copy"))], [4, false]);
  assert.match(told.stderr, /not published: it was made of what has changed in the workspace since: "main.c"/);
  assert.match(ask(rig, ["view", "list"]), /isolate-/);
}));

test("what changed meanwhile and is nobody's business keeps nothing back", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  furnish(rig);
  const told = await during(rig, "exit 0", () => { rig.write("other", "x"); });
  assert.deepEqual([told.code, rig.read("copy")], [0, rig.read("main.c")], told.stderr);
}));

test("a name that came to the workspace meanwhile is a doubt, since the command may have listed it", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  furnish(rig);
  const told = await during(rig, "exit 0", () => { rig.write("came", "x"); });
  assert.deepEqual([told.code, existsSync(rig.path("copy"))], [4, false]);
}));

test("where it cannot be had with another way to run, that is said", withRig((rig) => {
  furnish(rig);
  assert.equal(say(rig, ["exec", "--isolate", "--verify", "--", "true"]).code, 2);
  assert.equal(say(rig, ["exec", "--isolate"]).code, 2);
}));
