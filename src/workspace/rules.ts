// What is said of tasks beside their scripts: which come first, which never end,
// which are not to be replayed. From fathom.json, or from what a workspace already
// has for another tool, so that adopting Fathom needs no rewrite. What is said of
// inputs there is not needed: what a task reads is observed.

import type { Disk } from "../base/disk.ts";
import { join, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { Package } from "./discover.ts";
import { isObject, parseJsonWithComments, type Json, type JsonObject } from "./json.ts";
import { textAt } from "./manifest.ts";

/** What of a task's output is shown. */
export const OUTPUT_LOGS = ["full", "hash-only", "new-only", "errors-only", "none"] as const;
export type TaskOutputLogs = (typeof OUTPUT_LOGS)[number];

export const isOutputLogs = (value: Json | undefined): value is TaskOutputLogs => OUTPUT_LOGS.some((each) => each === value);

export interface TaskRule {
  /** "^build": of the packages it depends on; "build": of its own; "web#build": of that one; "//#build": of the root. */
  readonly dependsOn: readonly string[];
  /** It does not end by itself: a server. Nothing waits for it, and it is not replayed. */
  readonly persistent: boolean;
  readonly cache: boolean;
  /** A person types to it, in the view of tasks. It is not replayed. */
  readonly interactive: boolean;
  /** With --watch: it is started again when what it waits for has run, or a file of its package has changed. Only of persistent ones. */
  readonly interruptible: boolean;
  /** Below its package's folder, of what it writes: only that is put back by a replay. Null: all of it. */
  readonly outputs: readonly string[] | null;
  /** Null: as for all tasks. */
  readonly outputLogs: TaskOutputLogs | null;
  /** Variables that it gets where only named ones are given: "NAME", "PREFIX_*", "!NAME". What it reads is observed all the same. */
  readonly env: readonly string[];
  /** Instead of the script of that name in package.json; null: that one. */
  readonly command: string | null;
}

export type PartialRule = Partial<TaskRule>;

/** What one source says of one task of one package; null where it says nothing. */
export interface RuleSource {
  ruleOf(of: Package, task: string): PartialRule | null;
  /** It speaks of this task of the root by name ("//#lint"): where no package is chosen, the root's is meant too. */
  namesOfRoot?(task: string): boolean;
  /** Variables of all tasks, as in TaskRule. */
  readonly env?: readonly string[];
  /** What was not understood. */
  readonly notes: readonly string[];
}

export const stringsIn = (value: Json | undefined): readonly string[] | null =>
  Array.isArray(value) && value.every((item): item is string => typeof item === "string") ? value : null;

/** A file of configuration with comments. Null: there is none. */
export function readObject(disk: Disk, folder: AbsPath, name: string): Result<JsonObject | null, Failure> {
  const path = join(folder, name);
  const text = textAt(disk, path);
  if (!text.ok || text.value === null) return text.ok ? ok(null) : text;
  const parsed = parseJsonWithComments(text.value);
  if (!parsed.ok) return fail({ code: "config-invalid", message: `Cannot read "${toText(path)}": ${parsed.failure}` });
  return isObject(parsed.value) ? ok(parsed.value) : fail({ code: "config-invalid", message: `Cannot use "${toText(path)}": it must be an object` });
}

/** Of a task of which nobody says anything: what its package depends on comes first, by the same task. */
const defaultRule = (task: string): TaskRule => ({ dependsOn: [`^${task}`], persistent: false, cache: true, interactive: false, interruptible: false, outputs: null, outputLogs: null, env: [], command: null });

export class Rules {
  readonly #sources: readonly RuleSource[];

  /** Stronger ones first. */
  constructor(sources: readonly RuleSource[]) {
    this.#sources = sources;
  }

  of(owner: Package, task: string): TaskRule {
    let rule = defaultRule(task);
    for (const source of [...this.#sources].reverse()) rule = { ...rule, ...(source.ruleOf(owner, task) ?? {}) };
    const env = [...this.#sources.flatMap((source) => source.env ?? []), ...rule.env];
    return { ...rule, env, cache: rule.cache && !rule.persistent && !rule.interactive };
  }

  namesOfRoot(task: string): boolean {
    return this.#sources.some((source) => source.namesOfRoot?.(task) === true);
  }

  get notes(): readonly string[] {
    return this.#sources.flatMap(({ notes }) => notes);
  }
}
