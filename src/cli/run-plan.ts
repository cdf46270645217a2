// From the options of `fathom run` to what is to be run: the workspace, its rules,
// the chosen packages and the graph of tasks. Runs nothing, prints nothing.

import { availableParallelism } from "node:os";
import type { Disk } from "../base/disk.ts";
import { fromText, isAbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { EnvMode } from "../run/given.ts";
import type { Continue } from "../run/schedule.ts";
import { changedSince, defaultBase, forkPoint } from "../workspace/changes.ts";
import type { Settings } from "../workspace/config.ts";
import { configFilesOf } from "../workspace/config-files.ts";
import { readNx } from "../workspace/dialects/nx.ts";
import { readTurbo } from "../workspace/dialects/turbo.ts";
import { readWireit } from "../workspace/dialects/wireit.ts";
import { discover, type Workspace } from "../workspace/discover.ts";
import { select } from "../workspace/filter.ts";
import { taskGraph, type Task, type TaskGraph, type TaskId } from "../workspace/graph.ts";
import { linksOf } from "../workspace/links.ts";
import { readOrder, type ObservedEdge } from "../workspace/observed-order.ts";
import { Rules, type RuleSource } from "../workspace/rules.ts";
import { parseCacheSpec, type CacheUse } from "./cache-spec.ts";
import type { Environment } from "./render.ts";
import type { LogOrder, OutputLogs } from "./task-lines.ts";

export interface RunOptions {
  readonly filter?: readonly string[];
  /** True: since the default branch. */
  readonly affected?: string | true;
  readonly only?: true;
  readonly parallel?: true;
  readonly concurrency?: string;
  readonly continue?: Continue | true;
  readonly force?: true;
  /** --cache=<list>; false: --no-cache. */
  readonly cache?: string | false;
  readonly envMode?: EnvMode;
  readonly dry?: "text" | "json" | true;
  readonly graph?: string | true;
  readonly outputLogs?: OutputLogs;
  readonly logOrder: LogOrder | "auto";
  readonly logPrefix: "auto" | "none" | "task";
  readonly json?: true;
  readonly summarize?: true;
  readonly watch?: true;
  /** Undefined: where a person looks. */
  readonly tui?: boolean;
}

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

/** --no-cache and --force are short for a list. */
export function cacheUseOf({ cache, force }: Pick<RunOptions, "cache" | "force">): Result<CacheUse, Failure> {
  if (typeof cache === "string") return parseCacheSpec(cache);
  return ok({ reads: cache !== false && force !== true, writes: cache !== false });
}

/** What a workspace says itself is stronger than what it says to other tools. */
function rulesOf(disk: Disk, workspace: Workspace, settings: Settings | null): Result<Rules, Failure> {
  const sources: RuleSource[] = settings === null ? [] : [settings.source];
  for (const read of [readTurbo, readNx, readWireit]) {
    const source = read(disk, workspace);
    if (!source.ok) return source;
    if (source.value !== null) sources.push(source.value);
  }
  return ok(new Rules(sources));
}

export interface Prepared {
  readonly workspace: Workspace;
  readonly packages: readonly string[];
  readonly graph: TaskGraph;
  readonly asked: ReadonlySet<TaskId>;
  /** The order that earlier runs saw. */
  readonly observed: readonly ObservedEdge[];
  readonly notes: readonly string[];
  readonly concurrency: number;
  readonly envMode: EnvMode;
  readonly cacheUse: CacheUse;
}

/** Whether there is anything to run of it. */
export const runs = ({ command }: Task): boolean => command !== null;

/** Null: there is no configuration, and nothing is loaded for one. */
async function settingsOf(disk: Disk, workspace: Workspace): Promise<Result<Settings | null, Failure>> {
  const files = configFilesOf(disk, workspace);
  if (files === null) return ok(null);
  const [{ readSettings }, { loadConfig }] = await Promise.all([import("../workspace/config.ts"), import("./load-config.ts")]);
  return readSettings(disk, workspace, files, loadConfig);
}

export async function prepare(tasks: readonly string[], options: RunOptions, disk: Disk, cwd: string, env: Environment): Promise<Result<Prepared, Failure>> {
  const cacheUse = cacheUseOf(options);
  if (!cacheUse.ok) return cacheUse;
  const from = fromText(cwd);
  if (!isAbsPath(from)) return fail({ code: "no-workspace", message: `Cannot use "${cwd}" as a folder` });
  const found = discover(disk, from);
  if (!found.ok) return found;
  const workspace = found.value;
  const settings = await settingsOf(disk, workspace);
  if (!settings.ok) return settings;
  const wanted = options.concurrency ?? (options.parallel === true ? String(PARALLEL_MAX) : (settings.value?.concurrency ?? undefined));
  const concurrency = concurrencyOf(wanted, availableParallelism());
  if (!concurrency.ok) return concurrency;
  const rules = rulesOf(disk, workspace, settings.value);
  if (!rules.ok) return rules;
  const links = linksOf(workspace);
  const base = options.affected === true ? defaultBase(workspace.root, env["GITHUB_BASE_REF"]) : options.affected;
  const filters = [...(options.filter ?? []), ...(base === undefined ? [] : [`...[${forkPoint(workspace.root, base)}]`])];
  const packages = select(filters, { workspace, links, from, changedSince: (commit) => changedSince(workspace.root, commit) });
  if (!packages.ok) return packages;
  const order = readOrder(disk, workspace.root);
  const chosen = {
    observed: order.ok ? order.value : [],
    workspace, packages: packages.value, concurrency: concurrency.value, cacheUse: cacheUse.value, envMode: options.envMode ?? settings.value?.envMode ?? "loose",
  };
  const notes = (): readonly string[] => [...rules.value.notes, ...(order.ok ? [] : [order.failure.message])];
  if (packages.value.length === 0) return ok({ ...chosen, notes: notes(), graph: new Map(), asked: new Set() });
  const built = taskGraph({ tasks, packages: packages.value, isAll: filters.length === 0, isOnly: options.only === true, isParallel: options.parallel === true }, { workspace, links, rules: rules.value, observed: chosen.observed });
  return built.ok ? ok({ ...chosen, notes: notes(), ...built.value }) : built; // Rules are read when a task asks for them.
}
