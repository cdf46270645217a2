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

export const shell = (text: string, folder: string, env: Environment, ...args: string[]): Ran => run(["sh", "-ec", text, "sh", ...args], folder, env);
