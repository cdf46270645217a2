// The options of `fathom why` and `fathom runs`.

import type { Command } from "commander";
import type { WhyOptions } from "./commands/why.ts";
import type { Environment, Printer } from "./render.ts";

const EXAMPLES = `
Examples:
  fathom why                  the last run: why its command ran, and what of it
  fathom why web#build        a task of "fathom run"; "build" of any package
  fathom why src/config.h     a file: who wrote it, who relies on it, what would run again
  fathom why cc               a command, by its program; the one that took longest
  fathom why "cc -c a.c"      ... or by a part of its command line
  fathom why cc --run 4711    in another run than the newest that knows it (see "fathom runs")

A run that was replayed without a decision (nothing changed) is not recorded. Ends with 1 when no run is
recorded here, and with 2 when the task, file, command or run is not known.`;

export function addWhyCommands(program: Command, act: (command: () => Promise<number>) => Promise<void>, env: Environment, print: Printer): void {
  program.command("why").description("why something ran, was replayed, or could not be stored")
    .argument("[what]", "a task, a file, or a command; nothing: the command of the last run")
    .option("--run <id>", "in this run, or part of its name; default: the newest that knows it")
    .option("--all", "all of the evidence, not ten lines")
    .option("--json", "as one JSON object, whole")
    .addHelpText("after", EXAMPLES)
    .action(async (what: string | undefined, options: WhyOptions) => {
      const { why } = await import("./commands/why.ts");
      await act(() => Promise.resolve(why(what, options, env, process.cwd(), print)));
    });
  program.command("runs").description("the recorded runs of this workspace, newest first").option("--json", "as one JSON object")
    .addHelpText("after", "\nOf a workspace the last 20 runs are kept, in .fathom/runs.\n\nExamples:\n  fathom runs\n  fathom why --run <id>")
    .action(async (options: { json?: true }) => {
      const { runs } = await import("./commands/runs.ts");
      await act(() => Promise.resolve(runs(options.json === true, env, process.cwd(), print)));
    });
}
