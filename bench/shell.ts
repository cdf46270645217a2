// Running a command and saying what went wrong when it did.

import { spawnSync } from "node:child_process";

export interface Ran {
  readonly ns: bigint;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws with the end of the output when the command fails: a benchmark of a failed build is worth nothing. */
export function run(command: readonly [string, ...string[]], folder: string, env: Environment): Ran {
  const [program, ...args] = command;
  const startedNs = process.hrtime.bigint();
  const child = spawnSync(program, args, { cwd: folder, env: { ...env }, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
  const ns = process.hrtime.bigint() - startedNs;
  if (child.error !== undefined) throw child.error;
  if (child.status !== 0) {
    const tail = `${child.stdout}\n${child.stderr}`.trimEnd().split("\n").slice(-15).join("\n");
    throw new Error(`"${command.join(" ")}" in "${folder}" ended with ${child.signal ?? String(child.status)}:\n${tail}`);
  }
  return { ns, stderr: child.stderr };
}

export interface Measured extends Ran {
  /** Of the command and everything it waited for; 10 ms is the kernel's grain here. */
  readonly cpuMs: number;
}

/** What times(1) of the shell says: minutes and seconds of user and system time, its own, then its children's. */
export function cpuMsIn(stderr: string): number {
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  const found = [...last.matchAll(/(\d+)m([\d.]+)s/g)].map(([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000);
  if (found.length !== 2) throw new Error(`Cannot read "${last}" as what times(1) says`);
  return found.reduce((sum, ms) => sum + ms, 0);
}

export function measured(command: readonly [string, ...string[]], folder: string, env: Environment): Measured {
  const ran = run(["sh", "-c", '"$@"; code=$?; echo >&2; times >&2; exit $code', "sh", ...command], folder, env);
  return { ...ran, cpuMs: cpuMsIn(ran.stderr) };
}

export const shell = (text: string, folder: string, env: Environment, ...args: string[]): Ran => run(["sh", "-ec", text, "sh", ...args], folder, env);
