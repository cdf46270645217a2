// kill -9 of Node, of the supervisor, or of both, at a random moment of a build.
// After each: the command ended as documented, nothing of ours is left over, the
// store is sound, and the next run does what a build without Fathom does. Moments
// are times on purpose: no event stands for "anywhere".

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hrtime } from "node:process";
import { byteOrder } from "../../src/base/path.ts";
import { describeTree, makeScratch, removeTree } from "../../src/base/scratch.ts";
import { Random } from "../fuzz/random.ts";
import { FATHOM } from "./rig.ts";

const VICTIMS = ["engine", "supervisor", "both"] as const;
type Victim = (typeof VICTIMS)[number];

/** What the store knows of the tree: nothing; all of it; all, with everything built and in the way. */
const STATES = ["new", "known", "in place"] as const;
type State = (typeof STATES)[number];

/** Beyond it the build hangs. */
const BUILD_MS_MAX = 60_000;
const GONE_MS_MAX = 20_000;

/** Recipes that make, append, make directories and remove: what is done twice, or by half, shows. */
const BURN = "i=0; while [ $$i -lt 60000 ]; do i=$$((i+1)); done";
const FILES: Readonly<Record<string, string>> = {
  Makefile: `all: app sorted folder.done journal.done moved
a.o: a.c h.h
\tcc -c a.c
b.o: b.c h.h
\tcc -c b.c
app: a.o b.o
\tcc -o app a.o b.o
sorted: app
\t@./app > report; sort report report > sorted; cat sorted
folder.done: a.c h.h
\t@${BURN}; rm -rf folder; mkdir folder && cp a.c folder/1 && cp h.h folder/2 && ln -s 1 folder/link && cp h.h folder.done
journal.done: b.c h.h
\t@${BURN}; cat h.h >> journal && cp h.h journal.done && wc -l < journal
moved: h.h
\t@${BURN}; cp h.h first && mv first second && rm -f old && cp second moved
`,
  "a.c": '#include "h.h"\nint b(void);\nint main(void) { return b() != VALUE; }\n',
  "b.c": '#include "h.h"\n#include <stdio.h>\nint b(void) { printf("%d\\nsaid\\n", VALUE); return VALUE; }\n',
  "journal": "begun\n",
  "old": "old\n",
};

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  /** Lines, sorted: two jobs print in either order. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly tree: readonly string[];
}

export interface Moment {
  readonly victim: Victim;
  readonly state: State;
  readonly afterMs: number;
  /** The victim was gone already, or not there yet. */
  readonly isMissed: boolean;
  /** What is not as it should be. */
  readonly wrong: readonly string[];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
const sortedLines = (text: string): string[] => text.split("\n").sort(byteOrder);
const same = (a: Outcome, b: Outcome): boolean => JSON.stringify(a) === JSON.stringify(b);

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (error instanceof Error && "code" in error) return ""; // A process that is gone meanwhile.
    throw error;
  }
}

/** Node beside the build; null when there is none. */
function engineOf(supervisor: number): number | null {
  const children = textOf(`/proc/${String(supervisor)}/task/${String(supervisor)}/children`).trim().split(" ");
  return children.map(Number).find((pid) => pid > 0 && textOf(`/proc/${String(pid)}/cmdline`).includes("engine.js")) ?? null;
}

function kill(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false; // Gone already.
  }
}

/** One workspace, home and store, through many moments. */
export class Crash {
  readonly #scratch = makeScratch("fathom-crash");
  readonly #work = join(this.#scratch, "work");
  readonly #random: Random;
  readonly #env: Readonly<Record<string, string>>;
  readonly #shared: readonly string[];
  /** How long the last whole builds took. */
  readonly #wallMs = new Map<State, number>();
  #edits = 0;
  #kills = 0;

