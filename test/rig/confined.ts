// Places that refuse things: the command of a test is started by
// native/test/confined.c, which installs a filter, a limit, a mount or a ruleset
// first. What Fathom does there is compared with what the command does there alone.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describeTree, makeScratch, removeTree } from "../../src/base/scratch.ts";
import { FATHOM, splitSummary, type Rig } from "./rig.ts";

const source = join(import.meta.dirname, "../../../../native/test/confined.c");

/** What confined.c ends with when this machine cannot refuse that. */
const CANNOT = 126;

let built: string | null = null;

/** The program, compiled when first asked for. */
export function confined(): string {
  if (built !== null) return built;
  const folder = makeScratch("fathom-confined");
  process.once("exit", () => { removeTree(folder); });
  const program = join(folder, "confined");
  const made = spawnSync("cc", ["-O1", "-Wall", "-D_GNU_SOURCE", "-o", program, source], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  return built = program;
}

/** Why a test of these refusals cannot be made here; false when it can. */
export function cannotConfine(refusals: readonly string[]): string | false {
  const tried = spawnSync(confined(), [...refusals, "--", "true"], { encoding: "utf8" });
  return tried.status === CANNOT ? `this machine or user cannot refuse that: ${tried.stderr.trim()}` : false;
}

/** Without Fathom's own part of stderr, which comes in whole lines at its beginning or end. */
export interface There {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly files: ReadonlyMap<string, string>;
}

export interface Place {
  readonly rig: Rig;
  readonly refusals: readonly string[];
  /** Where the refusals make it another user. */
  readonly isWorldWritable?: boolean;
}

/** Beyond it there is a hang. */
const PLACE_MS_MAX = 30_000;

function run({ rig, refusals, isWorldWritable = false }: Place, command: readonly string[]): There {
  removeTree(rig.work);
  mkdirSync(rig.work);
  if (isWorldWritable) chmodSync(rig.work, 0o777);
  rig.write("a", "alpha\n");
  const done = spawnSync(confined(), [...refusals, "--", ...command], {
    cwd: rig.work, env: rig.env, encoding: "latin1", timeout: PLACE_MS_MAX, killSignal: "SIGKILL", stdio: ["ignore", "pipe", "pipe"] });
  assert.equal(done.error, undefined, `${refusals.join(" ")}: ${String(done.error)}`);
  return { stdout: done.stdout, stderr: done.stderr, code: done.status, signal: done.signal, files: new Map(describeTree(rig.work)) };
}

/** The same streams, end and files as alone there. Gives back how many units were replayed the second time. */
export function worksIn(place: Place, command: readonly string[]): number {
  const alone = run(place, command);
  let replayed = 0;
  for (const which of ["first", "second"]) {
    const { stderr, ...rest } = run(place, [FATHOM, "--json", "--", ...command]);
    const split = splitSummary(stderr);
    assert.deepEqual({ ...rest, stderr: split.stderr }, alone, `${which} run under ${place.refusals.join(" ")}`);
    replayed = split.summary.replayed;
  }
  return replayed;
}

/** The same as alone there, and exactly this sentence besides. */
export function saysIn(place: Place, command: readonly string[], sentence: RegExp): void {
  const alone = run(place, command);
  for (const which of ["first", "second"]) {
    const { stderr, ...rest } = run(place, [FATHOM, "--", ...command]);
    const lines = stderr.split(/(?<=\n)/);
    const ours = lines.filter((line) => line.startsWith("fathom: ") || line.startsWith("  "));
    const theirs = lines.filter((line) => !ours.includes(line)).join("");
    assert.deepEqual({ ...rest, stderr: theirs }, alone, `${which} run under ${place.refusals.join(" ")}`);
    assert.equal(ours.filter((line) => line.startsWith("fathom: ")).length, 1, stderr);
    assert.match(ours[0] ?? "", sentence);
  }
}
