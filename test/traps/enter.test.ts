// `fathom enter`: what a past step was given is there again, and only in the view.

import assert from "node:assert/strict";
import { rmSync, unlinkSync } from "node:fs";
import { test } from "node:test";
import { withRig, type Rig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";
import { ask, led, say, tick, type Who } from "../rig/view-rig.ts";

const git = (rig: Rig, ...args: readonly string[]): unknown => rig.bare(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", ...args]);

/** A build of two steps, of which the second reads what the first made; what was a source then is in git. */
function built(rig: Rig): void {
  git(rig, "init", "-q");
  rig.write(".gitignore", "*.o\nmain\n");
  rig.write("main.c", worthStoring("#include \"value.h\"\nint main(void) { return VALUE; }\n"));
  rig.write("d/deep/value.h", "#define VALUE 7\n");
  rig.write("Makefile", "main: main.o\n\t$(CC) -o $@ $<\nmain.o: main.c\n\t$(CC) -Iappears -Id/deep -c $<\n");
  git(rig, "add", ".");
  git(rig, "commit", "-qm", "one");
  tick(rig);
  ask(rig, ["exec", "--", "make"]);
}

for (const [whose, who] of [["mounted", (): Who => []], ["without a mount", led]] as const) {
  test(`a compile is run again with what it read then, though headers changed, went and came since (${whose})`, withRig((rig) => {
    built(rig);
    rig.write("main.c", "int main(void) { return 99; }\n");
    rmSync(rig.path("d"), { recursive: true });
    rig.write("appears/value.h", "#define VALUE 1\n");
    const told = say(rig, ["enter", "main.c", "--", "sh", "-c", "cc -Iappears -Id/deep main.c -o t && ./t"], who());
    assert.equal(told.code, 7, told.stderr);
    assert.match(told.stderr, /names? put back/);
    assert.match(rig.read("main.c"), /99/);
  }));

  test(`what the store kept of an output is what a later step was given (${whose})`, withRig((rig) => {
    built(rig);
    unlinkSync(rig.path("main.o"));
    const told = say(rig, ["enter", "main main.o", "--", "sh", "-c", "cc -o other main.o && ./other"], who());
    assert.equal(told.code, 7, told.stderr);
  }));
}

test("what nobody has any more is named, and is what it is now", withRig((rig) => {
  built(rig);
  rig.write("never.c", worthStoring("int never;\n"));
  tick(rig);
  ask(rig, ["exec", "--", "cc", "-c", "never.c"]);
  rig.write("never.c", "changed\n");
  const told = say(rig, ["enter", "never.c", "--", "cat", "never.c"]);
  assert.deepEqual([told.code, told.stdout], [0, "changed\n"], told.stderr);
  assert.match(told.stderr, /nobody has any more what it was, so it is as it is now: "[^"]*\/never.c"/);
}));

test("a view that nothing was changed in is gone afterwards, another one is kept", withRig((rig) => {
  built(rig);
  ask(rig, ["enter", "main.c", "--", "true"]);
  assert.match(ask(rig, ["view", "list"]), /no views/);
  ask(rig, ["enter", "main.c", "--", "sh", "-c", "echo x > x"]);
  assert.match(ask(rig, ["view", "list"]), /enter-\w+ .*1 added/);
}));

test("a run or a step that is not known is said not to be", withRig((rig) => {
  built(rig);
  assert.deepEqual([say(rig, ["enter", "nosuchrun:main.c"]).code, say(rig, ["enter", "nosuchstep"]).code], [2, 2]);
}));
