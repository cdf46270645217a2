// Checks that a value from outside is a configuration. The first thing that is
// wrong is told with its path, what was expected and what was found; nothing is
// repaired and nothing unknown is passed over.

import { fail, ok, type Result } from "../base/result.ts";
import type { Config, PackageConfig } from "./config-shape.ts";
import type { JsonPath } from "./json.ts";
import { perhaps } from "./nearest.ts";

export interface Problem {
  readonly path: JsonPath;
  /** The name itself is wrong, not what it names. */
  readonly isName: boolean;
  readonly text: string;
  readonly advice?: string;
}

type Check = (value: unknown, path: JsonPath) => Problem | null;

const FOUND_CHARACTERS_MAX = 60;

const pathText = (path: JsonPath): string => path.map((part, at) => (typeof part === "number" ? `[${String(part)}]` : `${at === 0 ? "" : "."}${part}`)).join("");

function foundText(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = typeof value === "bigint" || typeof value === "symbol" ? String(value) : JSON.stringify(value);
  return text.length <= FOUND_CHARACTERS_MAX ? text : `${text.slice(0, FOUND_CHARACTERS_MAX - 3)}...`;
}

const wrong = (path: JsonPath, expected: string, value: unknown): Problem =>
  ({ path, isName: false, text: `${path.length === 0 ? "the configuration" : `"${pathText(path)}"`} must be ${expected}, and is ${foundText(value)}` });

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const boolean: Check = (value, path) => (typeof value === "boolean" ? null : wrong(path, "true or false", value));

const text = (pattern: RegExp, expected: string): Check => (value, path) => (typeof value === "string" && pattern.test(value) ? null : wrong(path, expected, value));

const list = (item: Check, expected: string): Check => (value, path) => {
  if (!Array.isArray(value)) return wrong(path, expected, value);
  for (const [at, each] of (value as readonly unknown[]).entries()) {
    const problem = item(each, [...path, at]);
    if (problem !== null) return problem;
  }
  return null;
};

const object = (fields: Readonly<Record<string, Check>>, elsewhere: Readonly<Record<string, string>> = {}): Check => (value, path) => {
  if (!isRecord(value)) return wrong(path, "an object", value);
  for (const [name, each] of Object.entries(value)) {
    const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (check === undefined) {
      const known = Object.keys(fields).filter((field) => field !== "$schema");
      const advice = Object.hasOwn(elsewhere, name) ? elsewhere[name] : perhaps(name, known, `Known here are ${known.map((field) => `"${field}"`).join(", ")}`);
      return { path: [...path, name], isName: true, text: `"${pathText([...path, name])}" is not known`, ...(advice === undefined ? {} : { advice }) };
    }
    // A program may well say undefined where JSON says nothing.
    const problem = each === undefined ? null : check(each, [...path, name]);
    if (problem !== null) return problem;
  }
  return null;
};

const record = (name: RegExp, expected: string, inner: Check): Check => (value, path) => {
  if (!isRecord(value)) return wrong(path, "an object", value);
  for (const [key, each] of Object.entries(value)) {
    const at = [...path, key];
    if (!name.test(key)) return { path: at, isName: true, text: `"${pathText(at)}" must be ${expected}` };
    const problem = inner(each, at);
    if (problem !== null) return problem;
  }
  return null;
};

const OBSERVED = { inputs: "Remove it: what a task reads is observed" };
const AT_TASK = { outputs: "Write it at a task: it limits what a replay of it puts back" };

const dependsOn = list(text(/^(\^[^#^]+|[^#^]+|[^#^]+#[^#^]+)$/, "\"task\", \"^task\" or \"package#task\""), "a list of tasks");
const env = list(text(/^!?[^=!\s]+$/, "the name of a variable"), "a list of names of variables");
const outputs = list(text(/^!?(?!\/)(?!(.*\/)?\.\.(\/|$))[^!]/, "a pattern below the package's folder"), "a list of patterns");
const outputLogs = text(/^(full|hash-only|new-only|errors-only|none)$/, "\"full\", \"hash-only\", \"new-only\", \"errors-only\" or \"none\"");
const task = object({ dependsOn, env, persistent: boolean, interactive: boolean, interruptible: boolean, outputs, outputLogs, cache: boolean }, { ...OBSERVED, passThroughEnv: "Write it as \"env\"" });
const schema = text(/^/, "a string");

const concurrency: Check = (value, path) =>
  (typeof value === "number" ? Number.isInteger(value) && value >= 1 && value <= 9999 : typeof value === "string" && /^[1-9]\d{0,3}%$/.test(value)) ? null
    : wrong(path, "a whole number from 1, or a percentage such as \"50%\"", value);

const AT_ROOT = "Write it in fathom.json at the workspace's root";
const config = object({
  $schema: schema, concurrency, env, envMode: text(/^(loose|strict)$/, "\"loose\" or \"strict\""),
  tasks: record(/^([^#^]+|[^#^]+#[^#^]+)$/, "the name of a task, or package#task", task),
}, { ...OBSERVED, ...AT_TASK, pipeline: "Write it as \"tasks\"", globalEnv: "Write it as \"env\"", globalPassThroughEnv: "Write it as \"env\"", globalDependencies: OBSERVED.inputs });
const packageConfig = object({ $schema: schema, tasks: record(/^[^#^]+$/, "the name of a task of this package", task) },
  { ...OBSERVED, ...AT_TASK, concurrency: AT_ROOT, env: AT_ROOT, envMode: AT_ROOT, extends: "Remove it: the root's configuration always holds below it" });

export function readConfig(value: unknown): Result<Config, Problem> {
  const problem = config(value, []);
  return problem === null ? ok(value as Config) : fail(problem); // Just checked.
}

export function readPackageConfig(value: unknown): Result<PackageConfig, Problem> {
  const problem = packageConfig(value, []);
  return problem === null ? ok(value as PackageConfig) : fail(problem); // Just checked.
}
