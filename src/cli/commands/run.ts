// `fathom run <task...>`: the tasks of a workspace, in their order, each replayed
// where it can be. The supervisor has started us under the tap (native/supervisor/tasks.c)
// and says of each task whether it ran.

import { availableParallelism } from "node:os";
import { realClock } from "../../base/clock.ts";
import { absPath, fromText, isAbsPath, toText } from "../../base/path.ts";
import type { Disk } from "../../base/disk.ts";
import { realDisk } from "../../base/real-disk.ts";
import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { Execution, type Ran, type TaskEvent } from "../../run/execute.ts";
import { Outcomes } from "../../run/outcomes.ts";
import type { Continue } from "../../run/schedule.ts";
import { changedSince } from "../../workspace/changes.ts";
import { discover, type Workspace } from "../../workspace/discover.ts";
import { readNx } from "../../workspace/dialects/nx.ts";
import { readTurbo } from "../../workspace/dialects/turbo.ts";
import { readWireit } from "../../workspace/dialects/wireit.ts";
import { select } from "../../workspace/filter.ts";
import { taskGraph, type Task, type TaskGraph, type TaskId } from "../../workspace/graph.ts";
import { linksOf } from "../../workspace/links.ts";
import { shown } from "../../workspace/manifest.ts";
import { Rules, type RuleSource } from "../../workspace/rules.ts";
import type { Environment, Printer } from "../render.ts";
import { newCauses } from "../new-causes.ts";
import { spawnScript } from "../spawn-script.ts";
import { graphText } from "../task-graph-text.ts";
import { endText, prefixOf, summaryLines, TaskLines, type LogOrder, type OutputLogs } from "../task-lines.ts";

export interface RunOptions {
  readonly filter?: readonly string[];
  /** True: since the default branch. */
  readonly affected?: string | true;
  readonly only?: true;
  readonly parallel?: true;
  readonly concurrency?: string;
  readonly continue?: Continue | true;
  readonly force?: true;
  readonly cache: boolean;
  readonly dry?: "text" | "json" | true;
  readonly graph?: string | true;
  readonly outputLogs: OutputLogs;
  readonly logOrder: LogOrder | "auto";
  readonly logPrefix: "auto" | "none" | "task";
  readonly json?: true;
}

const USAGE_ERROR = 2;
/** Where the supervisor writes outcomes; it is not for the tasks. */
const OUTCOMES = "FATHOM_OUTCOMES";
/** All at once, where nothing else was said. */
const PARALLEL_MAX = 1024;

/** "4", or "50%" of the processors. */
export function concurrencyOf(text: string | undefined, processors: number): Result<number, Failure> {
  if (text === undefined) return ok(processors);
  const [, number, percent] = /^(\d{1,4})(%?)$/.exec(text) ?? [];
  const value = percent === "%" ? Math.max(1, Math.floor((processors * Number(number)) / 100)) : Number(number);
  if (number !== undefined && value >= 1) return ok(value);
  return fail({ code: "concurrency-invalid", message: `Cannot use --concurrency="${text}": expected a whole number from 1, or a percentage such as 50%` });
}

function rulesOf(disk: Disk, workspace: Workspace): Result<Rules, Failure> {
  const sources: RuleSource[] = [];
  for (const read of [readTurbo, readNx, readWireit]) {
    const source = read(disk, workspace);
    if (!source.ok) return source;
    if (source.value !== null) sources.push(source.value);
  }
  return ok(new Rules(sources));
}

interface Prepared {
  readonly workspace: Workspace;
  readonly packages: readonly string[];
  readonly graph: TaskGraph;
  readonly asked: ReadonlySet<TaskId>;
  readonly notes: readonly string[];
  readonly concurrency: number;
}

