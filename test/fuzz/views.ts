// Random operations in a view and in a plain directory: every result and errno must
// be the same, the workspace must not change meanwhile, and once the view is
// committed it must be what the plain directory is; undone, what it was.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describeTree, differences, makeScratch, removeTree } from "../../src/base/scratch.ts";
import { confined } from "../rig/confined.ts";
import { Rig } from "../rig/rig.ts";
import { ORDINARY_USER, say, tick, tree, type Who } from "../rig/view-rig.ts";

const PROGRAM = join(import.meta.dirname, "view-operations.js");

export const TIERS = ["root", "user", "redirect", "redirect-user", "copy"] as const;
export type FuzzedTier = (typeof TIERS)[number];

/** What goes before a command so that its views are of that tier. */
export function whoOf(tier: FuzzedTier): Who {
  switch (tier) {
    case "root": return [];
    case "user": return [confined(), ...ORDINARY_USER];
    case "redirect": return [confined(), "deny=unshare:EPERM", "--"];
    case "redirect-user": return [confined(), "deny=unshare,pidfd_getfd:EPERM", ...ORDINARY_USER];
    case "copy": return [confined(), "deny=unshare,ptrace:EPERM", "--"];
  }
}

function furnish(rig: Rig): void {
  mkdirSync(rig.path(".git"));
  for (const [path, text] of [["a", "a"], ["b", "bb".repeat(3000)], ["o/a", "oa"], ["o/b", "ob"], ["o/p/a", "opa"], ["o/p/c", "opc"]] as const) rig.write(path, `${text}\n`);
  symlinkSync("a", rig.path("link"));
  symlinkSync("p", rig.path("o/link"));
}

/** What is wrong; none: nothing. */
export function fuzzView(seed: number, operations: number, tier: FuzzedTier): readonly string[] {
  const scratch = makeScratch("fathom-fuzz-view");
  try {
    const rig = new Rig(scratch);
    furnish(rig);
    const plain = join(scratch, "plain");
    cpSync(rig.work, plain, { recursive: true, verbatimSymlinks: true });
    const who = whoOf(tier);
    const isOrdinary = tier === "user" || tier === "redirect-user";
    if (isOrdinary) rig.bare(["chown", "-R", "64321:64321", scratch]);
    tick(rig);
    const before = tree(rig);
    const command = [process.execPath, PROGRAM, String(seed), String(operations)];
    const [program = "", ...words] = isOrdinary ? [...who, ...command] : command;
    const bare = spawnSync(program, words, { cwd: plain, env: { ...rig.env }, encoding: "utf8" });
    const seen = say(rig, ["view", "new", "v", "--", ...command], who);
    const [expected, found] = [bare.stdout.split("\n"), seen.stdout.split("\n").slice(1)];
    const other = found.findIndex((line, index) => line !== expected[index]);
    if (other >= 0 || found.length !== expected.length) return [`operation ${String(other)}: in the view "${found[other] ?? ""}", plainly "${expected[other] ?? ""}"${seen.stderr}`];
    const meanwhile = differences(tree(rig), before);
    if (meanwhile.length > 0) return [`changed before the commit: ${meanwhile.join(", ")}`];
    const committed = say(rig, ["view", "commit", "v"], who);
    rmSync(join(plain, ".git"), { recursive: true });
    const is = new Map([...tree(rig)].filter(([path]) => path !== ".git"));
    const wrong = differences(is, describeTree(plain)).map((path) => `committed, ${path} is ${is.get(path) ?? "missing"}`);
    if (committed.code !== 0 || wrong.length > 0) return [`commit ended with ${String(committed.code)}: ${committed.stderr}`, ...wrong];
    const undone = say(rig, ["undo"], who);
    const left = differences(tree(rig), before);
    // What came to nothing has nothing to undo.
    return left.length === 0 ? [] : [`undo ended with ${String(undone.code)}: ${undone.stderr}`, ...left.map((path) => `undone, ${path} is not what it was`)];
  } finally {
    removeTree(scratch);
  }
}
