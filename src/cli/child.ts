// Runs a command as if Fathom were not there: its streams, its signals and its
// end are the command's own.

import { spawn, type ChildProcess } from "node:child_process";
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

/** What a child gets beside its three streams, from descriptor 3 on, and who hears what it says there. */
export interface Channels {
  readonly stdio: readonly (number | "pipe")[];
  readonly cwd?: string;
  readonly started: (child: ChildProcess) => void;
}

export async function runChild(command: readonly [string, ...string[]], env: Environment, channels?: Channels): Promise<Result<ChildEnd, StartFailure>> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ["inherit", "inherit", "inherit", ...(channels?.stdio ?? [])], env: { ...env }, ...(channels?.cwd === undefined ? {} : { cwd: channels.cwd }) });
  channels?.started(child);
  const hasTerminal = [0, 1, 2].some((fd) => isatty(fd));
  const forward = (signal: NodeJS.Signals): void => {
    if (!(hasTerminal && FROM_TERMINAL.has(signal))) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const end = await new Promise<Result<ChildEnd, StartFailure>>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve(fail(startFailure(program, error.code)));
    });
    // Not "exit": what it said on its channels is heard by then.
    child.once("close", (code: number | null, signal: NodeJS.Signals | null) => resolve(ok(signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "killed", signal })));
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
