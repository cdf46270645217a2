// Measures scenarios: each stage bare and under Fathom, in pairs whose order
// alternates. Raw samples go to bench/results/, a table to stdout.
// Usage: npm run bench -- [--pairs N] [--work folder] [--all | --smoke | name...]

import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { parseArgs } from "node:util";
import { pristine } from "./fetch.ts";
import { measureScenario } from "./measure.ts";
import { keeper } from "./results.ts";
import { needsDownload, type Scenario } from "./scenario.ts";
import { namedScenarios, scenarios } from "./scenarios/all.ts";
import { markdown, wrongOutputs } from "./table.ts";

function chosen(names: readonly string[], all: boolean, smoke: boolean): readonly Scenario[] {
  if (smoke) return [...scenarios.values()].filter((scenario) => !needsDownload(scenario));
  if (all) return [...scenarios.values()];
  return namedScenarios(names);
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
  const samples = list.flatMap((scenario) => measureScenario(scenario, ["bare", "fathom"], pairs, work, smoke ? () => undefined : keeper(`${scenario.name}.ndjson`)));
  process.stdout.write(`${markdown(samples)}\n`);
  const wrong = wrongOutputs(samples);
  for (const line of wrong) process.stdout.write(`\n${line}\n`);
  if (wrong.length > 0) process.exitCode = 1;
}

main();
