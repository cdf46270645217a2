// Runs fathom.config.ts or its like and gives what it exports. Node runs JavaScript;
// TypeScript it runs itself from version 22.18 on. Before, what the workspace has
// for it takes the types away: esbuild or typescript, in a hook (config-hooks.ts).

import { spawnSync } from "node:child_process";
import { createRequire, register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { HooksData, Tool } from "./config-hooks.ts";
import { packageRoot } from "./places.ts";

function toolFor(file: string): Tool | null {
  const require = createRequire(file);
  for (const name of ["esbuild", "typescript"] as const) {
    try {
      return { name, path: require.resolve(name) };
    } catch {
      continue; // The workspace does not have it.
    }
  }
  return null;
}

const runsTypeScript = (): boolean => "typescript" in process.features && Boolean(process.features.typescript);

interface Said {
  readonly where: string;
  readonly what: string;
}

const placed = (line: string | undefined, column: string | undefined): string => (line === undefined ? "" : `line ${line}${column === undefined ? "" : `, column ${column}`}: `);

/** The place is in esbuild's message, in the stack ("at file:///w/fathom.config.ts:3:7"), or, of what cannot be parsed, known to `node --check`. */
function saidBy(error: unknown, file: string, url: string): Said {
  if (!(error instanceof Error)) return { where: "", what: String(error) };
  const [, line, column, text] = /:(\d+):(\d+): ERROR: (.*)/.exec(error.message) ?? [];
  if (text !== undefined) return { where: placed(line, column), what: text };
  const what = error.message.split("\n").find((each) => each.trim() !== "") ?? error.name;
  const isUnparsed = error instanceof SyntaxError && !file.endsWith("ts");
  const trace = isUnparsed ? spawnSync(process.execPath, ["--check", file], { encoding: "utf8" }).stderr : (error.stack ?? "");
  for (const name of [url, file]) {
    const at = trace.indexOf(`${name}:`);
    const found = at < 0 ? null : /^:(\d+)(?::(\d+))?/.exec(trace.slice(at + name.length));
    if (found !== null) return { where: placed(found[1], found[2]), what };
  }
  return { where: "", what };
}

export async function loadConfig(path: AbsPath): Promise<Result<unknown, Failure>> {
  const file = toText(path);
  const url = pathToFileURL(file).href;
  const isTypeScript = /\.m?ts$/.test(file) && !runsTypeScript();
  const tool = isTypeScript ? toolFor(file) : null;
  if (isTypeScript && tool === null) {
    return fail({
      code: "config-typescript", message: `Cannot run "${file}": Node ${process.version} runs no TypeScript, and neither "esbuild" nor "typescript" is installed here`,
      advice: "Install one of them, name the file fathom.config.mjs, use Node 22.18 or later, or write fathom.json",
    });
  }
  const own = join(packageRoot(), "dist/bundle");
  const data: HooksData = { tool, from: file, own: pathToFileURL(join(own, "index.js")).href };
  register(pathToFileURL(join(own, "config-hooks.js")), { data });
  process.setSourceMapsEnabled(true);
  try {
    const loaded: unknown = await import(url);
    const value: unknown = typeof loaded === "object" && loaded !== null && "default" in loaded ? await loaded.default : undefined;
    if (value !== undefined) return ok(value);
    return fail({ code: "config-invalid", message: `Cannot use "${file}": it exports no configuration`, advice: "Write: export default { tasks: { build: { dependsOn: [\"^build\"] } } }" });
  } catch (error) {
    const { where, what } = saidBy(error, file, url);
    return fail({ code: "config-failed", message: `Cannot run "${file}": ${where}${what}` });
  }
}
