// `fathom run <task...>`: the tasks of a workspace, in their order, each replayed
// where it can be. The supervisor has started us under the tap (native/supervisor/tasks.c)
// and says of each task whether it ran. Only puts together what is beside this folder.

import { setTimeout } from "node:timers/promises";
import { realClock } from "../../base/clock.ts";
import type { Disk } from "../../base/disk.ts";
import { absPath, fromText, isAbsPath, toText } from "../../base/path.ts";
import { realDisk } from "../../base/real-disk.ts";
import { Execution, type TaskEvent } from "../../run/execute.ts";
import { Outcomes, OUTCOMES } from "../../run/outcomes.ts";
import { Rounds, type RanInOrder, type RoundsContext, type RoundsOptions } from "../../run/rounds.ts";
import type { TaskGraph } from "../../workspace/graph.ts";
import { shown } from "../../workspace/manifest.ts";
import { encodeOrder, ORDER_FILE } from "../../workspace/observed-order.ts";
import { isReadByAgent } from "../agents.ts";
import { tokensOf } from "../job-tokens.ts";
import { HeldLog } from "../held-log.ts";
import { newCauses } from "../new-causes.ts";
import type { Environment, Printer } from "../render.ts";
import { conclude } from "../run-end.ts";
import { showDry, showGraph } from "../run-dry.ts";
import { valueOf } from "../run-json.ts";
import { prepare, type Prepared, type RunOptions } from "../run-plan.ts";
import type { RunProgress } from "../run-progress.ts";
import { Unchanged, whyUnlike } from "../run-unchanged.ts";
import { viewFor } from "../run-view.ts";
import { onSignals } from "../signals.ts";
import { spawnScript } from "../spawn-script.ts";
import { writeState } from "../../workspace/state-folder.ts";
import type { SummaryFile } from "../summary-file.ts";
import type { TaskView } from "../task-view.ts";
import { durationText, TaskLines, type OutputLogs } from "../task-lines.ts";

const USAGE_ERROR = 2;

/** As turbo: what GitHub folds has the task's name above it, not in each line. */
function linesFor(options: RunOptions, logs: OutputLogs, env: Environment, print: Printer): TaskLines {
  const isFolded = options.logOrder === "auto" && env["GITHUB_ACTIONS"] === "true";
  return new TaskLines({
    logs, isChosen: options.outputLogs !== undefined || logs === "compact", order: options.logOrder === "auto" ? (isFolded ? "grouped" : "stream") : options.logOrder,
    hasPrefix: options.logPrefix === "task" || (options.logPrefix === "auto" && !isFolded), hasGroups: isFolded,
    write: (stream, text) => { if (stream === 1) print.say(text.slice(0, -1)); else print.note(text.slice(0, -1)); },
    bold: print.bold, red: print.red,
  });
}

function begin({ packages }: Prepared, tasks: readonly string[], logs: OutputLogs, isChosen: boolean, print: Printer): void {
  const count = `${String(packages.length)} ${packages.length === 1 ? "package" : "packages"}`;
  if (logs === "compact") {
    print.say(`• Running ${tasks.join(", ")} in ${count}${isChosen ? "" : "; what they say is shown of those that fail (--output-logs=full: of all)"}`);
    return;
  }
  print.say(`• Packages in scope: ${packages.join(", ")}`);
  print.say(`• Running ${tasks.join(", ")} in ${count}\n`);
}

interface Ground {
  readonly disk: Disk;
  readonly outcomes: Outcomes;
  readonly env: Environment;
  readonly tokens: RoundsContext["tokens"];
  readonly cwd: string;
  readonly view: TaskView | null;
}

function contextOf({ workspace }: Prepared, { disk, outcomes, env, cwd, tokens, view }: Ground): RoundsContext {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => name !== OUTCOMES));
  return {
    clock: realClock, start: view === null ? spawnScript : (spawn) => view.start(spawn), observed: (pid) => outcomes.of(pid), newCause: newCauses(env, cwd), folderOf: ({ owner }) => toText(owner.folder), tokens,
    ground: { env: own, manager: workspace.manager, isPnp: workspace.isPnp, root: toText(workspace.root), node: process.execPath },
    outcomes, wait: setTimeout, shown: (path) => shown(path, workspace.root),
    keep: (edges) => writeState(disk, workspace.root, ORDER_FILE, encodeOrder(workspace.root, edges)),
  };
}

/** While it runs, signals are its business. */
async function toTheEnd(rounds: Rounds): Promise<RanInOrder> {
  const letGo = onSignals((signal, isForwarded) => { rounds.interrupt(signal, isForwarded); });
  const ran = await rounds.run();
  letGo();
  return ran;
}

async function progressFor({ graph, concurrency, workspace }: Prepared, disk: Disk, print: Printer): Promise<RunProgress> {
  const progress = await import("../run-progress.ts");
  return new progress.RunProgress({ graph, concurrency, clock: realClock, disk, root: workspace.root, show: (text) => print.status(text) });
}