  constructor(seed: number, env: Readonly<Record<string, string | undefined>>) {
    this.#random = new Random(seed);
    mkdirSync(join(this.#scratch, "home"));
    this.#env = { PATH: env["PATH"] ?? "/usr/bin:/bin", HOME: join(this.#scratch, "home"), FATHOM_STORE: join(this.#scratch, "store"), TMPDIR: this.#scratch, LC_ALL: "C", MAKEFLAGS: "" };
    this.#shared = readdirSync("/dev/shm");
  }

  close(): void {
    removeTree(this.#scratch);
  }

  async moment(): Promise<Moment> {
    const victim = this.#oneOf(VICTIMS), state = this.#oneOf(STATES);
    this.#prepare(state);
    this.#save("before");
    const expected = await this.#build([]);
    this.#restore("before");
    if (!this.#wallMs.has(state) && state === "new") this.#wallMs.set(state, await this.#wallOfBuild());
    this.#restore("before");
    const afterMs = this.#random.fraction() * (this.#wallMs.get(state) ?? this.#wallMs.get("new") ?? 300) * 1.1;
    const wrong: string[] = [];
    let killed: readonly boolean[] = [];
    const startedNs = hrtime.bigint();
    const crashed = await this.#build([FATHOM, "--"], async (pid) => {
      await pause(afterMs);
      const engine = victim === "supervisor" ? null : engineOf(pid);
      killed = [victim === "engine" ? false : kill(pid), kill(engine)];
    });
    const isMissed = !killed.includes(true);
    if (!isMissed) this.#kills++;
    if (isMissed) this.#wallMs.set(state, Number(hrtime.bigint() - startedNs) / 1e6);
    if (victim === "engine" && !same(crashed, expected)) wrong.push(`the command did not do what it does alone: ${difference(crashed, expected)}`);
    const refused = crashed.stderr.filter((line) => line.includes("not implemented"));
    if (refused.length > 0) wrong.push(`nobody answered: ${refused.join("\n    ")}`);
    await this.#leftovers(wrong);
    await this.#next(wrong, expected);
    return { victim, state, afterMs: Math.round(afterMs), isMissed, wrong };
  }

  #oneOf<T>(of: readonly T[]): T {
    const chosen = of[this.#random.below(of.length)];
    if (chosen === undefined) throw new Error("nothing to choose from");
    return chosen;
  }

  #prepare(state: State): void {
    removeTree(this.#work);
    mkdirSync(this.#work);
    if (state === "new" || this.#edits === 0) this.#edits++;
    const texts = { ...FILES, "h.h": `#define VALUE ${String(this.#edits)}\n` };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(this.#work, name), text);
    if (state !== "in place") return;
    const run = (...argv: [string, ...string[]]): unknown => spawnSync(argv[0], argv.slice(1), { cwd: this.#work, env: this.#env });
    run("make", "-s");
    run("find", ".", "-type", "f", "-exec", "touch", "-d", "1 minute ago", "{}", "+");
    run("touch", "a.c", "b.c", "h.h"); // Newer than what was built: all is made again.
  }

  async #wallOfBuild(): Promise<number> {
    const startedNs = hrtime.bigint();
    await this.#build([FATHOM, "--"]);
    return Number(hrtime.bigint() - startedNs) / 1e6;
  }

  /** Times are kept to the nanosecond: make looks at them. */
  #copy(from: string, to: string): void {
    removeTree(join(this.#scratch, to));
    spawnSync("cp", ["-a", join(this.#scratch, from), join(this.#scratch, to)]);
  }
  #save(name: string): void { this.#copy("work", name); }
  #restore(name: string): void { this.#copy(name, "work"); }

  async #build(through: readonly string[], meanwhile: (pid: number) => Promise<void> = () => Promise.resolve()): Promise<Outcome> {
    const child = spawn("env", [...through, "make", "-j2"], { cwd: this.#work, env: this.#env, stdio: ["ignore", "pipe", "pipe"], timeout: BUILD_MS_MAX, killSignal: "SIGKILL" });
    let stdout = "", stderr = "";
    child.stdout.setEncoding("latin1").on("data", (text: string) => { stdout += text; });
    child.stderr.setEncoding("latin1").on("data", (text: string) => { stderr += text; });
    const ended = new Promise<readonly [number | null, string | null]>((resolve) => {
      child.once("close", (code, signal) => { resolve([code, signal]); });
      // Who is left and does not end keeps the streams open: #leftovers tells of it.
      child.once("exit", (code, signal) => { void pause(BUILD_MS_MAX).then(() => { resolve([code, signal]); }); });
    });
    const [[code, signal]] = await Promise.all([ended, meanwhile(child.pid ?? 0)]);
    const theirs = stderr.split("\n").filter((line) => !line.startsWith("fathom: ")).sort(byteOrder);
    return { code, signal, stdout: sortedLines(stdout), stderr: theirs, tree: [...describeTree(this.#work)].map(([name, text]) => `${name} ${text}`) };
  }

  /** Processes, temporary files, and what the store says of itself. */
  async #leftovers(wrong: string[]): Promise<void> {
    const until = hrtime.bigint() + BigInt(GONE_MS_MAX) * 1_000_000n;
    while (this.#processes().length > 0 && hrtime.bigint() < until) await pause(5);
    for (const pid of this.#processes()) {
      wrong.push(`still running: ${textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
      kill(Number(pid));
    }
    for (const name of readdirSync("/dev/shm")) if (!this.#shared.includes(name) && name.includes("fathom")) wrong.push(`left in /dev/shm: ${name}`);
    for (const name of describeTree(this.#work).keys()) if (name.includes(".fathom-")) wrong.push(`left in the tree: ${name}`);
    const staged = [...describeTree(join(this.#scratch, "store")).keys()].filter((name) => name.startsWith("tmp/"));
    if (staged.length > this.#kills) wrong.push(`left in staging: ${staged.join(" ")}`);
    const verified = spawnSync(FATHOM, ["cache", "verify"], { env: this.#env, cwd: this.#work, encoding: "utf8" });
    if (verified.status !== 0) wrong.push(`the store is not sound: ${verified.stdout}${verified.stderr}`);
  }

  /** From what the killed build left, and from the beginning. */
  async #next(wrong: string[], expected: Outcome): Promise<void> {
    this.#save("left");
    const next = await this.#build([FATHOM, "--"]);
    this.#restore("left");
    const alone = await this.#build([]);
    if (!same(next, alone)) wrong.push(`the next run differs: ${difference(next, alone)}`);
    this.#restore("before");
    const whole = await this.#build([FATHOM, "--"]);
    if (!same(whole, expected)) wrong.push(`a whole run differs: ${difference(whole, expected)}`);
  }

  #processes(): readonly string[] {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && textOf(`/proc/${name}/environ`).includes(`FATHOM_STORE=${join(this.#scratch, "store")}\0`));
  }
}

function difference(found: Outcome, expected: Outcome): string {
  const only = (a: readonly string[], b: readonly string[]): string[] => a.filter((line) => !b.includes(line));
  const parts = (["stdout", "stderr", "tree"] as const).flatMap((part) => [
    ...only(found[part], expected[part]).map((line) => `+${line}`), ...only(expected[part], found[part]).map((line) => `-${line}`)]);
  return [`${String(found.code)}/${String(found.signal)} for ${String(expected.code)}/${String(expected.signal)}`, ...parts].join("\n    ");
}
