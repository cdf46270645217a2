// Runs a command as if Fathom were not there: its streams, its signals and its
// end are the command's own.

import { spawn } from "node:child_process";
import { isatty } from "node:tty";
import type { Failure, Result } from "../base/result.ts";
import { fail, ok } from "../base/result.ts";
import type { Environment } from "./render.ts";

export type ChildEnd = { readonly kind: "exited"; readonly code: number } | { readonly kind: "killed"; readonly signal: NodeJS.Signals };

export interface StartFailure extends Failure {
  readonly exitCode: 126 | 127;
}

/** Exit codes of a command that cannot be started, as a POSIX shell gives them. */
function startFailure(program: string, code: string | undefined): StartFailure {
  if (code === "ENOENT") {
    return { code: "program-not-found", message: `Cannot run "${program}": there is no such program`, advice: "Check the spelling and PATH", exitCode: 127 };
  }
  return {
    code: "program-not-executable",
    message: `Cannot run "${program}": the system refused to start it (${code ?? "unknown error"})`,
    advice: "Check that the file is a program and that you may run it",
    exitCode: 126,
  };
}

const FORWARDED: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"];

/** A terminal sends these to the whole foreground group: forwarding would deliver them twice. */
const FROM_TERMINAL: ReadonlySet<string> = new Set(["SIGINT", "SIGQUIT"]);

export async function runChild(command: readonly [string, ...string[]], env: Environment): Promise<Result<ChildEnd, StartFailure>> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: "inherit", env: { ...env } });
  const hasTerminal = [0, 1, 2].some((fd) => isatty(fd));
  const forward = (signal: NodeJS.Signals): void => {
    if (!(hasTerminal && FROM_TERMINAL.has(signal))) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const end = await new Promise<Result<ChildEnd, StartFailure>>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve(fail(startFailure(program, error.code)));
    });
    child.once("exit", (code, signal) => resolve(ok(signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "killed", signal })));
  });
  for (const signal of FORWARDED) process.off(signal, forward);
  return end;
}

/** Ends this process the way the command ended. */
export function endAs(end: ChildEnd): void {
  switch (end.kind) {
    case "exited":
      process.exitCode = end.code;
      return;
    case "killed":
      process.kill(process.pid, end.signal);
  }
}
