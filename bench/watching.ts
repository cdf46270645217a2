// How long it takes from an edit until the output that follows from it is there, where
// a task runner watches. In turns, in one workspace. Raw samples go to bench/results/, a
// table to stdout.
// Usage: npm run bench:watching -- [--rounds N] [--work folder]

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { keeper } from "./results.ts";
import { prepared, sourceOf } from "./runners/prepared.ts";
import { RUNNERS, versionOf } from "./runners/tools.ts";
import { nameOf, SHAPES } from "./runners/workspace.ts";
import { median } from "./table.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" }, work: { type: "string", default: join(tmpdir(), "fathom-runners") } } });
const WATCHED = { fathom: ["run", "build", "--watch"], turbo: ["watch", "build"] } as const;
type Tool = keyof typeof WATCHED;
const TOOLS = ["fathom", "turbo"] as const satisfies readonly Tool[];
const EDITS = 7;
/** Nobody has noticed an edit by then. */
const NOTICED_MS_MAX = 10_000;
/** Until it has begun to watch an edit is made again so often. */
const AGAIN_MS = 1_000;
/** Between two edits. */
const STILL_MS = 1_200;
const LOOK_MS = 1;
const ENDED_MS_MAX = 3_000;

const shape = SHAPES["three"];
if (shape === undefined) throw new Error('There is no workspace "three"');
const folder = prepared(values.work, "three", shape);
const last = shape.packages - 1;
const output = join(folder, "packages", nameOf(last), "dist/out.js");
const isThere = (text: string): boolean => existsSync(output) && readFileSync(output, "utf8").includes(text);

/** Milliseconds; null: not noticed by then. */
async function edited(text: string, mostMs: number): Promise<number | null> {
  const startedNs = process.hrtime.bigint();
  const ms = (): number => Number(process.hrtime.bigint() - startedNs) / 1e6;
  writeFileSync(sourceOf(folder, last), `// ${text}\n`);
  while (!isThere(text)) {
    if (ms() > mostMs) return null;
    await sleep(LOOK_MS);
  }
  return ms();
}

async function untilWatching(tool: Tool, round: number): Promise<void> {
  for (let times = 0; times * AGAIN_MS < NOTICED_MS_MAX; times++) {
    if ((await edited(`${tool} ${String(round)} begins ${String(times)} at ${String(Date.now())}`, AGAIN_MS)) !== null) return sleep(STILL_MS);
  }
  throw new Error(`${tool} has noticed nothing for ${String(NOTICED_MS_MAX)} ms`);
}

/** With all that it started, which is a group of its own. */
async function end({ pid }: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined) return;
  process.kill(-pid, "SIGINT");
  if (await Promise.race([ended.then(() => true), sleep(ENDED_MS_MAX).then(() => false)])) return;
  process.kill(-pid, "SIGKILL");
  await ended;
}

async function measured(tool: Tool, round: number, keep: (sample: object) => void): Promise<readonly number[]> {
  const runner = RUNNERS[tool];
  if (runner === undefined) throw new Error(`There is no runner "${tool}"`);
  const child = spawn(runner.command[0], WATCHED[tool], { cwd: folder, stdio: "ignore", detached: true, env: { ...process.env, ...runner.env(folder) } });
  const ended = once(child, "exit");
  const version = versionOf(folder, tool);
  const found: number[] = [];
  try {
    await untilWatching(tool, round);
    for (let edit = 0; edit < EDITS; edit++) {
      const ms = await edited(`${tool} ${String(round)} ${String(edit)} at ${String(Date.now())}`, NOTICED_MS_MAX);
      if (ms === null) throw new Error(`${tool} did not notice an edit within ${String(NOTICED_MS_MAX)} ms`);
      keep({ tool, version, round, edit, ms });
      found.push(ms);
      await sleep(STILL_MS);
    }
  } finally {
    await end(child, ended);
  }
  return found;
}

const keep = keeper("watching.ndjson");
const samples = new Map<Tool, number[]>(TOOLS.map((tool) => [tool, []]));
for (let round = 0; round < Number(values.rounds); round++) for (const tool of TOOLS) samples.get(tool)?.push(...await measured(tool, round, keep));
process.stdout.write("| watching | median ms | from | to |\n|---|---:|---:|---:|\n");
for (const [tool, all] of samples) process.stdout.write(`| ${tool} ${versionOf(folder, tool)} | ${median(all).toFixed(0)} | ${Math.min(...all).toFixed(0)} | ${Math.max(...all).toFixed(0)} |\n`);
