// A workspace of its own for one test of the installed command: its own home,
// store, temporary folder, and a folder that is outside of all three. Commands
// run from Node as from any parent; the summary is read from the last line of
// stderr (--json). Nothing here waits for time.

import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync, chmodSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { VerifiedJson } from "../../src/cli/verified.ts";
import { makeScratch, removeTree } from "../../src/base/scratch.ts";
import { program } from "./programs.ts";

const root = join(import.meta.dirname, "../../../..");
export const FATHOM = join(root, "bin/fathom");

/** Beyond it a command is ended and its test has failed: a hang must not hang the tests. */
const COMMAND_MS_MAX = 60_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export interface Summary {
  /** Only with --verify. */
  readonly verified?: VerifiedJson;
  readonly processes: number;
  readonly replayed: number;
  readonly ran: number;
  readonly notStored: number;
  readonly reason?: { readonly program: string; readonly code: string; readonly text: string };
}

export interface Ran {
  readonly stdout: string;
  /** Of the command: the summary is taken off. */
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly summary: Summary;
}

export interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly flags?: readonly string[];
  /** What starts Fathom: its command line is put behind this. */
  readonly by?: readonly string[];
}

function isSummary(value: unknown): value is Summary {
  return typeof value === "object" && value !== null && "replayed" in value && "ran" in value && "notStored" in value;
}

/** Stderr without the summary at its end, and that summary. What the command said may end without a newline. */
export function splitSummary(stderr: string): { readonly stderr: string; readonly summary: Summary } {
  const at = stderr.lastIndexOf('{"processes":');
  const parsed: unknown = at >= 0 && stderr.endsWith("}\n") ? JSON.parse(stderr.slice(at)) : null;
  assert.ok(isSummary(parsed), `the last line of stderr is no summary: ${stderr.slice(-500)}`);
  return { stderr: stderr.slice(0, at), summary: parsed };
}

