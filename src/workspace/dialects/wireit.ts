// "wireit" in package.json: scripts whose command is "wireit" have their real one
// there, with the scripts that come first. Source: the README of google/wireit.

import type { Disk } from "../../base/disk.ts";
import { toText, type AbsPath } from "../../base/path.ts";
import { ok, type Failure, type Result } from "../../base/result.ts";
import type { Package, Workspace } from "../discover.ts";
import { isObject, type Json } from "../json.ts";
import { below } from "../manifest.ts";
import type { PartialRule, RuleSource } from "../rules.ts";

class WireitRules implements RuleSource {
  readonly notes: string[] = [];
  readonly #byFolder: ReadonlyMap<AbsPath, Package>;

  constructor({ packages, rootPackage }: Workspace) {
    this.#byFolder = new Map([rootPackage, ...packages].map((each) => [each.folder, each]));
  }

  ruleOf(owner: Package, task: string): PartialRule | null {
    const { json, scripts } = owner.manifest;
    const block = isObject(json) ? json["wireit"] : undefined;
    const script = isObject(block) ? block[task] : undefined;
    if (!isObject(script)) return null;
    const dependencies = script["dependencies"];
    const { command, service } = script;
    return {
      dependsOn: Array.isArray(dependencies) ? (dependencies as readonly Json[]).flatMap((item) => this.#dependency(owner, task, item)) : [],
      persistent: service !== undefined && service !== false,
      ...(scripts.get(task) === "wireit" ? { command: typeof command === "string" ? command : "" } : {}),
    };
  }

  /** "build", "./other:build", "../other:build", or { script: ... }. */
  #dependency(owner: Package, task: string, item: Json): readonly string[] {
    const text = isObject(item) ? item["script"] : item;
    if (typeof text === "string" && !text.startsWith(".") && !text.startsWith("<")) return [text];
    const cut = typeof text === "string" ? text.indexOf(":") : -1;
    const folder = typeof text === "string" && cut > 0 ? below(owner.folder, text.slice(0, cut)) : null;
    const other = folder === null ? undefined : this.#byFolder.get(folder);
    if (typeof text === "string" && other !== undefined) return [`${other.name}#${text.slice(cut + 1)}`];
    this.notes.push(`${toText(owner.manifest.path)}: "wireit.${task}" depends on ${JSON.stringify(text ?? item)}, which is not understood`);
    return [];
  }
}

/** Null: no package has such a block. */
export function readWireit(_disk: Disk, workspace: Workspace): Result<RuleSource | null, Failure> {
  const isUsed = [workspace.rootPackage, ...workspace.packages].some(({ manifest: { json } }) => isObject(json) && isObject(json["wireit"]));
  return ok(isUsed ? new WireitRules(workspace) : null);
}
