// One scenario, each stage with each tool in turn, round after round in rotating
// order, at the same path, with an empty store each time. Outputs are compared
// byte for byte with those of the bare build.

import { mkdirSync, mkdtempSync, renameSync } from "node:fs";
import { join } from "node:path";
import { appendText, copyTree, describeTree, differences, isThere, removeTree } from "../src/base/scratch.ts";
import { pristine } from "./fetch.ts";
import type { Scenario } from "./scenario.ts";
import { measured, shell } from "./shell.ts";
import { STAGES, type Sample, type Stage, type Tool } from "./table.ts";
import { ways } from "./tools.ts";

const OLD = "old";

type Tree = ReadonlyMap<string, string>;

/** Outputs of a stage, without what the scenario says is not compared. */
function outputs(scenario: Scenario, tree: string): Tree {
  const all = describeTree(tree);
  const { ignored } = scenario;
  return ignored === null ? all : new Map([...all].filter(([name]) => !ignored.test(name)));
}

/** The summary is the last line of stderr that is a JSON object; samples say nothing of where `tree` is. */
function summaryOf(stderr: string, tree: string): unknown {
  const line = stderr.replaceAll(tree, "<tree>").trimEnd().split("\n").findLast((text) => text.startsWith("{"));
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

/**
 * Takes what the last measurement left out of the way, and removes it only when all is over: where thousands of files were just
 * removed, ext4 is slow to make new ones for some seconds, and who makes the most pays for it.
 */
function setAside(folder: string, names: readonly string[]): void {
  mkdirSync(join(folder, OLD), { recursive: true });
  const aside = mkdtempSync(join(folder, OLD, "round-"));
  for (const name of names) if (isThere(join(folder, name))) renameSync(join(folder, name), join(aside, name));
}

function measure(scenario: Scenario, tool: Tool, folder: string): readonly Measured[] {
  setAside(folder, ["tree", "store"]);
  const [tree, store] = [join(folder, "tree"), join(folder, "store")];
  copyTree(join(folder, "pristine"), tree);
  const env = { ...process.env, ...scenario.env, ...ways[tool].env(store) };
  const command = ways[tool].command(scenario.build);
  const measuredStages: Measured[] = [];
  for (const stage of STAGES) {
    const [first] = measuredStages;
    // What nothing remembers is built a second time as it was the first time, and that may take minutes.
    if (stage === "clean" && tool === "bare" && first !== undefined) {
      measuredStages.push({ ...first, stage });
      continue;
    }
    if (stage === "clean") shell(scenario.clean, tree, env);
    if (stage === "edit") appendText(join(tree, scenario.edit.file), scenario.edit.text);
    const { ns, cpuMs, stderr } = measured(command, tree, env);
    const summary = tool === "fathom" ? summaryOf(stderr, tree) : null;
    if (tool === "fathom") mustBeObserved(summary);
    measuredStages.push({ stage, ns, cpuMs, summary, tree: outputs(scenario, tree) });
  }
  return measuredStages;
}

/** Returns the samples; tells each as it is measured, with every name that differs. */
export function measureScenario(scenario: Scenario, tools: readonly Tool[], rounds: number, work: string, tell: (sample: Sample) => void): readonly Sample[] {
  const folder = join(work, scenario.name);
  pristine(scenario, work);
  const samples: Sample[] = [];
  const bareTrees = new Map<Stage, Tree>();
  /** What two bare builds show is not ours to explain. */
  const unstable = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const first = round % tools.length;
    for (const tool of [...tools.slice(first), ...tools.slice(0, first)]) {
      for (const { stage, ns, cpuMs, summary, tree } of measure(scenario, tool, folder)) {
        const before = bareTrees.get(stage);
        const differing = before === undefined ? [] : differences(before, tree);
        if (tool === "bare") for (const name of differing) unstable.add(name);
        if (tool === "bare" && before === undefined) bareTrees.set(stage, tree);
        const sample: Sample = { scenario: scenario.name, pair: round, tool, stage, ms: Number(ns / 1000n) / 1000, cpuMs, differing: tool === "bare" ? [] : differing, summary };
        samples.push(sample);
        tell(sample);
        process.stderr.write(`${scenario.name} ${round + 1}/${rounds} ${tool.padEnd(9)} ${stage.padEnd(5)} ${(sample.ms / 1000).toFixed(2)} s\n`);
      }
    }
  }
  removeTree(join(folder, OLD));
  return samples.map((sample) => ({ ...sample, differing: sample.differing.filter((name) => !unstable.has(name)) }));
}
