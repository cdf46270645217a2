// A workspace of two packages, for tests of the plan of a whole `fathom run`: a task
// that lists a folder, looks for what is not there, asks for a variable and a tool, and
// makes what nobody declares; another that reads what the first makes. Node itself
// leaves a mark where no unit sees it, so that it is known whether any was started.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describeTree } from "../../src/base/scratch.ts";
import { settle } from "./make-rig.ts";
import { FATHOM, withRig, type Options, type Rig } from "./rig.ts";

/** Enough work to be worth storing (MIN_CPU_NS). */
const WORK = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";

export const SCRIPTS = {
  a: `${WORK}; mkdir -p dist; { cat src/in; ls src; cat opt 2>/dev/null; echo "flavor $FLAVOR"; tool; } > dist/out; cat dist/out > extra; echo built a; echo warned >&2`,
  b: `${WORK}; cat ../a/dist/out src/in > out; echo built b`,
} as const;

export const HAS_TERMINALS = spawnSync("script", ["--version"]).status === 0;

/** What tasks write. */
const OUTPUTS: readonly string[] = ["packages/a/dist", "packages/a/extra", "packages/b/out"];
const RUNS_MAX = 6;

export interface TasksRan {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  /** Nothing but the supervisor was started. */
  readonly isByPlan: boolean;
}

export class TasksRig {
  readonly rig: Rig;
  readonly #mark: string;
  #env: Readonly<Record<string, string>>;
  #fathom = FATHOM;

  constructor(rig: Rig) {
    this.rig = rig;
    this.#mark = rig.path(".fathom/node-was-started");
    const preload = join(rig.scratch, "mark.cjs");
    rig.write(preload, `try { require("node:fs").writeFileSync(${JSON.stringify(this.#mark)}, ""); } catch {}\n`);
    this.#env = { ...rig.env, NODE_OPTIONS: `--require=${preload}` };
    mkdirSync(rig.path(".fathom"));
    rig.write("package.json", JSON.stringify({ name: "root", workspaces: ["packages/*"] }));
    this.script("a", SCRIPTS.a);
    this.script("b", SCRIPTS.b, { a: "*" });
    rig.write("packages/a/src/in", "alpha\n");
    rig.write("packages/b/src/in", "beta\n");
    rig.write("node_modules/.bin/tool", "#!/bin/sh\necho tool 1\n", 0o755);
    rig.bare(["git", "init", "-q"]);
    settle();
  }

  script(name: string, build: string, dependencies: Readonly<Record<string, string>> = {}): void {
    this.rig.write(`packages/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", scripts: { build }, dependencies }));
  }

  setEnv(env: Readonly<Record<string, string>>): void {
    this.#env = { ...this.#env, ...env };
  }

  /** Another installation of Fathom. */
  use(fathom: string): void {
    this.#fathom = fathom;
  }

  run(words: readonly string[] = ["build"], { cwd = this.rig.work, env = {} }: Options = {}): TasksRan {
    return this.#ran([this.#fathom, "run", ...words], { cwd, env });
  }

  /** On a terminal. */
  runInTerminal(words: readonly string[] = ["build"]): TasksRan {
    return this.#ran(["script", "-qec", [this.#fathom, "run", ...words].join(" "), "/dev/null"], { cwd: this.rig.work, env: { TERM: "xterm" } });
  }

  /** Where nobody listens. */
  runIntoNothing(words: readonly string[] = ["build"]): TasksRan {
    return this.#ran(["sh", "-c", `${[this.#fathom, "run", ...words].join(" ")} > /dev/null 2>&1`], { cwd: this.rig.work, env: {} });
  }

  #ran([program = "", ...args]: readonly string[], { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }): TasksRan {
    rmSync(this.#mark, { force: true });
    const ran = spawnSync(program, args, { cwd, env: { ...this.#env, ...env }, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    return { stdout: ran.stdout, stderr: ran.stderr, code: ran.status, isByPlan: !existsSync(this.#mark) };
  }

  /** The first run by plan. */
  untilPlanned(words: readonly string[] = ["build"], options: Options = {}): TasksRan {
    for (let runs = 0; runs < RUNS_MAX; runs++) {
      const ran = this.run(words, options);
      if (ran.isByPlan) return ran;
      settle();
    }
    assert.fail(`there is no plan after ${String(RUNS_MAX)} runs`);
  }

  /** A run of which the plan does not hold, though each task's does. */
  asked(words: readonly string[] = ["build"], options: Options = {}): TasksRan {
    const witnesses = join(this.rig.scratch, "store/witnesses");
    for (const name of readdirSync(witnesses)) utimesSync(join(witnesses, name), 1, 1);
    return this.run(words, options);
  }

  /** Of the last recorded run: why the next one has no plan. */
  why(): readonly { readonly code: string; readonly task: string | null; readonly text: string }[] {
    const { stdout } = spawnSync(this.#fathom, ["why", "--json"], { cwd: this.rig.work, env: this.#env, encoding: "utf8" });
    return (JSON.parse(stdout) as { readonly unplanned: ReturnType<TasksRig["why"]> }).unplanned;
  }

  /** How each task is answered when the program that starts them is asked, which it always is for this. */
  answers(options: Options = {}): readonly string[] {
    const { stdout } = this.run(["build", "--json"], options);
    return [...stdout.matchAll(/"event":"ended".*?"status":"(\w+)"/g)].map(([, status = ""]) => status);
  }

  outputs(folder = this.rig.work): ReadonlyMap<string, string> {
    return new Map([...describeTree(join(folder, "packages"))].filter(([name]) => !/\/(?:package\.json|src|opt|node_modules)(?:\/|$)/.test(name)));
  }

  /** What the scripts make without Fathom, in a copy in which nothing is made. */
  bareOutputs(env: Readonly<Record<string, string>> = {}): ReadonlyMap<string, string> {
    const folder = join(this.rig.scratch, "bare");
    rmSync(folder, { recursive: true, force: true });
    cpSync(this.rig.work, folder, { recursive: true, filter: (from) => !from.endsWith("/.fathom") });
    for (const name of OUTPUTS) rmSync(join(folder, name), { recursive: true, force: true });
    for (const name of ["a", "b"]) {
      const cwd = join(folder, "packages", name);
      const scripts: unknown = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8"));
      const build = typeof scripts === "object" && scripts !== null && "scripts" in scripts ? (scripts.scripts as { readonly build: string }).build : "";
      const all: Readonly<Record<string, string>> = { ...this.#env, ...env };
      spawnSync("sh", ["-c", build], { cwd, env: { ...all, PATH: `${cwd}/node_modules/.bin:${folder}/node_modules/.bin:${all["PATH"] ?? ""}` }, stdio: "ignore" });
    }
    return this.outputs(folder);
  }
}

export const withTasks = (body: (tasks: TasksRig) => void): (() => void) => withRig((rig) => { body(new TasksRig(rig)); });
