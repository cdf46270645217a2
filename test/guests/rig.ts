// A guest must behave exactly as without Fathom: the same exit code, the same
// bytes on stdout and stderr, the same files. The rig runs a command bare, under
// Fathom, and under Fathom again (where it may be replayed), each in a folder of
// its own that is empty at first, and says where they differ.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { describeTree } from "../../src/base/scratch.ts";

export const root = join(import.meta.dirname, "../../../..");
export const fathom = join(root, "bin/fathom");

/** A guest that hangs is ended, and has failed. */
const COMMAND_MS_MAX = 60_000;

/** One folder a test file, gone at its end. */
export const scratch = realpathSync(mkdtempSync(join(tmpdir(), "fathom-guest-")));
after(() => rmSync(scratch, { recursive: true, force: true }));

export type Linking = "dynamic" | "static";

/** Compiles native/test/<name>.c; returns the program's path. */
export function program(name: string, flags: readonly string[] = []): string {
  const out = join(scratch, [name, ...flags].join("").replace(/[^\w-]/g, "_"));
  if (existsSync(out)) return out;
  const made = spawnSync("gcc", ["-O1", "-Wall", "-Wextra", "-pthread", ...flags, "-o", out, join(root, `native/test/${name}.c`)], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  return out;
}

/** Can this machine compile with these flags? */
export function compiles(flags: readonly string[]): boolean {
  return spawnSync("gcc", [...flags, "-x", "c", "-", "-o", "/dev/null"], { input: "#include <stdio.h>\nint main(void) { return 0; }\n" }).status === 0;
}

export const hasTool = (name: string): boolean => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;

export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly files: Readonly<Record<string, string>>;
}

export interface Summary {
  readonly processes: number;
  readonly replayed: number;
  readonly ran: number;
  readonly notStored: number;
  readonly reason?: { readonly code: string };
}

export interface Options {
  readonly env?: Readonly<Record<string, string>>;
  /** What is the same in every run although the bytes differ. */
  readonly mask?: (text: string) => string;
  /** Started through this: setpriv, script, ... */
  readonly through?: readonly string[];
}

let runs = 0;

function run(argv: readonly string[], folder: string, options: Options): Outcome {
  const [command = "", ...args] = [...(options.through ?? []), ...argv];
  const env = { PATH: process.env["PATH"] ?? "", HOME: scratch, TMPDIR: scratch, LC_ALL: "C", TERM: "dumb", ...options.env };
  const done = spawnSync(command, args, { cwd: folder, env, encoding: "latin1", timeout: COMMAND_MS_MAX, killSignal: "SIGKILL", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "pipe"] });
  assert.equal(done.error, undefined, `${argv.join(" ")}: ${String(done.error)}`);
  return { code: done.status, signal: done.signal, stdout: done.stdout, stderr: done.stderr, files: Object.fromEntries(describeTree(folder)) };
}

function emptied(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

/** The summary is the last line of stderr; the rest is the command's own. */
function withoutSummary(outcome: Outcome): { readonly outcome: Outcome; readonly summary: Summary } {
  const at = outcome.stderr.lastIndexOf('{"processes"');
  assert.ok(at >= 0, `no summary: ${outcome.stderr}`);
  return { outcome: { ...outcome, stderr: outcome.stderr.slice(0, at) }, summary: JSON.parse(outcome.stderr.slice(at)) as Summary };
}

export interface Same {
  readonly bare: Outcome;
  readonly first: Summary;
  readonly again: Summary;
}

/** Bare, observed and replayed must be one and the same. */
export function sameAsBare(argv: readonly string[], options: Options = {}): Same {
  const folder = join(scratch, `run-${String(runs++)}`);
  const store = `${folder}-store`;
  const mask = options.mask ?? ((text: string): string => text);
  const masked = (outcome: Outcome): Outcome => ({ ...outcome, stdout: mask(outcome.stdout), stderr: mask(outcome.stderr) });
  const bare = masked(run(argv, emptied(folder), options));
  const tapped = { ...options, env: { ...options.env, FATHOM_STORE: store } };
  const command = [fathom, "--json", "--", ...argv];
  const first = withoutSummary(run(command, emptied(folder), tapped));
  assert.deepEqual(masked(first.outcome), bare, "observed");
  const again = withoutSummary(run(command, emptied(folder), tapped));
  assert.deepEqual(masked(again.outcome), bare, "once more, replayed where it was stored");
  return { bare, first: first.summary, again: again.summary };
}
