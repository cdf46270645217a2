// The options of `fathom try`, `fathom view` and `fathom undo`.

import { Option, type Command } from "commander";
import type { EnterOptions } from "./commands/enter.ts";
import type { TryOptions } from "./commands/try.ts";
import type { UndoOptions } from "./commands/undo.ts";
import type { Asked, NewOptions, ViewOptions } from "./commands/view.ts";
import type { Environment, Printer } from "./render.ts";

const TRY_EXAMPLES = `
Examples:
  fathom try -- npm update           then choose: commit, discard, keep, or see the diff
  fathom try --diff -- ./codemod.sh  with the differences of text files
  fathom try --commit -- make        commit if it succeeds and nothing conflicts
  fathom try --hide .env -- npm test the same without a file of that name
  fathom try --lazy-outputs -- make  what is replayed is not copied before it is read
  fathom try --deterministic -- tar cf ../a.tar src
                                     the same bytes whenever and wherever src was written
  fathom try --keep --json -- make   one JSON object on stderr, for programs

The command runs in a private copy of the workspace, at the same path. What it changes elsewhere (/tmp, your
home) it changes. The exit code is the command's own; also
  1  there can be no view here, or what was to be done with it failed
  2  the options could not be understood; nothing was run
  4  the command succeeded, but its changes conflict with what has changed in the workspace meanwhile`;

const VIEW_EXAMPLES = `
Examples:
  fathom view new fix -- npm test    make a view and run a command in it
  fathom view new --hide .env agent  one in which no file of that name is
  fathom view enter fix              a shell in it; "-- <command>" runs that
  fathom view list                   all views; which can be committed independently
  fathom view diff fix --text        what it changed, as differences of text
  fathom view commit fix src/a.ts    one file of it; without paths all
  fathom view rebase fix             onto what the workspace is now
  fathom view discard fix

A view is private, writable, and seen at the workspace's own path. It goes on showing the workspace as it was when it was made, until it is
rebased or all of it is committed. Exit codes: those of the command that runs in it; 1 when
there can be no view here, 2 when there is none of that name, 4 when something conflicts (nothing is touched then).`;

const ENTER_EXAMPLES = `
Examples:
  fathom enter web#build             a shell in which everything is as the last "build" of "web" found it
  fathom enter 4711:"cc -c a.c"      as that compile of run 4711 found it (see "fathom runs")
  fathom enter 4711: -- make         as the command of that run found it; runs make there

A private copy of the workspace: files, links and missing names that the step relied on are what they were, from the store and from
git. What nobody has any more is named, and so is what has changed outside the workspace. The environment is yours. Ends as the command does;
with 1 when there can be no view here, with 2 when the run or the step is not known, or nothing is stored of it.`;

const UNDO_EXAMPLES = `
Examples:
  fathom undo          take the last commit back: what it replaced and removed is there again
  fathom undo 3        the last three
  fathom undo --list   the commits that are kept

Files that git does not track or ignores are covered as well. Kept are the last 50 commits of 14 days, as long as
they take no more than 1 GB. Ends with 1 when there is nothing to undo, and with 4 when a file was changed since; the commit is
left as it is then.`;

/** Again and again. */
const HIDE = ["--hide <pattern>", "names that are not there in it: \".env\" anywhere, \"secrets/*\" from the root; may be given again"] as const;
const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

/** Bazel and Git call what they leave out until it is needed by its bytes ("without the bytes", "partial"); what a reader wants to know is when they come. */
const LAZY = ["--lazy-outputs", "what is replayed from the cache has its size, mode and time at once, and its bytes when something opens it"] as const;

/** As compilers and archivers call an output that does not depend on when and where it was made. What is replayed would be another engine's. */
const deterministic = (): Option => new Option("--deterministic", "every file has one time (SOURCE_DATE_EPOCH or 1980), is numbered by its name, and is listed in the order of names").conflicts("lazyOutputs");

type Act = (command: () => Promise<number> | number) => Promise<void>;

