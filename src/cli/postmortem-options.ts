// The options of `fathom postmortem`.

import type { Command } from "commander";
import type { PostmortemOptions } from "./commands/postmortem.ts";
import type { Environment, Printer } from "./render.ts";

const EXAMPLES = `
Examples:
  fathom postmortem                 the last run that failed, against the last that did not
  fathom postmortem 4711 > why.md   of that run, as Markdown
  fathom postmortem --json

The failing unit is run again, at most 24 times, in a copy of the workspace that only it sees and without a
network, with what differs as it was in the green run (from the store, and from git). Ends with 0 when
there is an answer, with 1 when no run that failed is recorded, and with 2 when the run is not known or no
earlier run of that command succeeded.`;

export function addPostmortemCommand(program: Command, act: (command: () => Promise<number>) => Promise<void>, env: Environment, print: Printer): void {
  program.command("postmortem").description("why a run failed where an earlier one did not, confirmed by experiments")
    .argument("[run]", "as \"fathom runs\" names it; default: the last that failed")
    .option("--json", "as one JSON object")
    .addHelpText("after", EXAMPLES)
    .action(async (run: string | undefined, options: PostmortemOptions) => {
      const { runPostmortem } = await import("./commands/postmortem.ts");
      await act(() => Promise.resolve(runPostmortem(run, options, env, process.cwd(), print)));
    });
}
