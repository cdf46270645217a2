// Compiles the programs that random builds use beside the system's.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
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

/** The folder with a Node that starts the engine after a while, when most of what the engine looks at has been changed by later steps. */
export function lateNode(scratch: string): string {
  const folder = join(scratch, "late");
  mkdirSync(folder);
  writeFileSync(join(folder, "node"), `#!/bin/sh\ncase "$1" in */engine.js) sleep 0.5;; esac\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 });
  return folder;
}
