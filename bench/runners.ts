// Measures `fathom run` beside other task runners, in one workspace, in one run: what
// running builds costs that do next to nothing, and what finding out costs that
// nothing is to be done. The runners come from npm. Raw samples go to
// bench/results/, a table to stdout.
// Usage: npm run runners -- [--rounds N] [--tools a,b] [--work folder] [three] [large]

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { parseArgs } from "node:util";
import { describeTree, differences } from "../src/base/scratch.ts";
import { keeper } from "./results.ts";
import { prepared, sourceOf } from "./runners/prepared.ts";
import { RUNNERS, versionOf, type Runner } from "./runners/tools.ts";
import { nameOf, SHAPES, type Shape } from "./runners/workspace.ts";
import { run } from "./shell.ts";
import { median } from "./table.ts";

const STAGES = ["cold", "nothing changed", "after clean", "after one edit"] as const;
type Stage = (typeof STAGES)[number];

interface Sample {
  readonly shape: string;
  readonly tool: string;
  readonly version: string;
  readonly round: number;
  readonly stage: Stage;
  readonly ms: number;
  /** Outputs that are not those of the plain build. */
  readonly wrong: readonly string[];
}

function prepareBeside(workspace: string, tools: readonly string[]): void {
  for (const tool of tools) {
    const beside = RUNNERS[tool]?.beside;
    const folder = join(workspace, beside?.folder ?? "");
    if (beside === undefined || existsSync(join(folder, "node_modules"))) continue;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}\n");
    run(["npm", "install", "--no-audit", "--no-fund", ...beside.packages], folder, process.env);
  }
}

const clean = (folder: string, { packages }: Shape): void => { for (let which = 0; which < packages; which++) rmSync(join(folder, "packages", nameOf(which), "dist"), { recursive: true, force: true }); };

/** What the build makes, and nothing of a tool's own. */
function outputs(folder: string, { packages }: Shape): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (let which = 0; which < packages; which++) for (const [name, text] of describeTree(join(folder, "packages", nameOf(which), "dist"))) all.set(`${nameOf(which)}/${name}`, text);
  return all;
}

/** In the order of STAGES. The last package is edited: nothing depends on it. */
function stages(folder: string, shape: Shape, { command, env, caches }: Runner, round: number): readonly { readonly stage: Stage; readonly ms: number; readonly made: ReadonlyMap<string, string> }[] {
  for (const cache of caches) rmSync(join(folder, cache), { recursive: true, force: true });
  const leaf = sourceOf(folder, shape.packages - 1);
  writeFileSync(leaf, `export const value = "round ${String(round)}";\n`);
  const timed = (stage: Stage): { readonly stage: Stage; readonly ms: number; readonly made: ReadonlyMap<string, string> } => {
    const ms = Number(run(command, folder, { ...process.env, ...env(folder) }).ns) / 1e6;
    return { stage, ms, made: outputs(folder, shape) };
  };
  clean(folder, shape);
  const cold = timed("cold");
  // The first time after a build from nothing some are in a state that they were never seen in.
  timed("nothing changed");
  timed("nothing changed");
  const still = timed("nothing changed");
  clean(folder, shape);
  const cleaned = timed("after clean");
  writeFileSync(leaf, `export const value = "edited in round ${String(round)}";\n`);
  return [cold, still, cleaned, timed("after one edit")];
}

function measure(name: string, shape: Shape, tools: readonly string[], rounds: number, work: string): readonly Sample[] {
  const folder = prepared(work, name, shape);
  prepareBeside(folder, tools);
  const keep = keeper("runners.ndjson");
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = stages(folder, shape, RUNNERS["plain"] ?? fail("plain"), round);
    const plain = new Map(bare.map(({ stage, made }) => [stage, made]));
    for (let at = 0; at < tools.length; at++) {
      const tool = tools[(at + round) % tools.length] ?? "";
      const runner = RUNNERS[tool] ?? fail(tool);
      for (const { stage, ms, made } of tool === "plain" ? bare : stages(folder, shape, runner, round)) {
        const sample = { shape: name, tool, version: versionOf(folder, tool), round, stage, ms, wrong: differences(plain.get(stage) ?? new Map(), made) };
        keep(sample);
        samples.push(sample);
      }
      if (runner.end !== null) spawnSync(runner.end[0], runner.end.slice(1), { cwd: folder, stdio: "ignore", env: { ...process.env, ...runner.env(folder) } });
    }
  }
  return samples;
}

function fail(tool: string): never {
  throw new Error(`There is no runner "${tool}": ${Object.keys(RUNNERS).join(", ")}`);
}

function table(samples: readonly Sample[], tools: readonly string[], shape: string): string {
  const of = (tool: string, stage: Stage): readonly Sample[] => samples.filter((sample) => sample.shape === shape && sample.tool === tool && sample.stage === stage);
  const rows = tools.map((tool) => {
    const wrong = STAGES.reduce((sum, stage) => sum + of(tool, stage).filter((sample) => sample.wrong.length > 0).length, 0);
    return `| ${tool} ${of(tool, "cold")[0]?.version ?? ""} | ${STAGES.map((stage) => median(of(tool, stage).map(({ ms }) => ms)).toFixed(0)).join(" | ")} | ${wrong === 0 ? "identical" : `${String(wrong)} stages differ`} |`;
  });
  return [`| ${shape}: ms | ${STAGES.join(" | ")} | outputs |`, `|---|${STAGES.map(() => "---:|").join("")}---|`, ...rows].join("\n");
}

function main(): void {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: "string" }, tools: { type: "string" }, work: { type: "string" } } });
  const rounds = Number(values.rounds ?? "5");
  const work = values.work ?? join(tmpdir(), "fathom-runners");
  if (!Number.isInteger(rounds) || rounds < 1 || !isAbsolute(work)) throw new Error("--rounds must be a whole number from 1, --work an absolute path");
  const tools = values.tools?.split(",") ?? Object.keys(RUNNERS);
  for (const tool of tools) if (RUNNERS[tool] === undefined) fail(tool);
  for (const name of positionals.length === 0 ? ["three"] : positionals) {
    const shape = SHAPES[name];
    if (shape === undefined) throw new Error(`There is no workspace "${name}": ${Object.keys(SHAPES).join(", ")}`);
    process.stdout.write(`${table(measure(name, shape, tools, rounds, work), tools, name)}\n\n`);
  }
}

main();
