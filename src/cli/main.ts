// The command line. The form that runs a command is read without the option
// parser, which is loaded only for everything else: starting is the cost.

import { parseInvocation } from "./invocation.ts";
import { printer } from "./render.ts";
import { sharedStream } from "./shared-stream.ts";

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const print = printer(sharedStream(1), sharedStream(2), process.env);
  const invocation = parseInvocation(args);
  if (invocation !== null) {
    const { runExec } = await import("./commands/exec.ts");
    await runExec(invocation, process.env, print);
    return;
  }
  const { runProgram } = await import("./program.ts");
  process.exitCode = await runProgram(args, process.env, print);
}

void main();
