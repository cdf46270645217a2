// Where and on what a sample was measured: a figure without it means nothing.

import { spawnSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";
import { root } from "../scripts/bundle.ts";

export interface Machine {
  readonly at: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly commit: string;
  /** Whether what was measured is not what is committed. */
  readonly isDirty: boolean;
}

const git = (...args: string[]): string => spawnSync("git", ["-C", root, ...args], { encoding: "utf8" }).stdout.trim();

let known: Omit<Machine, "at"> | null = null;

export function machine(): Machine {
  known ??= {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.version,
    commit: git("rev-parse", "HEAD"),
    isDirty: git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results") !== "",
  };
  return { at: new Date(Date.now()).toISOString(), ...known };
}
