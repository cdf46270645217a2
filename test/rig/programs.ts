// The small C programs of the traps, compiled when first asked for and shared by
// the tests of one file.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeScratch, removeTree } from "../../src/base/scratch.ts";

const sources = join(import.meta.dirname, "../../../../test/traps/programs");

let folder: string | null = null;

/** The compiled program of that name. "name" is dynamic, "name.static" is linked statically. */
export function program(name: string): string {
  if (folder === null) {
    const made = makeScratch("fathom-programs");
    folder = made;
    process.once("exit", () => removeTree(made));
  }
  const [plain = "", link] = name.split(".");
  const path = join(folder, name);
  if (!existsSync(path)) {
    const args = ["-O1", "-Wall", "-D_GNU_SOURCE", ...(link === undefined ? [] : [`-${link}`]), "-o", path, join(sources, `${plain}.c`), "-lpthread"];
    const built = spawnSync("cc", args, { encoding: "utf8" });
    assert.equal(built.status, 0, built.stderr);
  }
  return path;
}