/** `behind`: what stands behind "--". */
export function addViewCommands(program: Command, act: Act, behind: readonly string[], env: Environment, print: Printer): void {
  program.command("try").description("run a command in a copy of the workspace, see what it does, then keep that or not")
    .usage("[options] -- <command>")
    .option("--commit", "commit without asking, if the command succeeds")
    .option("--discard", "throw away without asking")
    .option("--keep", "keep the view without asking")
    .option("--diff", "show differences of text files")
    .option(...HIDE, collect)
    .option(...LAZY)
    .addOption(deterministic())
    .option("--json", "what it did and what it read, as one JSON object on stderr")
    .addHelpText("after", TRY_EXAMPLES)
    .action(async (options: TryOptions, command: Command) => {
      if ([options.commit, options.discard, options.keep].filter((each) => each === true).length > 1) command.error("error: --commit, --discard and --keep exclude each other");
      if (behind.length === 0) command.error("error: say what to run, for instance: fathom try -- make");
      const { tryCommand } = await import("./commands/try.ts");
      await act(() => tryCommand(behind, options, env, process.cwd(), print));
    });
  program.command("undo").description("take back the last commit of a view, or the last few")
    .argument("[n]", "how many").option("--list", "the commits that are kept").option("--json", "as one JSON object")
    .addHelpText("after", UNDO_EXAMPLES)
    .action(async (count: string | undefined, options: UndoOptions) => {
      const { undo } = await import("./commands/undo.ts");
      await act(() => undo(count, options, env, process.cwd(), print));
    });
  program.command("enter").description("a shell, or a command, with what a past step was given, as it was")
    .usage("[<run>:]<unit> [--json] [-- <command>]").argument("<unit>", "a task, a program, or a part of a command line; behind a run and \":\", of that run")
    .option("--json", "what was put back and what could not be, as one JSON object on stderr")
    .addHelpText("after", ENTER_EXAMPLES)
    .action(async (name: string, options: EnterOptions) => {
      const { enterPast } = await import("./commands/enter.ts");
      await act(() => enterPast(name, behind, options, env, process.cwd(), print));
    });
  addView(program.command("view").description("private, writable copies of the workspace").addHelpText("after", VIEW_EXAMPLES), act, behind, env, print);
}

function addView(view: Command, act: Act, behind: readonly string[], env: Environment, print: Printer): void {
  const asked = (options: ViewOptions): Asked => ({ env, cwd: process.cwd(), print, isJson: options.json === true });
  const commands = (): Promise<typeof import("./commands/view.ts")> => import("./commands/view.ts");
  const json = (command: Command): Command => command.option("--json", "as one JSON object");
  json(view.command("new").description("make a view; with a command, run it there").usage("[name] [--hide <pattern>] [--lazy-outputs] [--deterministic] [-- <command>]").option(...HIDE, collect).option(...LAZY).addOption(deterministic()).argument("[name]"))
    .action(async (name: string | undefined, options: NewOptions) => { const { viewNew } = await commands(); await act(() => viewNew(name, behind, options, asked(options))); });
  view.command("enter").description("a shell, or a command, in a view").usage("<name> [-- <command>]").argument("<name>")
    .action(async (name: string) => { const { viewEnter } = await commands(); await act(() => viewEnter(name, behind, asked({}))); });
  json(view.command("list").description("all views of the workspace, and which can be committed independently"))
    .action(async (options: ViewOptions) => { const { viewList } = await commands(); await act(() => viewList(asked(options))); });
  json(view.command("diff").description("what was changed in a view").argument("<name>").argument("[paths...]")).option("--text", "as differences of text files")
    .action(async (name: string, paths: string[], options: ViewOptions) => { const { viewDiff } = await commands(); await act(() => viewDiff(name, paths, options, asked(options))); });
  json(view.command("commit").description("put what was changed in a view into the workspace; it is empty then").argument("<name>").argument("[paths...]"))
    .action(async (name: string, paths: string[], options: ViewOptions) => { const { viewCommit } = await commands(); await act(() => viewCommit(name, paths, asked(options))); });
  json(view.command("rebase").description("put a view on what the workspace is now").argument("<name>"))
    .action(async (name: string, options: ViewOptions) => { const { viewRebase } = await commands(); await act(() => viewRebase(name, asked(options))); });
  json(view.command("discard").description("remove a view and what was changed in it").argument("<name>"))
    .action(async (name: string, options: ViewOptions) => { const { viewDiscard } = await commands(); await act(() => viewDiscard(name, asked(options))); });
  json(view.command("path").description("the folder that holds what was changed in a view").argument("<name>"))
    .action(async (name: string, options: ViewOptions) => { const { viewPath } = await commands(); await act(() => viewPath(name, asked(options))); });
}
