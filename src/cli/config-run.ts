// A program of its own: runs fathom.config.ts or its like and prints what it exports.
// Started under the tap like a task, so it is replayed as long as nothing that it
// relied on has changed (the file, what it imports, the environment), and costs
// nothing then. Its last line of stdout is ours; what the configuration prints goes
// to stderr.

import { spawnSync } from "node:child_process";
import { createRequire, register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { HooksData, Tool } from "./config-hooks.ts";

/** What is printed. */
export type ConfigRan =
  | { readonly kind: "exported"; readonly value: unknown }
  | { readonly kind: "nothing" }
  | { readonly kind: "no-typescript"; readonly node: string }
  /** `where`: "line 3, column 7: ", or nothing. */
  | { readonly kind: "failed"; readonly where: string; readonly what: string };

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

const placed = (line: string | undefined, column: string | undefined): string => (line === undefined ? "" : `line ${line}${column === undefined ? "" : `, column ${column}`}: `);

/** The place is in esbuild's message, in the stack ("at file:///w/fathom.config.ts:3:7"), or, of what cannot be parsed, known to `node --check`. */
function failedBy(error: unknown, file: string, url: string): ConfigRan {
  if (!(error instanceof Error)) return { kind: "failed", where: "", what: String(error) };
  const [, line, column, text] = /:(\d+):(\d+): ERROR: (.*)/.exec(error.message) ?? [];
  if (text !== undefined) return { kind: "failed", where: placed(line, column), what: text };
  const what = error.message.split("\n").find((each) => each.trim() !== "") ?? error.name;
  const isUnparsed = error instanceof SyntaxError && !file.endsWith("ts");
  const trace = isUnparsed ? spawnSync(process.execPath, ["--check", file], { encoding: "utf8" }).stderr : (error.stack ?? "");
  for (const name of [url, file]) {
    const at = trace.indexOf(`${name}:`);
    const found = at < 0 ? null : /^:(\d+)(?::(\d+))?/.exec(trace.slice(at + name.length));
    if (found !== null) return { kind: "failed", where: placed(found[1], found[2]), what };
  }
  return { kind: "failed", where: "", what };
}

async function ranBy(file: string, own: string): Promise<ConfigRan> {
  const url = pathToFileURL(file).href;
  const isTypeScript = /\.m?ts$/.test(file) && !runsTypeScript();
  const tool = isTypeScript ? toolFor(file) : null;
  if (isTypeScript && tool === null) return { kind: "no-typescript", node: process.version };
  const data: HooksData = { tool, from: file, own: pathToFileURL(join(own, "index.js")).href };
  register(pathToFileURL(join(own, "config-hooks.js")), { data });
  process.setSourceMapsEnabled(true);
  try {
    const loaded: unknown = await import(url);
    const value: unknown = typeof loaded === "object" && loaded !== null && "default" in loaded ? await loaded.default : undefined;
    return value === undefined ? { kind: "nothing" } : { kind: "exported", value };
  } catch (error) {
    return failedBy(error, file, url);
  }
}

/** What JSON cannot say must not vanish on the way to who checks it. */
const sayable = (_name: string, value: unknown): unknown => (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint" ? `(${typeof value})` : value);

const say = process.stdout.write.bind(process.stdout); // tidy: the one line that who started this reads
process.stdout.write = process.stderr.write.bind(process.stderr); // tidy: what a configuration prints is for a person
void ranBy(process.argv[2] ?? "", import.meta.dirname).then((ran) => {
  say(`\n${JSON.stringify(ran, sayable)}\n`, () => process.exit(0));
});
