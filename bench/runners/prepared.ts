// The workspace of workspace.ts, made and installed once, and kept for the next time.

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../shell.ts";
import { makeWorkspace, nameOf, type Shape } from "./workspace.ts";

export function prepared(work: string, name: string, shape: Shape): string {
  const folder = join(work, name);
  if (existsSync(join(folder, "ready"))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  makeWorkspace(folder, shape);
  run(["npm", "install", "--no-audit", "--no-fund"], folder, process.env);
  run(["sh", "-ec", "git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm all"], folder, process.env);
  writeFileSync(join(folder, "ready"), "");
  return folder;
}

/** The one that its build reads. */
export const sourceOf = (folder: string, which: number): string => join(folder, "packages", nameOf(which), "src/0.js");
