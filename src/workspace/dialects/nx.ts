// nx.json, for its order: "targetDefaults", and what packages say of their own
// targets in package.json ("nx") or project.json. Source: nx.dev/reference/nx-json
// and /reference/project-configuration. Targets that an executor of Nx runs are not
// scripts, and are not run.

import type { Disk } from "../../base/disk.ts";
import { ok, type Failure, type Result } from "../../base/result.ts";
import type { Package, Workspace } from "../discover.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import { readObject, stringsIn, type PartialRule, type RuleSource } from "../rules.ts";

const FILE = "nx.json";

/** "^build", "build", "web:build"; or { target, projects | dependencies }. */
function dependencyOf(item: Json, where: string, notes: string[]): readonly string[] {
  if (typeof item === "string") return [/^[^^:]+:[^:]+$/.test(item) ? item.replace(":", "#") : item];
  const target = isObject(item) ? item["target"] : undefined;
  if (!isObject(item) || typeof target !== "string") {
    notes.push(`${where}: "dependsOn" has something in it that names no target`);
    return [];
  }
  const { projects, dependencies } = item;
  if (dependencies === true || projects === "dependencies") return [`^${target}`];
  if (projects === undefined || projects === "self") return [target];
  const named = typeof projects === "string" ? [projects] : stringsIn(projects);
  if (named === null) notes.push(`${where}: "projects" is no list of names`);
  return (named ?? []).map((name) => `${name}#${target}`);
}

function ruleIn(target: JsonObject, where: string, notes: string[]): PartialRule {
  const rule: { -readonly [Key in keyof PartialRule]: PartialRule[Key] } = {};
  const dependsOn: Json | undefined = target["dependsOn"];
  if (Array.isArray(dependsOn)) rule.dependsOn = (dependsOn as readonly Json[]).flatMap((item) => dependencyOf(item, where, notes));
  if (typeof target["cache"] === "boolean") rule.cache = target["cache"];
  if (typeof target["continuous"] === "boolean") rule.persistent = target["continuous"];
  return rule;
}

class NxRules implements RuleSource {
  readonly notes: string[] = [];
  readonly #defaults: JsonObject;
  /** By folder: the targets of package.json, under those of project.json. */
  readonly #own: ReadonlyMap<string, JsonObject>;

  constructor(defaults: JsonObject, own: ReadonlyMap<string, JsonObject>) {
    this.#defaults = defaults;
    this.#own = own;
  }

  ruleOf(owner: Package, task: string): PartialRule | null {
    const [shared, own] = [this.#defaults[task], this.#own.get(owner.folder)?.[task]];
    if (!isObject(shared) && !isObject(own)) return { dependsOn: [] };
    return {
      dependsOn: [],
      ...(isObject(shared) ? ruleIn(shared, `nx.json, "${task}"`, this.notes) : {}),
      ...(isObject(own) ? ruleIn(own, `${owner.name}, target "${task}"`, this.notes) : {}),
    };
  }
}

const objectIn = (value: Json | undefined, key: string): JsonObject => {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
};

export function readNx(disk: Disk, workspace: Workspace): Result<RuleSource | null, Failure> {
  const root = readObject(disk, workspace.root, FILE);
  if (!root.ok || root.value === null) return root.ok ? ok(null) : root;
  const own = new Map<string, JsonObject>();
  for (const each of workspace.packages) {
    const project = readObject(disk, each.folder, "project.json");
    if (!project.ok) return project;
    const { json } = each.manifest;
    const inManifest = objectIn(isObject(json) ? json["nx"] : undefined, "targets");
    own.set(each.folder, { ...inManifest, ...objectIn(project.value ?? undefined, "targets") });
  }
  return ok(new NxRules(objectIn(root.value, "targetDefaults"), own));
}
