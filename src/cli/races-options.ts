// The options of `fathom races`.

import type { Command } from "commander";
import type { RacesOptions } from "./commands/races.ts";
import type { Environment, Printer } from "./render.ts";

const EXAMPLES = `
Examples:
  fathom exec --force -- make -j4    a build that runs whole, so that all of it is known
  fathom races                       what of it nothing orders, what only luck ordered, what rules do not name
  fathom races --confirm             the same, and which of it can be made to happen
  fathom races --json                the same as one JSON object

Ends with 3 when a race was found, with 1 when no run is recorded here, and with 2 when the run is not known.`;

export function addRacesCommand(program: Command, act: (command: () => Promise<number>) => Promise<void>, env: Environment, print: Printer): void {
  program.command("races").description("what of a recorded run nothing orders, and what only luck did")
    .argument("[run]", "a run, or part of its name (see \"fathom runs\"); default: the newest")
    .option("--confirm", "run the build again, in copies of the workspace and in other orders, to prove them")
    .option("--all", "all of them, and those that may be ordered by luck")
    .option("--json", "as one JSON object, whole")
    .addHelpText("after", EXAMPLES)
    .action(async (run: string | undefined, options: RacesOptions) => {
      const { races } = await import("./commands/races.ts");
      await act(() => races(run, options, env, process.cwd(), print));
    });
}
