// What is hidden from a view is not there, and a commit leaves it alone.

import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { test } from "node:test";
import { withRig, type Rig } from "../rig/rig.ts";
import { ask, attempt, giveTo, led, say, tick, WAYS, type Who } from "../rig/view-rig.ts";

function furnish(rig: Rig): void {
  mkdirSync(rig.path(".git"));
  for (const path of [".env", "a", "d/.env", "d/b", "secret/deep/s", "secret.txt"]) rig.write(path, `${path}\n`);
  tick(rig);
}

const HIDE = ["--hide", ".env", "--hide", "secret/*"];

for (const { name, who, skip } of WAYS) {
  test(`names that match are not there for a command of ${name}, by whatever way it looks`, { skip }, withRig((rig) => {
    furnish(rig);
    giveTo(rig, who());
    const told = ask(rig, ["view", "new", "v", ...HIDE, "--", "sh", "-c", "find . -type f | grep -v '^./.fathom/' | sort; cat .env d/.env secret/deep/s 2>&1 | grep -c 'No such file'"], who());
    assert.equal(told, "v\n./a\n./d/b\n./secret.txt\n3\n");
    assert.equal(rig.read("d/.env"), "d/.env\n");
  }));
}

for (const [whose, who] of [["mounted", (): Who => []], ["without a mount", led]] as const) {
  test(`a hidden name that comes to the workspace later is hidden as well (${whose})`, withRig((rig) => {
    furnish(rig);
    ask(rig, ["view", "new", "v", ...HIDE], who());
    rig.write("new/.env", "new");
    assert.equal(ask(rig, ["view", "enter", "v", "--", "sh", "-c", "find . -name .env"], who()), "");
  }));

  test(`a hidden name that has gone from the workspace is hidden as well, though the view still has its folder (${whose})`, withRig((rig) => {
    furnish(rig);
    ask(rig, ["view", "new", "v", ...HIDE], who());
    rmSync(rig.path("d"), { recursive: true });
    assert.equal(ask(rig, ["view", "enter", "v", "--", "sh", "-c", "ls -A d"], who()), "b\n");
  }));

  test(`what is hidden is neither overwritten nor removed by a commit, and that is said (${whose})`, withRig((rig) => {
    furnish(rig);
    const made = attempt(rig, [...HIDE, "--commit"], "echo mine > .env; rm -r d secret; echo x > a", who());
    assert.deepEqual([made.became, made.conflicts?.map(({ path, reason }) => `${path} ${reason}`)], ["kept", [".env hidden", "d hidden", "secret hidden"]]);
    assert.deepEqual([rig.read(".env"), rig.read("d/.env"), rig.read("a")], [".env\n", "d/.env\n", "a\n"]);
    assert.equal(say(rig, ["view", "commit", made.view, "a"], who()).code, 0);
    assert.equal(rig.read("a"), "x\n");
  }));

  test(`a command that did not see a file is run again where it is there (${whose})`, withRig((rig) => {
    furnish(rig);
    const script = ["sh", "-c", "if [ -e .env ]; then cat .env; else echo none; fi"];
    assert.match(ask(rig, ["view", "new", "v", ...HIDE, "--", ...script], who()), /none/);
    assert.match(ask(rig, ["exec", "--", ...script], who()), /\.env/);
  }));
}