export interface Answered {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export class Rig {
  readonly scratch: string;
  readonly work: string;
  /** Neither workspace nor home nor temporary folder: where compilers and libraries are. */
  readonly outside: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(scratch: string) {
    this.scratch = scratch;
    this.work = join(scratch, "work");
    this.outside = join(scratch, "outside");
    for (const name of ["work", "home", "tmp", "outside"]) mkdirSync(join(scratch, name));
    this.env = {
      PATH: "/usr/bin:/bin", HOME: join(scratch, "home"), FATHOM_STORE: join(scratch, "store"), TMPDIR: join(scratch, "tmp"), LC_ALL: "C", TZ: "UTC",
      // The node that runs the tests, wherever it is.
      ...(existsSync("/usr/bin/node") ? {} : { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` }),
    };
  }

  /** One of test/traps/programs, compiled, copied into the workspace or to where it is said. */
  program(name: string, to = name): string {
    const path = this.path(to);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, readFileSync(program(name)));
    chmodSync(path, 0o755);
    return path;
  }

  path(name: string): string {
    return name.startsWith("/") ? name : join(this.work, name);
  }

  write(name: string, text: string | Buffer, mode?: number): void {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (mode !== undefined) chmodSync(path, mode);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** Without Fathom: what the command itself does. */
  bare(command: readonly string[], options: Options = {}): { readonly stdout: string; readonly stderr: string; readonly code: number | null } {
    const [file = "", ...args] = command;
    const run = spawnSync(file, args, { ...this.#spawning(options), encoding: "latin1", timeout: COMMAND_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX });
    return { stdout: run.stdout, stderr: run.stderr, code: run.status };
  }

  fathom(command: readonly string[], options: Options = {}): Ran {
    const args = ["--json", ...(options.flags ?? []), "--", ...command];
    const { input, by = [], ...rest } = options;
    const [file = FATHOM, ...line] = [...by, FATHOM, ...args];
    const run = spawnSync(file, line, {
      ...this.#spawning(rest), encoding: "latin1", timeout: COMMAND_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX,
      ...(input === undefined ? { stdio: ["ignore", "pipe", "pipe"] } : { input }),
    });
    if (run.error !== undefined) throw run.error;
    return { ...splitSummary(run.stderr), stdout: run.stdout, code: run.status, signal: run.signal };
  }

  /** Another command of Fathom's own, such as "why". */
  ask(args: readonly string[], cwd = this.work): Answered {
    const run = spawnSync(FATHOM, args, { cwd, env: { ...this.env }, encoding: "utf8" });
    return { stdout: run.stdout, stderr: run.stderr, code: run.status };
  }

  sh(script: string, options: Options = {}): Ran {
    return this.fathom(["sh", "-c", script], options);
  }

  /** Runs on: for tests that do something meanwhile. `isLeader`: of a session and group of its own. */
  start(command: readonly string[], options: Options = {}, isLeader = false): Running {
    const args = ["--json", ...(options.flags ?? []), "--", ...command];
    return new Running(spawn(FATHOM, args, { ...this.#spawning(options), stdio: ["ignore", "pipe", "pipe"], detached: isLeader }));
  }

  #spawning(options: Options): { cwd: string; env: Record<string, string> } {
    return { cwd: options.cwd ?? this.work, env: { ...this.env, ...options.env } };
  }
}

/** A command under way. Events are awaited, never times. */
export class Running {
  readonly child: ChildProcess;
  readonly done: Promise<Ran | Omit<Ran, "summary">>;
  #stdout = "";
  #stderr = "";
  #waiting: (() => void)[] = [];

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding("latin1").on("data", (text: string) => {
      this.#stdout += text;
      for (const wake of this.#waiting.splice(0)) wake();
    });
    child.stderr?.setEncoding("latin1").on("data", (text: string) => { this.#stderr += text; });
    this.done = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        for (const wake of this.#waiting.splice(0)) wake();
        const plain = { stdout: this.#stdout, stderr: this.#stderr, code, signal };
        resolve(this.#stderr.trimEnd().endsWith("}") ? { ...plain, ...splitSummary(this.#stderr) } : plain);
      });
    });
  }

  /** When the command has said this on stdout: all that it has said. */
  async says(text: string | RegExp): Promise<string> {
    while (typeof text === "string" ? !this.#stdout.includes(text) : !text.test(this.#stdout)) {
      assert.equal(this.child.exitCode, null, `the command ended before it said "${String(text)}": ${this.#stderr}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.#stdout;
  }

  async summary(): Promise<Ran> {
    const ran = await this.done;
    assert.ok("summary" in ran, `no summary: ${ran.stderr}`);
    return ran;
  }
}

export function withRig(body: (rig: Rig) => void): () => void {
  return () => {
    const scratch = makeScratch("fathom-trap");
    try {
      body(new Rig(scratch));
    } finally {
      removeTree(scratch);
    }
  };
}

function removeQuietly(scratch: string): void {
  try {
    removeTree(scratch);
  } catch {
    // Left behind.
  }
}

/** For tests that wait for events: `test(name, { timeout: EVENT_MS_MAX }, withRigAsync(...))`. */
export const EVENT_MS_MAX = 30_000;

export function withRigAsync(body: (rig: Rig) => Promise<void>): () => Promise<void> {
  return async () => {
    const scratch = makeScratch("fathom-trap");
    try {
      await body(new Rig(scratch));
    } catch (wrong) {
      removeQuietly(scratch); // What is still running may write there: the first error is the one to show.
      throw wrong;
    }
    removeTree(scratch);
  };
}

export function assertReplayed(ran: Ran, what = ""): void {
  assert.deepEqual([ran.summary.replayed, ran.summary.ran, ran.summary.reason], [1, 0, undefined], `${what} should be replayed: ${JSON.stringify(ran)}`.slice(0, 2000));
}

/** It ran, and is stored unless `code` says why not. */
export function assertRan(ran: Ran, code?: string): void {
  const { replayed, ran: units, reason } = ran.summary;
  assert.deepEqual({ replayed, didRun: units > 0, code: reason?.code }, { replayed: 0, didRun: true, code }, JSON.stringify(ran).slice(0, 2000));
}
