// Measures scenarios: each stage bare and under Fathom, in pairs whose order
// alternates, at the same path, with an empty store for each pair. Compares the
// outputs byte for byte. Raw samples go to bench/results/, a table to stdout.
// Usage: npm run bench -- [--pairs N] [--work folder] [--all | --smoke | name...]

import { appendFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { parseArgs } from "node:util";
import { appendText, copyTree, describeTree, differences, removeTree } from "../src/base/scratch.ts";
import { root } from "../scripts/bundle.ts";
import { pristine } from "./fetch.ts";
import { machine } from "./machine.ts";
import { needsDownload, type Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios/all.ts";
import { measured, shell } from "./shell.ts";
import { STAGES, markdown, type Sample, type Stage, type Tool } from "./table.ts";

type Tree = ReadonlyMap<string, string>;

/** Outputs of a stage, without what the scenario says is not compared. */
function outputs(scenario: Scenario, tree: string): Tree {
  const all = describeTree(tree);
  const { ignored } = scenario;
  return ignored === null ? all : new Map([...all].filter(([name]) => !ignored.test(name)));
}

const fathom = join(root, "bin/fathom");

/** The summary is the last line of stderr that is a JSON object. */
function summaryOf(stderr: string): unknown {
  const line = stderr.trimEnd().split("\n").findLast((text) => text.startsWith("{"));
  return line === undefined ? null : JSON.parse(line);
}

/** A run that was not observed is no measurement of anything. */
function mustBeObserved(summary: unknown): void {
  if (typeof summary === "object" && summary !== null && "replayed" in summary) return;
  throw new Error(`Cannot measure: Fathom did not observe the build (${JSON.stringify(summary)}); see: fathom doctor`);
}

interface Measured {
  readonly stage: Stage;
  readonly ns: bigint;
  readonly cpuMs: number;
  readonly summary: unknown;
  readonly tree: Tree;
}

function measure(scenario: Scenario, tool: Tool, folder: string): readonly Measured[] {
  const [tree, store] = [join(folder, "tree"), join(folder, "store")];
  removeTree(tree);
  removeTree(store);
  copyTree(join(folder, "pristine"), tree);
  const env = { ...process.env, ...scenario.env, FATHOM_STORE: store };
  const command = tool === "bare" ? scenario.build : ([fathom, "--json", "--", ...scenario.build] as const);
  return STAGES.map((stage) => {
    if (stage === "clean") shell(scenario.clean, tree, env);
    if (stage === "edit") appendText(join(tree, scenario.edit.file), scenario.edit.text);
    const { ns, cpuMs, stderr } = measured(command, tree, env);
    const summary = tool === "bare" ? null : summaryOf(stderr);
    if (tool === "fathom") mustBeObserved(summary);
    return { stage, ns, cpuMs, summary, tree: outputs(scenario, tree) };
  });
}

/** Returns the samples; appends each to the results as it is measured, when they are to be kept. */
function runScenario(scenario: Scenario, pairs: number, work: string, isKept: boolean): readonly Sample[] {
  const folder = join(work, scenario.name);
  pristine(scenario, work);
  const samples: Sample[] = [];
  const bareTrees = new Map<Stage, Tree>();
  /** What two bare builds show is not ours to explain. */
  const unstable = new Set<string>();
  const results = join(root, "bench/results");
  if (isKept) mkdirSync(results, { recursive: true });
  for (let pair = 0; pair < Math.max(pairs, 1); pair++) {
    const order: readonly Tool[] = pair % 2 === 0 ? ["bare", "fathom"] : ["fathom", "bare"];
    for (const tool of order) {
      for (const { stage, ns, cpuMs, summary, tree } of measure(scenario, tool, folder)) {
        const before = bareTrees.get(stage);
        const differing = before === undefined ? [] : differences(before, tree);
        if (tool === "bare") for (const name of differing) unstable.add(name);
        if (tool === "bare" && before === undefined) bareTrees.set(stage, tree);
        const sample: Sample = { scenario: scenario.name, pair, tool, stage, ms: Number(ns / 1000n) / 1000, cpuMs, differing: tool === "bare" ? [] : differing, summary };
        samples.push(sample);
        if (isKept) appendFileSync(join(results, `${scenario.name}.ndjson`), `${JSON.stringify({ ...sample, ...machine() })}\n`);
        process.stderr.write(`${scenario.name} ${pair + 1}/${pairs} ${tool.padEnd(6)} ${stage.padEnd(5)} ${(sample.ms / 1000).toFixed(2)} s\n`);
      }
    }
  }
  return samples.map((sample) => ({ ...sample, differing: sample.differing.filter((name) => !unstable.has(name)) }));
}

function chosen(names: readonly string[], all: boolean, smoke: boolean): readonly Scenario[] {
  if (smoke) return [...scenarios.values()].filter((scenario) => !needsDownload(scenario));
  if (all) return [...scenarios.values()];
  return names.map((name) => {
    const scenario = scenarios.get(name);
    if (scenario === undefined) throw new Error(`Cannot measure "${name}": expected one of ${[...scenarios.keys()].join(", ")}`);
    return scenario;
  });
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { pairs: { type: "string" }, work: { type: "string" }, all: { type: "boolean" }, smoke: { type: "boolean" }, fetch: { type: "boolean" } },
  });
  const smoke = values.smoke === true;
  const pairs = Number(values.pairs ?? (smoke ? "1" : "5"));
  const work = values.work ?? join(tmpdir(), "fathom-bench");
  if (!Number.isInteger(pairs) || pairs < 1 || !isAbsolute(work)) throw new Error("--pairs must be a whole number from 1, --work an absolute path");
  const list = chosen(positionals, values.all === true, smoke);
  if (list.length === 0) throw new Error(`Say what to measure: ${[...scenarios.keys()].join(", ")}; or --all, or --smoke (what needs no download)`);
  mkdirSync(work, { recursive: true });
  if (values.fetch === true) {
    for (const scenario of list) process.stdout.write(`${scenario.name}: ${pristine(scenario, work)}\n`);
    return;
  }
  const samples = list.flatMap((scenario) => runScenario(scenario, pairs, work, !smoke));
  process.stdout.write(`${markdown(samples)}\n`);
  const wrong = samples.filter((sample) => sample.differing.length > 0);
  for (const { scenario, stage, pair, differing } of wrong) {
    process.stdout.write(`\n${scenario}, ${stage}, pair ${pair + 1}: differs from the bare build: ${differing.slice(0, 10).join(", ")}\n`);
  }
  if (wrong.length > 0) process.exitCode = 1;
}

main();
