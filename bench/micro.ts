// Small measurements, one question each, as ratios and differences to the bare command
// in one run. A slow machine makes the figures worse and nothing fail.
// Usage: npm run micro -- [--rounds N] [--processes N] [--work folder] [tiny calls facts counts memory]

import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { parseArgs } from "node:util";
import { calls } from "./micro/calls.ts";
import { counts } from "./micro/counts.ts";
import { facts } from "./micro/facts.ts";
import { memory } from "./micro/memory.ts";
import type { Place, Row } from "./micro/rig.ts";
import { tiny } from "./micro/tiny.ts";
import { keeper } from "./results.ts";

type Question = (place: Place, processes: number) => readonly Row[] | Promise<readonly Row[]>;

const QUESTIONS: Readonly<Record<string, Question>> = { counts, calls, tiny, facts, memory };

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: "string" }, processes: { type: "string" }, work: { type: "string" } },
  });
  const [rounds, processes] = [Number(values.rounds ?? "9"), Number(values.processes ?? "20000")];
  const folder = values.work ?? join(tmpdir(), "fathom-micro");
  if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(processes) || processes < 100 || !isAbsolute(folder))
    throw new Error("--rounds must be a whole number from 1, --processes one from 100, --work an absolute path");
  const names = positionals.length > 0 ? positionals : Object.keys(QUESTIONS);
  mkdirSync(folder, { recursive: true });
  const keep = keeper("micro.ndjson");
  process.stdout.write("| what | bare | fathom | costs | target |\n|---|---:|---:|---|---|\n");
  for (const name of names) {
    const question = QUESTIONS[name];
    if (question === undefined) throw new Error(`Cannot measure "${name}": expected some of ${Object.keys(QUESTIONS).join(", ")}`);
    for (const row of await question({ folder, rounds }, processes)) {
      keep(row);
      process.stdout.write(`| ${row.what} | ${row.bare} | ${row.fathom} | ${row.costs} | ${row.target} |\n`);
    }
  }
}

await main();
