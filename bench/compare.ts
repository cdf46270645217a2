// Measures Fathom beside other tools that save compiling, all in one run and in one
// place: a root folder of its own (root.ts), or, with --here, this system and what
// of the tools it has. Raw samples go to bench/results/, a table to stdout.
// Usage: npm run compare -- [--rounds N] [--tools a,b] [--work folder] [--here] scenario...

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { parseArgs } from "node:util";
import { copyTree } from "../src/base/scratch.ts";
import { fetched } from "./fetch.ts";
import { measureScenario } from "./measure.ts";
import { keeper } from "./results.ts";
import { INSIDE, SUITE, inRoot, makeRoot, refusal, versions } from "./root.ts";
import type { Scenario } from "./scenario.ts";
import { namedScenarios, scenarios } from "./scenarios/all.ts";
import { comparison, wrongOutputs, type Sample, type Tool } from "./table.ts";
import { TOOLS, ways } from "./tools.ts";

/** Where scenarios are built in the root. */
const WORK_INSIDE = "/work";

/** One round that nobody looks at: what all read is in memory then. */
function warm(scenario: Scenario, work: string): void {
  measureScenario(scenario, ["bare"], 1, work, () => undefined);
}

function here(scenario: Scenario, tools: readonly Tool[], rounds: number, work: string): readonly Sample[] {
  warm(scenario, work);
  return measureScenario(scenario, tools, rounds, work, () => undefined);
}

/** This program again, in the root: it says its samples as lines on stdout. */
function inside(scenario: Scenario, tools: readonly Tool[], rounds: number, work: string): readonly Sample[] {
  const root = join(work, SUITE);
  const sources = join(root, WORK_INSIDE, scenario.name, "fetched");
  if (!existsSync(sources)) copyTree(fetched(scenario, work), sources);
  const words = ["--here", "--lines", "--rounds", String(rounds), "--tools", tools.join(","), "--work", WORK_INSIDE, scenario.name];
  const [program, ...args] = inRoot(root, "/usr/local/bin/node", `${INSIDE}/dist/build/bench/compare.js`, ...words);
  const env = { HOME: "/root", PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", LANG: "C" };
  const ran = spawnSync(program, args, { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", maxBuffer: 1 << 28, env });
  if (ran.error !== undefined) throw ran.error;
  if (ran.status !== 0) throw new Error(`Cannot compare: measuring in "${root}" ended with ${ran.signal ?? String(ran.status)}`);
  const place = versions(root);
  const keep = keeper(`${scenario.name}.compare.ndjson`);
  const samples = ran.stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as Sample);
  for (const sample of samples) keep({ ...sample, place });
  return samples;
}

function chosenTools(text: string | undefined, isHere: boolean): readonly Tool[] {
  const names = text === undefined ? TOOLS : text.split(",");
  const tools = TOOLS.filter((tool) => names.includes(tool) && (!isHere || existsSync(ways[tool].program)));
  const unknown = names.filter((name) => !TOOLS.some((tool) => tool === name));
  if (unknown.length > 0 || !tools.includes("bare")) throw new Error(`--tools must be some of ${TOOLS.join(",")}, and bare among them`);
  return tools;
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: "string" }, tools: { type: "string" }, work: { type: "string" }, here: { type: "boolean" }, lines: { type: "boolean" } },
  });
  const isHere = values.here === true;
  const rounds = Number(values.rounds ?? "5");
  const work = values.work ?? join(tmpdir(), "fathom-compare");
  if (!Number.isInteger(rounds) || rounds < 1 || !isAbsolute(work)) throw new Error("--rounds must be a whole number from 1, --work an absolute path");
  const list = namedScenarios(positionals);
  if (list.length === 0) throw new Error(`Say what to measure: ${[...scenarios.keys()].join(", ")}`);
  const tools = chosenTools(values.tools, isHere);
  const refused = isHere ? null : refusal();
  if (refused !== null) throw new Error(`Cannot make a root to measure in: ${refused}`);
  mkdirSync(work, { recursive: true });
  if (!isHere) makeRoot(join(work, SUITE), list.flatMap((scenario) => scenario.packages));
  const samples = list.flatMap((scenario) => (isHere ? here : inside)(scenario, tools, rounds, work));
  if (values.lines === true) {
    for (const sample of samples) process.stdout.write(`${JSON.stringify(sample)}\n`);
    return;
  }
  process.stdout.write(`${comparison(samples, tools)}\n`);
  for (const line of wrongOutputs(samples)) process.stdout.write(`\n${line}\n`);
}

main();
