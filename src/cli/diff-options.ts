// The options of `fathom diff`, and of `fathom runs export` and `import`, which bring it the
// runs of other machines.

import type { Command } from "commander";
import type { DiffOptions } from "./commands/diff.ts";
import type { Environment, Printer } from "./render.ts";

const EXAMPLES = `
Examples:
  fathom diff 4711 4742       the first thing in which these two runs went different ways
  fathom diff 4711 4742 --json

A run is named as in "fathom runs", by any part that no other run has. Of another machine or checkout:
  there  fathom runs export 4711 green.run
  here   fathom runs import green.run

Ends with 0 when nothing differs that is recorded, with 1 when something does, and with 2 when a run is not known.`;

export function addDiffCommands(program: Command, act: (command: () => Promise<number>) => Promise<void>, env: Environment, print: Printer): void {
  program.command("diff").description("the first thing in which two runs went different ways")
    .argument("<run>", "the earlier one, or the one that went well")
    .argument("<run>", "the other one")
    .option("--all", "all other differences, not five")
    .option("--json", "as one JSON object, whole")
    .addHelpText("after", EXAMPLES)
    .action(async (first: string, second: string, options: DiffOptions) => {
      const { diffRuns } = await import("./commands/diff.ts");
      await act(() => Promise.resolve(diffRuns(first, second, options, env, process.cwd(), print)));
    });
  const runs = program.commands.find((command) => command.name() === "runs");
  runs?.command("export").description("write one run to a file, for another machine: its processes and what they relied on, no contents")
    .argument("<run>", "as \"fathom runs\" names it, or a part of that")
    .argument("[file]", "default: <run>.run")
    .addHelpText("after", "\nCommand lines, paths and names of variables are in it in the clear, values of variables are not.\n\nExamples:\n  fathom runs export 4711\n  fathom runs export 4711 green.run")
    .action(async (run: string, file: string | undefined) => {
      const { exportRun } = await import("./commands/runs-transfer.ts");
      await act(() => Promise.resolve(exportRun(run, file, env, process.cwd(), print)));
    });
  runs?.command("import").description("read a run that was exported elsewhere, to compare with")
    .argument("<file>", "what \"fathom runs export\" wrote")
    .addHelpText("after", "\nIt is kept apart from the runs of this place, and nothing is ever replayed from it. The last 20 are kept.\n\nExamples:\n  fathom runs import green.run\n  fathom diff <its id> <a run of here>")
    .action(async (file: string) => {
      const { importRun } = await import("./commands/runs-transfer.ts");
      await act(() => Promise.resolve(importRun(file, env, process.cwd(), print)));
    });
}
