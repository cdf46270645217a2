// Many Fathoms at once, on one tree or on one store, while others collect and
// clear it: each result is that of a build alone, and nobody waits for anybody.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { describeTree } from "../../src/base/scratch.ts";
import { FATHOM, withRigAsync, type Rig } from "../rig/rig.ts";

const TOGETHER_MS_MAX = 90_000;

/** Names are taken by rename, so that two builds of one tree never see half of a file of the other. */
const MAKEFILE = `all: app listing
%.o: %.c h.h
\tcc -c $< -o $(WHO).$@ && mv $(WHO).$@ $@
app: a.o b.o
\tcc -o $(WHO).app a.o b.o && mv $(WHO).app app && ./app
listing: a.c b.c h.h
\tcat a.c b.c h.h | sort > $(WHO).listing && cat $(WHO).listing $(WHO).listing | wc -c && mv $(WHO).listing listing
`;

function makeTree(rig: Rig, folder: string, value: number): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  rig.write(join(folder, "Makefile"), MAKEFILE);
  rig.write(join(folder, "h.h"), `#define VALUE ${String(value)}\n`);
  rig.write(join(folder, "a.c"), '#include "h.h"\nint b(void);\nint main(void) { return b() - VALUE; }\n');
  rig.write(join(folder, "b.c"), '#include "h.h"\n#include <stdio.h>\nint b(void) { printf("value %d\\n", VALUE); return VALUE; }\n');
}

interface Done { readonly code: number | null; readonly said: string }

async function run(rig: Rig, folder: string, argv: readonly string[]): Promise<Done> {
  const child = spawn("env", argv, { cwd: folder, env: rig.env, stdio: ["ignore", "pipe", "inherit"], timeout: TOGETHER_MS_MAX, killSignal: "SIGKILL" });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => { said += text; });
  const code = await new Promise<number | null>((resolve) => { child.once("close", resolve); });
  return { code, said };
}

const build = (rig: Rig, folder: string, who: string): Promise<Done> => run(rig, folder, [FATHOM, "--quiet", "--", "make", "-s", `WHO=${who}`]);

/** What a build alone makes of it. */
async function alone(rig: Rig, value: number): Promise<readonly [Done, ReadonlyMap<string, string>]> {
  const folder = join(rig.scratch, "alone");
  makeTree(rig, folder, value);
  return [await run(rig, folder, ["make", "-s", "WHO=one"]), describeTree(folder)];
}

test("two Fathoms build one tree at once, and it is what one build makes", { timeout: TOGETHER_MS_MAX }, withRigAsync(async (rig) => {
  for (const value of [1, 2, 1, 2]) {
    const [, tree] = await alone(rig, value);
    makeTree(rig, rig.work, value);
    const both = await Promise.all([build(rig, rig.work, "one"), build(rig, rig.work, "two")]);
    assert.deepEqual(both.map(({ code }) => code), [0, 0]);
    assert.deepEqual(describeTree(rig.work), tree);
  }
}));

test("eight Fathoms share a store that is collected and cleared meanwhile, and all are right", { timeout: TOGETHER_MS_MAX }, withRigAsync(async (rig) => {
  const folders = Array.from({ length: 8 }, (_, which) => join(rig.scratch, `copy-${String(which)}`));
  for (const value of [1, 1, 2]) {
    const [done, tree] = await alone(rig, value);
    for (const folder of folders) makeTree(rig, folder, value);
    const building = { left: folders.length };
    const built = folders.map(async (folder) => {
      const result = await build(rig, folder, "one");
      building.left--;
      return result;
    });
    const upkeep = async (): Promise<void> => {
      for (let round = 0; building.left > 0; round++) {
        const swept = await run(rig, rig.scratch, [FATHOM, "cache", ...(round % 2 === 0 ? ["gc", "--max-size", "0"] : ["clear"])]);
        assert.equal(swept.code, 0);
      }
    };
    const [results] = await Promise.all([Promise.all(built), upkeep()]);
    for (const [which, result] of results.entries()) {
      assert.deepEqual(result, done);
      assert.deepEqual(describeTree(folders[which] ?? ""), tree);
    }
  }
  const verified = await run(rig, rig.scratch, [FATHOM, "cache", "verify"]);
  assert.equal(verified.code, 0, verified.said);
}));