function prepare(tasks: readonly string[], options: RunOptions, disk: Disk, cwd: string): Result<Prepared, Failure> {
  const concurrency = concurrencyOf(options.concurrency, options.parallel === true ? PARALLEL_MAX : availableParallelism());
  if (!concurrency.ok) return concurrency;
  const from = fromText(cwd);
  if (!isAbsPath(from)) return fail({ code: "no-workspace", message: `Cannot use "${cwd}" as a folder` });
  const found = discover(disk, from);
  if (!found.ok) return found;
  const workspace = found.value;
  const links = linksOf(workspace);
  const rules = rulesOf(disk, workspace);
  if (!rules.ok) return rules;
  const since = options.affected === true ? "origin/HEAD" : options.affected;
  const filters = [...(options.filter ?? []), ...(since === undefined ? [] : [`...[${since}]`])];
  const packages = select(filters, { workspace, links, from, changedSince: (commit) => changedSince(workspace.root, commit) });
  if (!packages.ok) return packages;
  const chosen = { workspace, packages: packages.value, concurrency: concurrency.value };
  if (packages.value.length === 0) return ok({ ...chosen, graph: new Map(), asked: new Set(), notes: rules.value.notes });
  const wanted = { tasks, packages: packages.value, isOnly: options.only === true, isParallel: options.parallel === true };
  const built = taskGraph(wanted, { workspace, links, rules: rules.value });
  return built.ok ? ok({ ...chosen, ...built.value, notes: rules.value.notes }) : built;
}

const runs = ({ command }: Task): boolean => command !== null;

function dry({ workspace, packages, graph }: Prepared, isJson: boolean, print: Printer): number {
  const tasks = [...graph.values()].filter(runs);
  if (isJson) {
    print.value({
      packages,
      tasks: tasks.map(({ id, owner, name, command, dependsOn, rule }) => ({
        taskId: id, task: name, package: owner.name, directory: shown(owner.folder, workspace.root), command,
        dependencies: dependsOn.filter((other) => graph.get(other)?.command !== null), cache: rule.cache, persistent: rule.persistent,
      })),
    });
    return 0;
  }
  print.say(`Packages in scope: ${packages.join(", ")}`);
  for (const { id, command, owner, dependsOn } of tasks) {
    print.say(`\n${print.bold(id)}`);
    print.say(`  Directory     ${shown(owner.folder, workspace.root)}`);
    print.say(`  Command       ${command ?? ""}`);
    print.say(`  Dependencies  ${dependsOn.join(", ")}`);
  }
  return 0;
}

function linesFor(options: RunOptions, env: Environment, print: Printer): TaskLines {
  const isActions = env["GITHUB_ACTIONS"] === "true";
  const order = options.logOrder === "auto" ? (isActions ? "grouped" : "stream") : options.logOrder;
  return new TaskLines({
    logs: options.outputLogs, order, hasPrefix: options.logPrefix !== "none", hasGroups: isActions,
    write: (stream, text) => { if (stream === 1) print.say(text.slice(0, -1)); else print.note(text.slice(0, -1)); },
    bold: print.bold, red: print.red,
  });
}

/** One line of JSON for each thing that happens. */
function valueOf(event: TaskEvent): object {
  const source = event.task.id;
  switch (event.kind) {
    case "started": return { event: "started", source, command: event.task.command };
    case "status": return { event: "status", source, status: event.status, cause: event.cause };
    case "output": return { event: "output", source, level: event.stream === 1 ? "stdout" : "stderr", text: event.bytes.toString("utf8") };
    case "ended": return { event: "ended", source, status: event.status, end: event.end, tookMs: event.tookMs };
    case "skipped": return { event: "skipped", source };
  }
}

