// The options and commands, for help and for everything but running a command.
// The only file that loads commander.

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { readText } from "../base/scratch.ts";
import { packageRoot } from "./places.ts";
import type { IsolateOptions } from "./commands/isolate.ts";
import type { LabOptions } from "./commands/lab.ts";
import type { CollectOptions } from "./commands/cache.ts";
import type { Environment, Printer } from "./render.ts";
import { addDiffCommands } from "./diff-options.ts";
import { addPostmortemCommand } from "./postmortem-options.ts";
import { addProfileCommands } from "./profile-options.ts";
import { addRacesCommand } from "./races-options.ts";
import { addRunCommand } from "./run-options.ts";
import { isSample, isSeed } from "./sample.ts";
import { addStatusCommand } from "./status-options.ts";
import { addViewCommands } from "./view-options.ts";
import { addWhyCommands } from "./why-options.ts";

const USAGE_ERROR = 2;

const EXAMPLES = `
Examples:
  fathom -- make -j2                 run a build; what is still true is replayed
  fathom -- npm run build            a whole script, as one unit
  fathom run build                   a script of every package of a workspace, in their order
  fathom exec --json -- make         the summary as one JSON object on stderr
  fathom exec --force -- make test   run everything, then store it anew
  fathom exec --no-cache -- make     run as it is: nothing replayed, nothing stored
  fathom exec --verify=5% -- make    run 5 of 100 units that could be replayed, and compare
  fathom exec --isolate -- make      what it makes appears when it has succeeded, or not at all
  fathom exec --perturb=7 -- make    run everything in another schedule (see "fathom races")

The exit code, the signals and the output are the command's own; also
  2    the options could not be understood; nothing was run
  3    the command succeeded, but --verify found what the store was wrong about
  4    the command succeeded, but what it made could not appear: --isolate, and the workspace has changed meanwhile
  126  the command is there but cannot be executed
  127  there is no such command`;

const version = (): string => {
  const parsed: unknown = JSON.parse(readText(`${packageRoot()}/package.json`));
  if (typeof parsed === "object" && parsed !== null && "version" in parsed && typeof parsed.version === "string") return parsed.version;
  throw new Error(`Bug in Fathom: there is no version in "${packageRoot()}/package.json"`);
};

function checkedSample(text: string): string {
  if (isSample(text)) return text;
  throw new InvalidArgumentError("expected a whole percentage such as 5%, or with a seed 5%:7");
}

function addExecOptions(command: Command): Command {
  return command
    .option("--quiet", "no summary line")
    .option("--json", "the summary as one JSON object, on stderr")
    .option("--no-cache", "run everything, store nothing")
    .option("--force", "run everything, then store it")
    .addOption(new Option("--verify [sample]", "run units that could be replayed and compare: all, 5%, or 5%:7 with the seed that chooses them")
      .argParser(checkedSample).conflicts(["force", "cache"]))
    .addOption(new Option("--perturb <seed>", "run everything in another schedule, the same for the same seed").argParser(checkedSeed).conflicts(["force", "verify"]));
}

function checkedSeed(text: string): string {
  if (isSeed(text)) return text;
  throw new InvalidArgumentError("expected a whole number from 0 to 4294967295");
}

/** The parser would take what stands behind "--" for more of the same. */
function cutAtDashes(args: readonly string[]): [readonly string[], readonly string[]] {
  const cut = args.indexOf("--");
  return cut < 0 ? [args, []] : [args.slice(0, cut), args.slice(cut + 1)];
}

