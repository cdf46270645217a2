// The options of `fathom status`.

import { InvalidArgumentError, type Command } from "commander";
import type { StatusOptions } from "./commands/status.ts";
import type { Environment, Printer } from "./render.ts";

const EXAMPLES = `
Examples:
  fathom status               what runs under Fathom in this workspace, and whether it is hung or slow
  fathom status --json        the same for a program
  fathom status --pid 4711    of any process and all below it, with or without Fathom

Takes two to four looks at the processes, less than three seconds in all, and changes nothing. Ends with 0 when
it goes on, with 1 when nothing runs here, and with 3 when one of them is hung.`;

function processNumber(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected the number of a process");
}

export function addStatusCommand(program: Command, act: (command: () => Promise<number>) => Promise<void>, env: Environment, print: Printer): void {
  program.command("status").description("what a running build does, and whether it is hung or slow")
    .option("--pid <pid>", "of this process and all below it", processNumber)
    .option("--all", "all processes, not the first twelve")
    .option("--json", "as one JSON object, whole")
    .addHelpText("after", EXAMPLES)
    .action(async (options: StatusOptions) => {
      const { status } = await import("./commands/status.ts");
      await act(() => Promise.resolve(status(options, env, process.cwd(), print)));
    });
}
