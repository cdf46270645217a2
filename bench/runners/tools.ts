// How each task runner is asked to build the workspace of workspace.ts, and how it is made to forget.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../scripts/bundle.ts";

export interface Runner {
  readonly command: readonly [string, ...string[]];
  readonly env: (folder: string) => Readonly<Record<string, string>>;
  /** Folders that hold what it has stored, from the workspace. */
  readonly caches: readonly string[];
  /** What it needs that the workspace does not have: packages for a folder beside it. */
  readonly beside?: { readonly folder: string; readonly packages: readonly string[] };
  /** What it leaves running. */
  readonly end: readonly [string, ...string[]] | null;
}

const bin = (name: string): string => `node_modules/.bin/${name}`;
const STORE = "../fathom-store";
const QUIET = { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", NX_NO_CLOUD: "true", NX_TUI: "false", WIREIT_LOGGER: "quiet", CI: "" };

/** It asks for Node 22; what it runs is run by the same Node as with the others. */
const VITE_PLUS = "../vite-plus";

/** "plain": nothing but the order and two at a time, as npm would run each script. */
const PLAIN = `
const { readdirSync, readFileSync } = require("node:fs"), { spawn } = require("node:child_process");
const waiting = new Map(readdirSync("packages").map((name) => [name, Object.keys(JSON.parse(readFileSync("packages/" + name + "/package.json")).dependencies ?? {})]));
const done = new Set(); let running = 0;
function next() {
  for (const [name, before] of waiting) {
    if (running === 2) return;
    if (!before.every((other) => done.has(other))) continue;
    waiting.delete(name); running++;
    spawn("sh", ["-c", "node ../../build.mjs"], { cwd: "packages/" + name, stdio: "inherit" }).on("close", (code) => { if (code) process.exit(code); running--; done.add(name); next(); });
  }
}
next();`;

export const RUNNERS: Readonly<Record<string, Runner>> = {
  plain: { command: ["node", "-e", PLAIN], env: () => ({}), caches: [], end: null },
  fathom: { command: [join(root, "bin/fathom"), "run", "build", "--concurrency=2"], env: (folder) => ({ FATHOM_STORE: join(folder, STORE) }), caches: [STORE, ".fathom"], end: null },
  turbo: { command: [bin("turbo"), "run", "build", "--concurrency=2"], env: () => QUIET, caches: [".turbo", "node_modules/.cache"], end: null },
  nx: { command: [bin("nx"), "run-many", "-t", "build", "--parallel=2"], env: () => ({ ...QUIET, NX_DAEMON: "true" }), caches: [".nx"], end: [bin("nx"), "daemon", "--stop"] },
  "nx without daemon": { command: [bin("nx"), "run-many", "-t", "build", "--parallel=2"], env: () => ({ ...QUIET, NX_DAEMON: "false" }), caches: [".nx"], end: null },
  wireit: { command: ["npm", "run", "--silent", "build:wireit"], env: () => ({ ...QUIET, WIREIT_PARALLEL: "2" }), caches: [".wireit"], end: null },
  lage: { command: [bin("lage"), "build", "--concurrency", "2"], env: () => QUIET, caches: ["node_modules/.cache"], end: null },
  "vite-plus": {
    command: [`${VITE_PLUS}/node_modules/node/bin/node`, `${VITE_PLUS}/node_modules/vite-plus/bin/vp`, "run", "-r", "--cache", "--concurrency-limit", "2", "build:vp"], env: () => QUIET,
    caches: ["node_modules/.vite"], end: null, beside: { folder: VITE_PLUS, packages: ["node@22", "vite-plus@1.6.0"] },
  },
  moon: { command: [bin("moon"), "run", ":build", "--concurrency", "2"], env: () => QUIET, caches: [".moon/cache"], end: null },
};

/** Where it is not named as its command is. */
const PACKAGES: Readonly<Record<string, string>> = { moon: "@moonrepo/cli" };

/** Empty where it does not say. */
export function versionOf(folder: string, name: string): string {
  const command = name.split(" ")[0] ?? name;
  const tool = PACKAGES[command] ?? command;
  const modules = `./${RUNNERS[name]?.beside?.folder ?? "."}/node_modules`;
  return spawnSync("node", ["-p", `require("${modules}/${tool}/package.json").version`], { cwd: folder, encoding: "utf8" }).stdout.trim();
}
