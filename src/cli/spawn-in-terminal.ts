// Starts one command of a script in a terminal of its own, so that a person can
// type to it. Stdout and stderr are one there, as at any terminal.

import { spawn } from "node:child_process";
import type { PseudoTerminal } from "../base/pseudo-terminal.ts";
import type { Spawn, Started, TaskEnd } from "../run/execute.ts";

/** A terminal makes CR LF of LF. A CR at the end of what came waits for what comes. */
function withoutReturns(onText: (text: string) => void): { readonly take: (bytes: Buffer) => void; readonly end: () => void } {
  let rest = "";
  return {
    take: (bytes) => {
      const text = `${rest}${bytes.toString("latin1")}`;
      rest = text.endsWith("\r") ? "\r" : "";
      onText(text.slice(0, text.length - rest.length).replaceAll("\r\n", "\n"));
    },
    end: () => { if (rest !== "") onText(rest); },
  };
}

export function spawnInTerminal({ command, folder, env, onOutput }: Spawn, terminal: PseudoTerminal): Started {
  // setsid -c (util-linux, busybox): the terminal is its own, with job control and Ctrl-C.
  const child = spawn("setsid", ["-c", "/bin/sh", "-c", command], { cwd: folder, env: { ...env }, stdio: [terminal.programFd, terminal.programFd, terminal.programFd] });
  terminal.started();
  const pid = child.pid ?? 0;
  const output = withoutReturns((text) => { if (text !== "") onOutput(1, Buffer.from(text, "latin1"), pid); });
  const said = new Promise<void>((resolve) => {
    terminal.read(output.take, () => {
      output.end();
      resolve();
    });
  });
  const end = new Promise<TaskEnd>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve({ kind: "not-started", reason: error.code ?? error.message });
    });
    child.once("exit", (code, signal) => { resolve(signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "killed", signal }); });
  });
  return {
    pid,
    end: Promise.all([end, said]).then(([ended]) => ended),
    kill: (signal) => {
      try {
        process.kill(-pid, signal); // All that runs there, as the terminal itself would tell.
      } catch {
        child.kill(signal); // It has no group yet, or has ended.
      }
    },
  };
}