export async function run(tasks: readonly string[], args: readonly string[], options: RunOptions, env: Environment, cwd: string, print: Printer): Promise<number> {
  const disk = realDisk(realClock);
  const prepared = prepare(tasks, options, disk, cwd);
  if (!prepared.ok) {
    print.failure(prepared.failure);
    return USAGE_ERROR;
  }
  const { workspace, packages, graph, asked, notes, concurrency } = prepared.value;
  for (const note of new Set(notes)) print.note(`fathom: ${note}`);
  if (options.dry !== undefined) return dry(prepared.value, options.dry === "json", print);
  if (options.graph !== undefined) return showGraph(prepared.value, options.graph, disk, cwd, print);
  const started = realClock.nowNs();
  const lines = linesFor(options, env, print);
  const isJson = options.json === true;
  if (!isJson && options.outputLogs !== "none") {
    print.say(`• Packages in scope: ${packages.join(", ")}`);
    print.say(`• Running ${tasks.join(", ")} in ${String(packages.length)} ${packages.length === 1 ? "package" : "packages"}\n`);
  }
  const told = env[OUTCOMES] ?? "";
  const outcomes = new Outcomes(disk, isAbsPath(fromText(told)) ? absPath(fromText(told)) : null);
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => name !== OUTCOMES));
  const execution = new Execution(
    { graph, concurrency, onFailure: options.continue === true ? "always" : (options.continue ?? "never"), args, asked, isUncached: options.force === true || !options.cache },
    {
      clock: realClock, start: spawnScript, observed: (pid) => outcomes.of(pid), newCause: newCauses(env, cwd), folderOf: ({ owner }) => toText(owner.folder),
      ground: { env: own, manager: workspace.manager, root: toText(workspace.root), node: process.execPath },
    },
    (event) => { if (isJson) print.value(valueOf(event)); else lines.on(event); },
  );
  const signals = ["SIGINT", "SIGTERM"] as const;
  // A terminal tells the whole group of Ctrl-C; nobody else does.
  const stop = (signal: "SIGINT" | "SIGTERM"): void => { execution.interrupt(signal, !(signal === "SIGINT" && process.stdin.isTTY)); };
  for (const signal of signals) process.on(signal, stop);
  const ran = await execution.run();
  for (const signal of signals) process.off(signal, stop);
  const tookMs = Number((realClock.nowNs() - started) / 1_000_000n);
  conclude(prepared.value, ran, tookMs, { lines, isJson, isSilent: options.outputLogs === "none" }, print);
  return ran.exitCode;
}

function conclude({ graph }: Prepared, { outcomes, statuses, ends, exitCode }: Ran, tookMs: number, { lines, isJson, isSilent }: { readonly lines: TaskLines; readonly isJson: boolean; readonly isSilent: boolean }, print: Printer): void {
  const all = [...graph.values()].filter(runs);
  const failed = all.filter(({ id }) => outcomes.get(id) === "failed").map(({ id }) => id);
  const counts = {
    total: all.length, successful: all.filter(({ id }) => outcomes.get(id) === "done").length,
    cached: all.filter(({ id }) => statuses.get(id) === "replayed" && outcomes.get(id) === "done").length, tookMs, failed,
  };
  if (isJson) return print.value({ event: "done", exitCode, ...counts });
  if (!isSilent) for (const line of summaryLines(counts)) print.say(line);
  for (const id of failed) {
    const error = lines.errorOf(id);
    if (error !== null) print.note(`${print.red(`${prefixOf(id)}:`)} ${error}`);
  }
  const hows = failed.flatMap((id) => { const end = ends.get(id); return end === undefined ? [] : [`${id} ${endText(end)}`]; });
  if (failed.length > 0) print.note(print.red(`ERROR  run failed: ${hows.join(", ")}`));
}

function showGraph({ graph }: Prepared, file: string | true, disk: Disk, cwd: string, print: Printer): number {
  const text = graphText(graph, file === true ? "dot" : file);
  if (!text.ok) {
    print.failure(text.failure);
    return USAGE_ERROR;
  }
  if (file === true) {
    print.say(text.value.trimEnd());
    return 0;
  }
  const path = file.startsWith("/") ? file : `${cwd}/${file}`;
  const written = disk.writeFile(absPath(fromText(path)), Buffer.from(text.value, "utf8"), 0o644);
  if (written.ok) return 0;
  print.failure(written.failure);
  return 1;
}
