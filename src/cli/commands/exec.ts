// `fathom -- <command>` where the supervisor does not run it: hands it to the
// supervisor where that was possible all along, else runs it untracked and says so.

import { isExecutable } from "../../base/scratch.ts";
import { endAs, runChild } from "../child.ts";
import { invocationArgs, type Invocation } from "../invocation.ts";
import { nativeProgram, packageRoot } from "../places.ts";
import type { Environment, Printer } from "../render.ts";
import { untrackedSentence } from "../untracked.ts";

/** What of the world decides whether a command can be observed. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly hasNative: boolean;
}

/** Null: the supervisor can be asked. FATHOM_UNTRACKED: whoever set it does not want it asked. */
export function untrackedReason(env: Environment, machine: Machine): string | null {
  const said = env["FATHOM_UNTRACKED"];
  if (said !== undefined && said !== "") return said;
  if (machine.platform !== "linux" || machine.arch !== "x64") return "unsupported-platform";
  return machine.hasNative ? null : "native-part-missing";
}

export async function runExec(invocation: Invocation, env: Environment, print: Printer): Promise<void> {
  const native = nativeProgram(packageRoot());
  const reason = untrackedReason(env, { platform: process.platform, arch: process.arch, hasNative: isExecutable(native) });
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => name !== "FATHOM_UNTRACKED"));
  if (reason !== null && !invocation.isQuiet) {
    if (invocation.isJson) print.note(JSON.stringify({ untracked: reason }));
    else print.note(untrackedSentence(reason));
  }
  const end = await runChild(reason === null ? [native, ...invocationArgs(invocation)] : invocation.command, own);
  if (end.ok) {
    endAs(end.value);
    return;
  }
  print.failure(end.failure);
  process.exitCode = end.failure.exitCode;
}
