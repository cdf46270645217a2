// Starts one command of a script by the shell, its output in our hands.

import { spawn } from "node:child_process";
import type { Spawn, Started, TaskEnd } from "../run/execute.ts";

/** Nothing else of ours is open there: Node closes it all. */
function streamsWith(descriptors: readonly number[]): ("ignore" | "pipe" | number)[] {
  const streams: ("ignore" | "pipe" | number)[] = ["ignore", "pipe", "pipe"];
  for (const fd of descriptors) {
    while (streams.length <= fd) streams.push("ignore");
    streams[fd] = fd;
  }
  return streams;
}

export function spawnScript({ command, folder, env, descriptors, onOutput }: Spawn): Started {
  // npm's and pnpm's: sh, whatever the person's own shell is.
  const child = spawn("/bin/sh", ["-c", command], { cwd: folder, env: { ...env }, stdio: streamsWith(descriptors) });
  child.stdout?.on("data", (bytes: Buffer) => { onOutput(1, bytes, child.pid ?? 0); });
  child.stderr?.on("data", (bytes: Buffer) => { onOutput(2, bytes, child.pid ?? 0); });
  const end = new Promise<TaskEnd>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve({ kind: "not-started", reason: error.code ?? error.message });
    });
    // "close" and not "exit": what it wrote last may still be in the pipe.
    child.once("close", (code, signal) => { resolve(signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "killed", signal }); });
  });
  return { pid: child.pid ?? 0, end, kill: (signal) => { child.kill(signal); } };
}
