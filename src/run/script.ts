// What a script of package.json is when it is run: its commands, and the
// environment that package managers give them. Pure.

import { absPath, parentOf, toText, type AbsPath } from "../base/path.ts";
import type { Manager, Package } from "../workspace/discover.ts";
import type { Task } from "../workspace/graph.ts";
import { isObject } from "../workspace/json.ts";

export interface Step {
  /** "prebuild", "build", "postbuild": what npm_lifecycle_event says. */
  readonly event: string;
  /** For the shell, with the arguments of the invocation. */
  readonly command: string;
}

export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** By yarn itself, which has no scripts before or after another. */
function byYarn(name: string, command: string | null, args: readonly string[]): Step {
  const words = command === null ? ["run", name, ...args] : ["exec", "sh", "-c", [command, ...args.map(quoted)].join(" ")];
  return { event: name, command: ["yarn", ...words].map(quoted).join(" ") };
}

/** Arguments go to the script itself, never to what comes before or after it. */
export function stepsOf({ owner, name, command, rule }: Task, args: readonly string[], isPnp = false): readonly Step[] {
  if (command === null) return [];
  if (isPnp) return [byYarn(name, rule.command, args)];
  const own: Step = { event: name, command: [command, ...args.map(quoted)].join(" ") };
  if (rule.command !== null) return [own];
  const around = (prefix: string): Step[] => {
    const found = owner.manifest.scripts.get(`${prefix}${name}`);
    return found === undefined ? [] : [{ event: `${prefix}${name}`, command: found }];
  };
  return [...around("pre"), own, ...around("post")];
}

/** node_modules/.bin of the package and of every folder around it. */
function binFolders(folder: AbsPath): string[] {
  const found: string[] = [];
  for (let at = folder; ; at = parentOf(at)) {
    found.push(toText(absPath(at === "/" ? "/node_modules/.bin" : `${at}/node_modules/.bin`)));
    if (at === "/") return found;
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

/** "config" of package.json, as npm_package_config_NAME. */
function configOf({ manifest: { json } }: Package): Record<string, string> {
  const config = isObject(json) ? json["config"] : undefined;
  const found: Record<string, string> = {};
  if (isObject(config)) for (const [name, value] of Object.entries(config)) if (typeof value === "string" || typeof value === "number") found[`npm_package_config_${name}`] = String(value);
  return found;
}

export interface ScriptGround {
  readonly env: Variables;
  readonly manager: Manager;
  readonly isPnp: boolean;
  /** Of the workspace. */
  readonly root: string;
  /** The Node that runs us. */
  readonly node: string;
}

/** Source: npm's @npmcli/run-script (lib/set-path.js, lib/package-envs.js); the others give at least the same. */
export function scriptEnvironment(owner: Package, step: Step, { env, manager, root, node }: ScriptGround): Record<string, string | undefined> {
  const { manifest, folder } = owner;
  return {
    ...env,
    PATH: [...binFolders(folder), ...(env["PATH"] ?? "").split(":").filter((each) => each !== "")].join(":"),
    PWD: toText(folder),
    // Elsewhere it is where the person stood. Node reads every variable, so each folder would have results of its own.
    INIT_CWD: root,
    NODE: node,
    npm_node_execpath: node,
    npm_command: "run-script",
    npm_config_user_agent: `${manager}/? node/${process.version} linux x64`,
    npm_lifecycle_event: step.event,
    npm_lifecycle_script: step.command,
    npm_package_json: toText(manifest.path),
    npm_package_name: manifest.name ?? "",
    npm_package_version: manifest.version ?? "",
    ...configOf(owner),
  };
}
