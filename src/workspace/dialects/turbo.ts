// turbo.json, for its order: "tasks" ("pipeline" before version 2) of the root, and
// of packages that extend it. Source: turborepo.com/docs/reference/configuration.

import type { Disk } from "../../base/disk.ts";
import { ok, type Failure, type Result } from "../../base/result.ts";
import type { AbsPath } from "../../base/path.ts";
import type { Package, Workspace } from "../discover.ts";
import { ROOT_NAME } from "../graph.ts";
import { shown } from "../manifest.ts";
import { isObject, type JsonObject } from "../json.ts";
import { isOutputLogs, readObject, stringsIn, type PartialRule, type RuleSource } from "../rules.ts";

const FILE = "turbo.json";

function ruleIn(task: JsonObject, where: string, notes: string[]): PartialRule {
  const rule: { -readonly [Key in keyof PartialRule]: PartialRule[Key] } = {};
  const dependsOn = task["dependsOn"];
  const names = stringsIn(dependsOn);
  // "$NAME" was a variable before version 1.10; variables are observed.
  if (names !== null) rule.dependsOn = names.filter((name) => !name.startsWith("$"));
  else if (dependsOn !== undefined) notes.push(`${where}: "dependsOn" is no list of names`);
  if (typeof task["cache"] === "boolean") rule.cache = task["cache"];
  for (const name of ["persistent", "interactive", "interruptible"] as const) {
    const value = task[name];
    if (typeof value === "boolean") rule[name] = value;
  }
  // "outputMode" before version 2.
  const outputLogs = task["outputLogs"] ?? task["outputMode"];
  if (isOutputLogs(outputLogs)) rule.outputLogs = outputLogs;
  const env = [...(stringsIn(task["env"]) ?? []), ...(stringsIn(task["passThroughEnv"]) ?? [])];
  if (env.length > 0) rule.env = env;
  if (task["with"] !== undefined) notes.push(`${where}: "with" is not followed: name those tasks as well`);
  return rule;
}

/** Without "dependsOn" a task of turbo waits for nothing. */
const complete = (rule: PartialRule): PartialRule => ({ dependsOn: [], ...rule });

class TurboRules implements RuleSource {
  readonly notes: string[] = [];
  readonly env: readonly string[];
  readonly #root: JsonObject;
  readonly #rootFolder: AbsPath;
  /** By folder. */
  readonly #own = new Map<string, JsonObject>();

  constructor(root: JsonObject, rootFolder: AbsPath) {
    this.#root = TurboRules.#tasksIn(root);
    this.#rootFolder = rootFolder;
    this.env = [...(stringsIn(root["globalEnv"]) ?? []), ...(stringsIn(root["globalPassThroughEnv"]) ?? [])];
  }

  extend(owner: Package, own: JsonObject): void {
    this.#own.set(owner.folder, TurboRules.#tasksIn(own));
  }

  static #tasksIn(config: JsonObject): JsonObject {
    const tasks = config["tasks"] ?? config["pipeline"];
    return isObject(tasks) ? tasks : {};
  }

  /** What is said of one package's task stands for what is said of all, and a package's own file adds to either. */
  ruleOf(owner: Package, task: string): PartialRule | null {
    const ofOne = [`${owner.name}#${task}`, ...(owner.folder === this.#rootFolder ? [`${ROOT_NAME}#${task}`] : [])].find((key) => isObject(this.#root[key]));
    const places: readonly (readonly [JsonObject, string])[] = [[this.#root, ofOne ?? task], [this.#own.get(owner.folder) ?? {}, task]];
    let rule: PartialRule | null = null;
    for (const [tasks, key] of places) {
      const found = tasks[key];
      if (isObject(found)) rule = { ...(rule ?? {}), ...ruleIn(found, `turbo.json, "${key}"`, this.notes) };
    }
    return rule === null ? null : complete(rule);
  }

  namesOfRoot(task: string): boolean {
    return isObject(this.#root[`${ROOT_NAME}#${task}`]);
  }
}

export function readTurbo(disk: Disk, workspace: Workspace): Result<RuleSource | null, Failure> {
  const root = readObject(disk, workspace.root, FILE);
  if (!root.ok || root.value === null) return root.ok ? ok(null) : root;
  const rules = new TurboRules(root.value, workspace.root);
  for (const each of workspace.packages) {
    if (each.folder === workspace.root) continue;
    const own = readObject(disk, each.folder, FILE);
    if (!own.ok) return own;
    if (own.value !== null) rules.extend(each, own.value);
    const extended = own.value === null ? null : stringsIn(own.value["extends"]);
    if (extended !== null && extended.some((name) => name !== "//")) rules.notes.push(`${shown(each.folder, workspace.root)}/turbo.json: "extends" is followed to "//" only`);
  }
  return ok(rules);
}
