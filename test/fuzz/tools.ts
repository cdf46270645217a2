// Compiles the programs that random builds use beside the system's.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const source = join(import.meta.dirname, "../../../../test/fuzz/tool.c");

/** The folder with "tool" and "tool.static". */
export function compileTools(scratch: string): string {
  const folder = join(scratch, "tools");
  mkdirSync(folder);
  for (const [name, link] of [["tool", []], ["tool.static", ["-static"]]] as const) {
    const made = spawnSync("cc", ["-O1", "-Wall", "-Wextra", ...link, "-o", join(folder, name), source], { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`Cannot compile ${source}: ${made.stderr}`);
  }
  return folder;
}
