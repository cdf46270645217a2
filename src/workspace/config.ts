// fathom.json of the root and of packages, and fathom.config.ts: what a workspace
// says itself, stronger than what it says to other tools. Loaded only where there
// is any: see config-files.ts.

import type { Disk } from "../base/disk.ts";
import { toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { ConfigFiles } from "./config-files.ts";
import { readConfig, readPackageConfig, type Problem } from "./config-reader.ts";
import type { Config, PackageConfig, TaskConfig } from "./config-shape.ts";
import type { Package, Workspace } from "./discover.ts";
import { ROOT_NAME } from "./graph.ts";
import { parseJsonWithComments, placeText, type Place } from "./json.ts";
import { placeInJson, placeInProgram } from "./json-place.ts";
import { textAt } from "./manifest.ts";
import { perhaps } from "./nearest.ts";
import type { PartialRule, RuleSource } from "./rules.ts";

/** Runs such a program and gives what it exports; handed in, for it is no business of a disk. */
export type LoadProgram = (path: AbsPath) => Result<unknown, Failure>;

export interface Settings {
  readonly source: RuleSource;
  readonly concurrency: string | null;
  readonly envMode: "loose" | "strict" | null;
}

function unusable(path: AbsPath, place: Place | null, { text, advice }: Problem): Failure {
  const where = place === null ? "" : `${placeText(place)}: `;
  return { code: "config-invalid", message: `Cannot use "${toText(path)}": ${where}${text}`, ...(advice === undefined ? {} : { advice }) };
}

function fromJson<T>(path: AbsPath, text: string, read: (value: unknown) => Result<T, Problem>): Result<T, Failure> {
  const parsed = parseJsonWithComments(text);
  if (!parsed.ok) return fail({ code: "config-invalid", message: `Cannot read "${toText(path)}": ${parsed.failure}` });
  const config = read(parsed.value);
  return config.ok ? config : fail(unusable(path, placeInJson(text, config.failure.path, config.failure.isName), config.failure));
}

function readRoot(disk: Disk, path: AbsPath, load: LoadProgram): Result<Config, Failure> {
  const text = textAt(disk, path);
  if (!text.ok) return text;
  if (path.endsWith(".json")) return fromJson(path, text.value ?? "{}", readConfig);
  const value = load(path);
  if (!value.ok) return value;
  const config = readConfig(value.value);
  return config.ok ? config : fail(unusable(path, placeInProgram(text.value ?? "", config.failure.path), config.failure));
}

/** What is named, and nothing where nothing is: a program may say undefined. */
function ruleIn({ dependsOn, env, persistent, interactive, interruptible, outputs, outputLogs, cache }: TaskConfig): PartialRule {
  const named = Object.entries({ dependsOn, env, persistent, interactive, interruptible, outputs, outputLogs, cache }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(named); // Of the same names.
}

class ConfigRules implements RuleSource {
  readonly notes: readonly string[];
  readonly env: readonly string[];
  readonly #root: Config;
  readonly #own: ReadonlyMap<AbsPath, PackageConfig>;
  readonly #rootFolder: AbsPath;

  constructor(root: Config, own: ReadonlyMap<AbsPath, PackageConfig>, workspace: Workspace) {
    this.#root = root;
    this.#own = own;
    this.#rootFolder = workspace.root;
    this.env = root.env ?? [];
    this.notes = strangers(root, workspace);
  }

  ruleOf(owner: Package, task: string): PartialRule | null {
    const atRoot = this.#root.tasks ?? {};
    const named = owner.folder === this.#rootFolder ? [`${ROOT_NAME}#${task}`] : [];
    const found = [atRoot[task], atRoot[`${owner.name}#${task}`], ...named.map((name) => atRoot[name]), this.#own.get(owner.folder)?.tasks?.[task]].filter((each) => each !== undefined);
    return found.length === 0 ? null : Object.assign({}, ...found.map(ruleIn)) as PartialRule; // Of parts that are each one.
  }

  namesOfRoot(task: string): boolean {
    return this.#root.tasks?.[`${ROOT_NAME}#${task}`] !== undefined;
  }
}

/** Tasks of packages that are not there. */
function strangers({ tasks }: Config, { packages }: Workspace): readonly string[] {
  const names = new Set([ROOT_NAME, ...packages.map(({ name }) => name)]);
  return Object.keys(tasks ?? {}).flatMap((key) => {
    const name = key.slice(0, Math.max(0, key.lastIndexOf("#")));
    return name === "" || names.has(name) ? [] : [`the configuration speaks of "${key}", and there is no such package; ${perhaps(name, names, "it has no effect")}`];
  });
}

export function readSettings(disk: Disk, workspace: Workspace, found: ConfigFiles, load: LoadProgram): Result<Settings, Failure> {
  const [path, second] = found.root;
  if (path !== undefined && second !== undefined) return fail({ code: "config-twice", message: `Cannot tell which holds: there is both "${toText(path)}" and "${toText(second)}"`, advice: "Remove one of them" });
  const root = path === undefined ? ok({}) : readRoot(disk, path, load);
  if (!root.ok) return root;
  const own = new Map<AbsPath, PackageConfig>();
  for (const [owner, file] of found.packages) {
    const text = textAt(disk, file);
    if (!text.ok) return text;
    const config = fromJson(file, text.value ?? "{}", readPackageConfig);
    if (!config.ok) return config;
    own.set(owner.folder, config.value);
  }
  const { concurrency, envMode }: Config = root.value;
  return ok({ source: new ConfigRules(root.value, own, workspace), concurrency: concurrency === undefined ? null : String(concurrency), envMode: envMode ?? null });
}