async function summaryFor(): Promise<SummaryFile> {
  const summary = await import("../summary-file.ts");
  return new summary.SummaryFile(realClock);
}

/** Where it is; null where it could not be written, which is said. */
function summarize(file: SummaryFile, { graph, packages, envMode, workspace }: Prepared, told: { readonly command: string; readonly exitCode: number; readonly lines: TaskLines }, disk: Disk, print: Printer): string | null {
  const name = file.name(process.pid);
  const { command, exitCode, lines } = told;
  const value = file.value(name, { graph, root: workspace.root, packages, envMode, command, exitCode, errorOf: (id) => lines.errorOf(id)?.text ?? null });
  const written = writeState(disk, workspace.root, `summaries/${name}.json`, `${JSON.stringify(value, null, 2)}\n`);
  if (written.ok) return toText(written.value);
  print.failure(written.failure);
  return null;
}

const optionsOf = ({ graph, asked, observed, concurrency, envMode, cacheUse }: Prepared, options: RunOptions, args: readonly string[]): RoundsOptions => ({
  graph, observed, isParallel: options.parallel === true, concurrency, args, asked, isUncached: !cacheUse.reads, envMode,
  onFailure: options.continue === true ? "always" : (options.continue ?? "never"),
});

export async function run(tasks: readonly string[], args: readonly string[], options: RunOptions, env: Environment, cwd: string, printer: Printer): Promise<number> {
  const log = new HeldLog(printer);
  const print = log.printer;
  const disk = realDisk(realClock);
  const prepared = await prepare(tasks, options, disk, cwd, env);
  if (!prepared.ok) {
    print.failure(prepared.failure);
    return USAGE_ERROR;
  }
  const noteAll = (to: Printer): void => { for (const note of new Set(prepared.value.notes)) to.note(`fathom: ${note}`); };
  noteAll(print);
  if (options.dry !== undefined) return showDry(prepared.value, options.dry === "json", print);
  if (options.graph !== undefined) return showGraph(prepared.value, options.graph, { disk, cwd, print });
  const told = fromText(env[OUTCOMES] ?? "");
  const view = await viewFor(options, env, log);
  const ground = { disk, env, cwd, view, tokens: tokensOf(env, print), outcomes: new Outcomes(disk, isAbsPath(told) ? absPath(told) : null) };
  const isJson = options.json === true;
  const logs = options.outputLogs ?? (isReadByAgent(env) ? "compact" : "full");
  const open = (to: Printer): TaskLines => {
    if (!isJson && logs !== "none") begin(prepared.value, tasks, logs, options.outputLogs !== undefined, to);
    return linesFor(options, logs, env, to);
  };
  const lines = open(print);
  const command = ["fathom", "run", ...tasks].join(" ");

  /** Some of the tasks, with all that is said of them. */
  async function go(of: Prepared, graph: TaskGraph, toEnd: (rounds: Rounds) => Promise<RanInOrder>): Promise<RanInOrder> {
    const startedNs = realClock.nowNs();
    const file = options.summarize === true ? await summaryFor() : null;
    const progress = view !== null || (print.isWatched && !isJson && logs !== "compact") ? await progressFor({ ...of, graph }, disk, print) : null;
    const unchanged = isAbsPath(told) ? new Unchanged(whyUnlike(options, of)) : null;
    const tell = (event: TaskEvent): void => {
      unchanged?.on(event);
      file?.on(event);
      progress?.on(event);
      progress?.clear();
      say(event);
    };
    const rounds = new Rounds({ ...optionsOf(of, options, args), graph }, contextOf(of, ground), tell);
    const endProgress = progress?.begin();
    if (progress !== null) view?.expect(of.graph, () => progress.text());
    const ran = await toEnd(rounds);
    endProgress?.();
    if (options.watch !== true) view?.end();
    const tookMs = Number((realClock.nowNs() - startedNs) / 1_000_000n);
    const summary = file === null ? null : summarize(file, { ...of, graph }, { command, exitCode: ran.exitCode, lines }, disk, print);
    conclude({ ...of, graph }, ran, { lines, isJson, logs, tookMs, took: durationText(tookMs), summary }, env, print);
    if (isAbsPath(told)) unchanged?.tell({ ...of, graph }, ran, { logs, env, print, disk, outcomes: absPath(told), begin: (to) => { noteAll(to); return open(to); } });
    return ran;
  }
  const say = (event: TaskEvent): void => {
    view?.on(event);
    if (isJson) print.value(valueOf(event));
    else lines.on(event);
  };

  if (options.watch !== true) return (await go(prepared.value, prepared.value.graph, toTheEnd)).exitCode;
  const { watchTasks } = await import("../run-watch.ts");
  const exitCode = await watchTasks(prepared.value, {
    go, outcomes: ground.outcomes, disk, isJson, print,
    onRestart: view === null ? null : (restart) => { view.onRestart(restart); },
    prepare: () => prepare(tasks, options, disk, cwd, env),
    persistent: (of, graph) => new Execution({ ...optionsOf(of, options, args), graph }, contextOf(of, ground), say),
  });
  view?.end();
  return exitCode;
}
