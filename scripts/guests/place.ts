// Where a guest runs: a folder that is the same for every run, since programs print
// and record it. A run that hangs is ended with everything it started, by the one
// variable that all of it inherits; so is what a run leaves behind on purpose.

import { spawn, spawnSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describeTree, makeScratch, removeTree } from "../../src/base/scratch.ts";
import { root } from "../bundle.ts";
import type { Guest } from "./guest.ts";

export const FATHOM = join(root, "bin/fathom");

/** Beyond it a guest hangs. */
const RUN_MS_MAX = 60_000;

/** The same every time, because archivers and shells rely on it; seconds since 1970. */
const WRITTEN_AT = 1_000_000_000;

/** The user whom every machine has, and who owns nothing. */
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly files: ReadonlyMap<string, string>;
  readonly didHang: boolean;
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return ""; // Gone, or somebody else's.
  }
}

/** `pid` below 0: a process group. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

export class Place {
  readonly #scratch = makeScratch("fathom-guests");
  readonly #work = join(this.#scratch, "work");
  readonly #guest: Guest;
  readonly #env: Readonly<Record<string, string>>;

  constructor(guest: Guest, path: string) {
    this.#guest = guest;
    this.#env = {
      PATH: path, HOME: join(this.#scratch, "home"), TMPDIR: join(this.#scratch, "tmp"), PLACE: this.#scratch, FATHOM_STORE: join(this.#scratch, "store"),
      LC_ALL: "C", TZ: "UTC", TERM: "dumb", FATHOM,
    };
    // Guests become other users.
    chmodSync(this.#scratch, 0o777);
  }

  close(): void {
    this.#end();
    removeTree(this.#scratch);
  }

  /** As before the first run, the store aside. */
  begin(): void {
    this.#end();
    for (const name of readdirSync(this.#scratch)) if (name !== "store") removeTree(join(this.#scratch, name));
    for (const name of ["work", "home", "tmp"]) {
      mkdirSync(join(this.#scratch, name));
      chmodSync(join(this.#scratch, name), 0o777);
    }
    const { files = {}, prepare } = this.#guest;
    for (const [name, text] of Object.entries(files)) {
      this.write(name, text);
      utimesSync(join(this.#work, name), WRITTEN_AT, WRITTEN_AT);
    }
    if (prepare !== undefined) spawnSync("sh", ["-c", prepare], { cwd: this.#work, env: this.#env });
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.#work, name)), { recursive: true });
    writeFileSync(join(this.#work, name), text);
  }

  async run(through: readonly string[]): Promise<Outcome> {
    const user = this.#guest.isOfUser === true && process.getuid?.() === 0 ? NOBODY : [];
    const child = spawn("env", [...user, ...through, "sh", "-c", this.#guest.command], { cwd: this.#work, env: this.#env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let stdout = "", stderr = "", didHang = false;
    child.stdout.setEncoding("latin1").on("data", (text: string) => { stdout += text; });
    child.stderr.setEncoding("latin1").on("data", (text: string) => { stderr += text; });
    const limit = setTimeout(() => {
      didHang = true;
      if (child.pid !== undefined) kill(-child.pid);
      this.#end();
    }, this.#guest.msMax ?? RUN_MS_MAX);
    const [code, signal] = await new Promise<readonly [number | null, string | null]>((resolve) => { child.once("close", (...ended) => { resolve(ended); }); });
    clearTimeout(limit);
    return { code, signal, stdout, stderr, files: this.#files(), didHang };
  }

  #files(): ReadonlyMap<string, string> {
    const { varies } = this.#guest;
    return new Map([...describeTree(this.#work)].map(([name, text]) => {
      const { uid, gid } = lstatSync(join(this.#work, name));
      return [name, `${varies?.test(name) === true ? text.split(" ", 2).join(" ") : text} of ${String(uid)}:${String(gid)}`];
    }));
  }

  /** Everything that was started here and still runs; again, until nothing does. */
  #end(): void {
    const mark = `FATHOM_STORE=${this.#env["FATHOM_STORE"] ?? ""}\0`;
    const left = (): string[] => readdirSync("/proc").filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(mark));
    for (let pids = left(); pids.length > 0; pids = left()) for (const pid of pids) kill(Number(pid));
  }
}
