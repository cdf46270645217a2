// Which packages --filter chooses, beside what pnpm and turbo choose: random workspaces,
// random filters. Where these two agree Fathom must do the same, elsewhere it must do
// as one of them. Both come from npm, in pinned versions. Ends with 1 at a difference.
// Usage: npm run selection -- [--workspaces N] [--filters N] [--seed N] [--work folder]

import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { realClock } from "../src/base/clock.ts";
import { byteOrder } from "../src/base/path.ts";
import { realDisk } from "../src/base/real-disk.ts";
import { prepare } from "../src/cli/run-plan.ts";
import { Random } from "../test/fuzz/random.ts";
import { makeFilters, makeWorkspace } from "./selection/workspace.ts";

const TOOLS = { pnpm: "10.20.0", turbo: "2.11.11" };
const ROOT = new Set(["root", "//"]);
const start = promisify(execFile);

/** Names, or why there are none. */
type Chosen = readonly string[] | string;

const named = (names: readonly string[]): readonly string[] => names.filter((name) => !ROOT.has(name)).sort(byteOrder);

async function ask(program: string, words: readonly string[], cwd: string, names: (stdout: string) => readonly string[]): Promise<Chosen> {
  try {
    const { stdout } = await start(program, [...words], { cwd, maxBuffer: 1 << 26, env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", COREPACK_ENABLE_STRICT: "0", npm_config_manage_package_manager_versions: "false", CI: "1" } });
    return named(names(stdout));
  } catch (error) {
    return `error: ${String(error).trim().split("\n").slice(-2).join(" ").slice(-200)}`;
  }
}

const askPnpm = (bin: string, cwd: string, filters: readonly string[]): Promise<Chosen> =>
  ask(join(bin, "pnpm"), [...filters.map((filter) => `--filter=${filter}`), "list", "--json", "--depth", "-1"], cwd, (text) =>
    text.trimStart().startsWith("[") ? (JSON.parse(text) as readonly { readonly name: string }[]).map(({ name }) => name) : []);

const askTurbo = (bin: string, cwd: string, filters: readonly string[]): Promise<Chosen> =>
  ask(join(bin, "turbo"), ["run", "build", ...filters.map((filter) => `--filter=${filter}`), "--dry=json"], cwd, (text) => (JSON.parse(text.slice(text.indexOf("{"))) as { readonly packages: readonly string[] }).packages);

/** Fathom refuses a filter that means nothing, where the others pass over it. Null: nothing but such and exclusions, which then say other things. */
async function askFathom(cwd: string, filters: readonly string[]): Promise<Chosen | null> {
  const prepared = await prepare(["build"], { filter: filters, logOrder: "auto", logPrefix: "auto" }, realDisk(realClock), cwd, {});
  if (prepared.ok) return named(prepared.value.packages);
  const { code, message } = prepared.failure;
  const left = filters.filter((filter) => !message.includes(`"${filter}"`));
  if (code !== "filter-matches-nothing") return `error: ${message}`;
  return left.some((filter) => !filter.startsWith("!")) ? askFathom(cwd, left) : null;
}

function installed(work: string): string {
  const bin = join(work, "tools/node_modules/.bin");
  if (existsSync(join(bin, "turbo"))) return bin;
  mkdirSync(join(work, "tools"), { recursive: true });
  writeFileSync(join(work, "tools/package.json"), JSON.stringify({ dependencies: TOOLS }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund"], { cwd: join(work, "tools"), stdio: "ignore" });
  return bin;
}

const text = (chosen: Chosen | null): string => (chosen === null ? "-" : typeof chosen === "string" ? chosen : chosen.join(" ") || "nothing");

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { workspaces: { type: "string" }, filters: { type: "string" }, seed: { type: "string" }, work: { type: "string" } } });
  const say = (line: string): unknown => process.stdout.write(`${line}\n`); // tidy: a program of its own
  const [workspaces, filtersEach, seed] = [Number(values.workspaces ?? "20"), Number(values.filters ?? "10"), Number(values.seed ?? "1")];
  const work = values.work ?? join(tmpdir(), "fathom-selection");
  const bin = installed(work);
  const counts = new Map<string, number>();
  let wrong = 0;
  for (let which = seed; which < seed + workspaces; which++) {
    const random = new Random(which);
    const folder = join(work, "workspace");
    const members = makeWorkspace(random, folder);
    for (let left = filtersEach; left > 0; left--) {
      const filters = makeFilters(random);
      const place = random.chance(25) ? (random.pickAny(members)?.folder ?? "") : "";
      const cwd = join(folder, place);
      // turbo takes filters in a package for that package alone, and pnpm does not know x...[since].
      const isForTurbo = filters.some((filter) => /[^!^.]\.{3}\[/.test(filter));
      const [fathom, pnpm, turbo] = await Promise.all([askFathom(cwd, filters), isForTurbo ? null : askPnpm(bin, cwd, filters), place === "" ? askTurbo(bin, cwd, filters) : null]);
      const others = [["pnpm", pnpm], ["turbo", turbo]] as const;
      const answers = others.filter(([, chosen]) => Array.isArray(chosen));
      const same = answers.filter(([, chosen]) => text(chosen) === text(fathom)).map(([name]) => name);
      const as = fathom === null || answers.length === 0 ? "nobody can tell" : same.length > 0 ? `as ${same.join(" and ")}` : "other";
      counts.set(as, (counts.get(as) ?? 0) + 1);
      if (as !== "other") continue;
      wrong++;
      say(`seed ${String(which)}, in "${place === "" ? basename(folder) : place}": ${filters.join(" ")}\n  fathom  ${text(fathom)}\n  pnpm    ${text(pnpm)}\n  turbo   ${text(turbo)}`);
    }
  }
  say([...counts].map(([as, count]) => `${as}: ${String(count)}`).join(", "));
  process.exitCode = wrong === 0 ? 0 : 1;
}

await main();