/** Returns the exit code. */
export async function runProgram(args: readonly string[], env: Environment, print: Printer): Promise<number> {
  let code = 0;
  const cache = new Command("cache").description("show, check, shrink or clear what is stored");
  const program = addExecOptions(new Command("fathom"))
    .description("Runs any build command as it is, observes what it does, and never runs the same work twice.")
    .usage("[options] -- <command>")
    .version(version(), "--version", "print the version")
    .helpOption("--help", "print this help")
    .addHelpText("after", EXAMPLES)
    .enablePositionalOptions();
  addExecOptions(program.command("exec"))
    .description("run a command; \"fathom -- <command>\" is short for it")
    .usage("[options] [--] <command>")
    .argument("[command...]")
    .passThroughOptions()
    .addOption(new Option("--isolate", "on the workspace as it is now: what it makes appears when it has succeeded, or not at all").conflicts(["force", "cache", "verify", "perturb"]))
    .addHelpText("after", EXAMPLES)
    .action(async (asked: string[], options: IsolateOptions & { readonly isolate?: true }, command: Command) => {
      if (options.isolate !== true || asked.length === 0) command.error("error: say what to run, for instance: fathom exec -- make");
      const { isolate } = await import("./commands/isolate.ts");
      code = await isolate(asked, options, env, process.cwd(), print);
    });
  const [words, behind] = ["run", "try", "view", "enter", "whatif"].includes(args[0] ?? "") ? cutAtDashes(args) : [args, []];
  addRunCommand(program, async (tasks, options) => {
    const { run } = await import("./commands/run.ts");
    code = await run(tasks, behind, options, env, process.cwd(), print);
  });
  program.addCommand(cache);
  cache.command("stats").description("what is stored, and where").option("--json", "as one JSON object")
    .action(async (options: { json?: true }) => {
      const { cacheStats } = await import("./commands/cache.ts");
      code = cacheStats(env, options.json === true, print);
    });
  cache.command("clear").description("remove everything that is stored").option("--json", "as one JSON object")
    .action(async (options: { json?: true }) => {
      const { cacheClear } = await import("./commands/cache.ts");
      code = cacheClear(env, options.json === true, print);
    });
  cache.command("verify").description("read everything that is stored; take out and name what is unsound").option("--json", "as one JSON object")
    .addHelpText("after", "\nEnds with 1 when something was unsound. What it held runs again.")
    .action(async (options: { json?: true }) => {
      const { cacheVerify } = await import("./commands/cache.ts");
      code = cacheVerify(env, options.json === true, print);
    });
  cache.command("gc").description("remove what was used longest ago; once a day this happens by itself")
    .option("--max-size <size>", "how much may stay, for instance 500MB (default: 10GB)")
    .option("--max-age <days>", "how long ago it may have been used last (default: 90)")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExamples:\n  fathom cache gc --max-size 2GB\n  fathom cache gc --max-age 14\n\nWhat was stored within the last hour stays.")
    .action(async (options: CollectOptions) => {
      const { cacheGc } = await import("./commands/cache.ts");
      code = cacheGc(env, options, print);
    });
  addWhyCommands(program, async (act) => { code = await act(); }, env, print);
  addProfileCommands(program, behind, async (act) => { code = await act(); }, env, print);
  addRacesCommand(program, async (act) => { code = await act(); }, env, print);
  addDiffCommands(program, async (act) => { code = await act(); }, env, print);
  addPostmortemCommand(program, async (act) => { code = await act(); }, env, print);
  addStatusCommand(program, async (act) => { code = await act(); }, env, print);
  addViewCommands(program, async (act) => { code = await act(); }, behind, env, print);
  program.command("doctor").description("what this machine allows, and what each missing thing costs").option("--json", "as one JSON object")
    .action(async (options: { json?: true }) => {
      const { doctor } = await import("./commands/doctor.ts");
      code = doctor(env, options.json === true, print);
    });
  program.command("lab").description("small systems that break, and what Fathom says of them").argument("[name]", "one of them; nothing: their names")
    .option("--all", "play every one of them").option("--keep", "leave the temporary folder in place").option("--json", "as one JSON object")
    .addHelpText("after", "\nExamples:\n  fathom lab\n  fathom lab pipe-deadlock\n  fathom lab --all\n\nEnds with 1 when an answer is not the expected one.")
    .action(async (name: string | undefined, options: LabOptions) => {
      const { lab } = await import("./commands/lab.ts");
      code = await lab(name, options, env, print);
    });
  program.command("demo").description("build a real C project cold, clean and edited, and show the figures").option("--keep", "leave the temporary folder in place")
    .action(async (options: { keep?: true }) => {
      const { demo } = await import("./commands/demo.ts");
      code = demo(env, options.keep === true, print);
    });
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  for (const each of all(program)) {
    each.exitOverride().configureOutput({
      writeOut: (text) => print.say(text.trimEnd()),
      writeErr: (text) => print.note(text.trimEnd().replace(/^error: /, "fathom: ")),
    });
  }
  if (args.length === 0) {
    print.note(program.helpInformation());
    print.note("fathom: Cannot run nothing: say what to run after \"--\", for instance: fathom -- make");
    return USAGE_ERROR;
  }
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code === "commander.unknownCommand" && !program.commands.some((command) => command.name() === args[0])) {
      print.note(`  To run it as a command: fathom -- ${args.join(" ")}`);
    }
    return USAGE_ERROR;
  }
}
