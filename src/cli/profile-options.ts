// The options of `fathom profile` and `fathom whatif`.

import { InvalidArgumentError, type Command } from "commander";
import type { Result } from "../base/result.ts";
import type { ProfileOptions } from "./commands/profile.ts";
import { parseCounts, parseTime, type WhatIfOptions } from "./commands/whatif.ts";
import type { Environment, Printer } from "./render.ts";

const PROFILE_EXAMPLES = `
Examples:
  fathom profile                            the last recorded run: where its time went
  fathom profile 4711 --all                 another one (see "fathom runs"), each process and step
  fathom profile --perfetto run.pftrace     for ui.perfetto.dev: a track for each process, arrows along files
  fathom profile --speedscope run.json      for speedscope.app

Ends with 1 when no run is recorded here or a file cannot be written, and with 2 when the run is not known.`;

const WHATIF_EXAMPLES = `
Examples:
  fathom whatif                             the last recorded run with other numbers of jobs, and with a full cache
  fathom whatif --jobs 4,16 --processors 16 on another machine
  fathom whatif --latency 50ms              ... and with a remote cache that far away

Experiments, which run the build to check a prediction (everything runs, by --force):
  fathom whatif --measure-jobs 1,2,4 --before "make clean" -- make -j{}
  fathom whatif --measure-hit "cc -c a.c" --before "make clean" -- make -j2
  fathom whatif --measure-delay "cc -c a.c:500ms" --before "make clean" -- make -j2

Ends with 1 when no run is recorded here or an experiment failed, and with 2 when the run, step or experiment is not understood.`;

function checked<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new InvalidArgumentError(result.failure);
}

function positive(text: string): number {
  const [count = 0] = checked(parseCounts(text));
  return count;
}

export function addProfileCommands(program: Command, behind: readonly string[], act: (command: () => Promise<number>) => Promise<void>, env: Environment, print: Printer): void {
  program.command("profile").description("where the time of a recorded run went")
    .argument("[run]", "a run, or part of its name; default: the newest")
    .option("--perfetto <file>", "write it for ui.perfetto.dev")
    .option("--speedscope <file>", "write it for speedscope.app")
    .option("--all", "each process and step")
    .option("--json", "as one JSON object, whole")
    .addHelpText("after", PROFILE_EXAMPLES)
    .action(async (run: string | undefined, options: ProfileOptions) => {
      const { profileRun } = await import("./commands/profile.ts");
      await act(() => profileRun(run, options, env, process.cwd(), print));
    });
  program.command("whatif").description("what a recorded run would take with other jobs, processors, or a cache")
    .argument("[run]", "a run, or part of its name; default: the newest")
    .option("--jobs <counts>", "steps at a time, for instance 1,2,4", (text) => checked(parseCounts(text)))
    .option("--processors <count>", "processors of the machine; default: of this one", positive)
    .option("--latency <time>", "to a remote cache and back, for instance 50ms", (text) => checked(parseTime(text)))
    .option("--measure-jobs <counts>", "run the command with each of them; {} in it becomes the number", (text) => checked(parseCounts(text)))
    .option("--measure-hit <step>", "run the command with this step replayed and all others run")
    .option("--measure-delay <step:time>", "run the command with this step started so much later")
    .option("--before <command>", "to be run before each run of an experiment, for instance \"make clean\"")
    .option("--all", "all steps of the longest way, all that is worth something")
    .option("--json", "as one JSON object, whole")
    .addHelpText("after", WHATIF_EXAMPLES)
    .action(async (run: string | undefined, options: WhatIfOptions) => {
      const { whatIfRun } = await import("./commands/whatif.ts");
      await act(() => whatIfRun(run, behind, options, env, process.cwd(), print));
    });
}
