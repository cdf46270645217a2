// The options of `fathom run`: those of turbo mean the same.

import { Option, type Command } from "commander";
import type { RunOptions } from "./run-plan.ts";

const EXAMPLES = `
Examples:
  fathom run build                       in every package that has it, dependencies first
  fathom run build test                  both
  fathom run web#build                   of one package; "//#lint" of the root
  fathom run test --filter=...[main]     where something changed since main, and what depends on it
  fathom run build --filter="./apps/*"   by folder
  fathom run build dev --watch           again whenever files change; servers run on
  fathom run test -- --ci                with arguments for the script

What a script reads and writes is observed: nothing needs to be declared. The order comes from package.json,
from fathom.json, and from turbo.json, nx.json or "wireit" where they are there.

The exit code is the highest of a task; also
  2    the options, the filter or the workspace could not be understood; nothing was run`;

const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

export function addRunCommand(program: Command, act: (tasks: readonly string[], options: RunOptions) => Promise<void>): void {
  program.command("run")
    .description("run scripts of a workspace's packages, in the order of their dependencies")
    .usage("<task...> [options] [-- <arguments>]")
    .argument("<task...>", "scripts, or package#script; behind \"--\" arguments for them")
    .addOption(new Option("-F, --filter <packages>", "which packages: name, @scope/*, ./folder, [since]; ...x, x..., !x").argParser(collect))
    .option("--affected [base]", "where something changed since it (default: the main branch), and what depends on it")
    .option("--only", "only what was named, not what comes before")
    .option("--parallel", "all at once, whatever the order")
    .option("--concurrency <n|%>", "how many at a time (default: as many as there are processors)")
    .addOption(new Option("--continue [when]", "after a failure").choices(["never", "dependencies-successful", "always"]))
    .addOption(new Option("--force", "run everything, then store it").conflicts("cache"))
    .option("--cache <spec>", "what the store is used for: local:rw (default), local:r, local:w, local:")
    .option("--no-cache", "run everything, store nothing")
    .addOption(new Option("--env-mode <mode>", "which variables tasks get: all, or only those that are named").choices(["loose", "strict"]))
    .addOption(new Option("--dry [as]", "show what would run").choices(["text", "json"]))
    .addOption(new Option("--dry-run [as]", "turbo's other name for --dry").choices(["text", "json"]).hideHelp())
    .option("--graph [file]", "write the graph of tasks (.html, .svg, .dot, .mmd) instead of running it")
    .addOption(new Option("--output-logs <which>", "what of their output is shown").choices(["full", "hash-only", "new-only", "errors-only", "none", "compact"]))
    .addOption(new Option("--log-order <how>", "line by line, or each task in one piece").choices(["auto", "stream", "grouped"]).default("auto"))
    .addOption(new Option("--log-prefix <how>", "each line behind the task's name").choices(["auto", "task", "none"]).default("auto"))
    .option("--summarize", "write what came of it to .fathom/summaries/")
    .option("--tui", "show a view of the tasks (default: on a terminal with room, not in CI and not for agents)")
    .option("--no-tui", "show lines instead")
    .option("--watch", "when files change, run again what looked at them, until it is interrupted")
    .option("--json", "one JSON object a line for each thing that happens")
    .addHelpText("after", EXAMPLES)
    .action((tasks: readonly string[], { dryRun, ...options }: RunOptions & { readonly dryRun?: NonNullable<RunOptions["dry"]> }) => act(tasks, dryRun === undefined ? options : { dry: dryRun, ...options }));
}
