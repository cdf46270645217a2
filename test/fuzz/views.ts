// Random operations in a view and in a plain directory: every result and errno must
// be the same, the workspace must not change meanwhile, and once the view is
// committed it must be what the plain directory is; undone, what it was.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describeTree, differences, makeScratch, removeTree } from "../../src/base/scratch.ts";
import { confined } from "../rig/confined.ts";
import { Rig } from "../rig/rig.ts";
import { ORDINARY_USER, say, tick, tree, type Tried, type Who } from "../rig/view-rig.ts";
import { fuzzMovingView } from "./moving-view.ts";

const PROGRAM = join(import.meta.dirname, "view-operations.js");

/**
 * "lazy": by root, where some of the files are outputs without their bytes, which "redirect-lazy" is led into; "fixed": by leading calls, deterministic; "loose": by leading calls, not pinned, so
 * that guests look by themselves; "-moving": while the workspace is changed.
 */
export const TIERS = ["root", "user", "redirect", "redirect-user", "copy", "lazy", "redirect-lazy", "fixed", "loose", "root-moving", "redirect-moving", "redirect-user-moving"] as const;
export type FuzzedTier = (typeof TIERS)[number];

/** The same ways as the others, in another state. */
export const MORE_TIERS: ReadonlySet<FuzzedTier> = new Set(["redirect-lazy", "loose", "root-moving", "redirect-moving", "redirect-user-moving"]);

/** What goes before a command so that its views are of that tier. */
export function whoOf(tier: FuzzedTier): Who {
  switch (tier) {
    case "root": case "lazy": case "fixed": case "root-moving": return [];
    case "user": return [confined(), ...ORDINARY_USER];
    case "redirect": case "redirect-lazy": case "loose": case "redirect-moving": return [confined(), "deny=unshare:EPERM", "--"];
    case "redirect-user": case "redirect-user-moving": return [confined(), "deny=unshare,pidfd_getfd:EPERM", ...ORDINARY_USER];
    case "copy": return [confined(), "deny=unshare,ptrace:EPERM", "--"];
  }
}

const OUTPUTS = ["a", "o/a", "o/p/c"] as const;
/** Takes long enough to be stored. */
const MAKE = `i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; ${OUTPUTS.map((path, index) => `cp t/${String(index)} ${path}`).join("; ")}`;

/** The workspace has not what the store has: that is laid when it is replayed. */
function record(rig: Rig): void {
  for (const [index, path] of OUTPUTS.entries()) rig.write(`t/${String(index)}`, rig.read(path));
  rig.write("make.sh", MAKE);
  for (const path of OUTPUTS) rmSync(rig.path(path));
  tick(rig);
  rig.fathom(["sh", "make.sh"]);
  for (const path of OUTPUTS) rmSync(rig.path(path));
}

/** How its view is begun. */
export function beginOf(tier: FuzzedTier): readonly string[] {
  switch (tier) {
    case "loose": return ["try", "--keep", "--json"];
    case "lazy": case "redirect-lazy": return ["view", "new", "v", "--lazy-outputs"];
    case "fixed": return ["view", "new", "v", "--deterministic"];
    default: return ["view", "new", "v"];
  }
}

export const isOrdinary = (tier: FuzzedTier): boolean => tier.startsWith("user") || tier.startsWith("redirect-user");

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
    const isLazy = tier === "lazy" || tier === "redirect-lazy";
    if (isLazy) record(rig);
    const plain = join(scratch, "plain");
    cpSync(rig.work, plain, { recursive: true, verbatimSymlinks: true });
    const who = whoOf(tier);
    if (tier.endsWith("-moving")) for (const args of [["init", "-q", "."], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "one"]]) rig.bare(["git", ...args]);
    if (isOrdinary(tier)) rig.bare(["chown", "-R", "64321:64321", scratch]);
    tick(rig);
    const before = tree(rig);
    const workOf = (from: number, count: number): readonly string[] => [process.execPath, PROGRAM, String(from), String(count)];
    if (tier.endsWith("-moving")) return fuzzMovingView({ rig, plain, who, become: isOrdinary(tier) ? [confined(), ...ORDINARY_USER] : [] }, { seed, operations, workOf });
    const work = workOf(seed, operations);
    const command = isLazy ? ["sh", "-c", 'sh make.sh; exec "$@"', "sh", ...work] : work;
    const [program = "", ...words] = isOrdinary(tier) ? [...who, ...command] : command;
    const bare = spawnSync(program, words, { cwd: plain, env: { ...rig.env }, encoding: "utf8" });
    if (tier === "redirect-lazy") say(rig, [...beginOf(tier), "--", "sh", "make.sh"]);
    const seen = tier === "redirect-lazy" ? say(rig, ["view", "enter", "v", "--", ...work], who) : say(rig, [...beginOf(tier), "--", ...command], who);
    const view = tier === "loose" ? (JSON.parse(seen.stderr.trimEnd().split("\n").at(-1) ?? "") as Tried).view : "v";
    if (isLazy && readFileSync(join(say(rig, ["view", "path", view], who).stdout.trim(), "../laid"), "utf8").split("\n").length !== OUTPUTS.length + 1) return ["not all was laid"];
    const [expected, found] = [bare.stdout.split("\n"), seen.stdout.split("\n").slice(tier === "loose" || tier === "redirect-lazy" ? 0 : 1)];
    const other = found.findIndex((line, index) => line !== expected[index]);
    if (other >= 0 || found.length !== expected.length) return [`operation ${String(other)}: in the view "${found[other] ?? ""}", plainly "${expected[other] ?? ""}"${seen.stderr}`];
    const meanwhile = differences(tree(rig), before);
    if (meanwhile.length > 0) return [`changed before the commit: ${meanwhile.join(", ")}`];
    const committed = say(rig, ["view", "commit", view], who);
    for (const own of [".git", ".fathom"]) rmSync(join(plain, own), { recursive: true, force: true });
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
