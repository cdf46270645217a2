// Shows that every file-related behaviour is seen, whichever way a program makes its
// calls: docs/reference/conformance.md is written from what the ledgers say.
// Usage: node dist/build/scripts/conformance.js [--check] [--keep] [way...]
// --check writes nothing. Ends with 1 when something was missed or the table is stale.

import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./bundle.ts";
import { observe } from "./conformance/observe.ts";
import { hasGo, programOf, WAYS, type Behaviour, type Way } from "./conformance/programs.ts";
import { cellOf, NONE, tableText, type Cells } from "./conformance/table.ts";

export const TABLE = join(root, "docs/reference/conformance.md");

export interface Conformance {
  readonly behaviours: readonly Behaviour[];
  readonly cells: Cells;
  readonly missed: readonly string[];
}

export function conformance(ways: readonly Way[], scratch: string): Conformance {
  mkdirSync(scratch, { recursive: true });
  const dynamic = programOf("dynamic glibc", scratch, []);
  const cells = new Map(dynamic.behaviours.map((row) => [row.name, new Map<Way, string>()]));
  const missed: string[] = [];
  for (const way of ways) {
    const program = way === "dynamic glibc" ? dynamic : programOf(way, scratch, dynamic.behaviours);
    const observed = observe(program, dynamic.path, join(scratch, "run"));
    for (const row of program.behaviours) {
      const seen = observed.get(row.name);
      const cell = seen === undefined ? "missed: it did not run" : cellOf(row, seen);
      cells.get(row.name)?.set(way, cell);
      if (cell.startsWith("missed")) missed.push(`${way}, ${row.name}: ${cell}`);
    }
  }
  return { behaviours: dynamic.behaviours, cells, missed };
}

/** The committed table, with the columns of these ways only: what a machine without Go can compare. */
export function columnsOf(table: string, ways: readonly Way[]): string {
  const kept = WAYS.map((way, index) => (ways.includes(way) ? index + 2 : -1));
  return table.split("\n").map((line) => {
    const columns = line.split(/(?<!\\)\|/).slice(1, -1);
    return columns.length === WAYS.length + 2 ? columns.filter((_text, index) => index < 2 || kept.includes(index)).join("|") : line;
  }).join("\n");
}

function main(): void {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: "boolean" }, keep: { type: "boolean" } } });
  const say = (text: string): unknown => process.stdout.write(`${text}\n`); // tidy: a program of its own
  const possible = WAYS.filter((way) => way !== "Go" || hasGo());
  const ways = positionals.length === 0 ? possible : possible.filter((way) => positionals.includes(way));
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "fathom-conformance-")));
  const { behaviours, cells, missed } = conformance(ways, scratch);
  for (const line of missed) say(line);
  const counts = new Map<string, number>();
  for (const row of behaviours) {
    for (const way of ways) {
      const cell = (cells.get(row.name)?.get(way) ?? NONE).replace(/:.*/, "");
      counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
  }
  say(`${String(behaviours.length)} behaviours, ${String(ways.length)} ways: ${[...counts].map(([cell, count]) => `${String(count)} ${cell}`).join(", ")}`);
  const text = tableText(behaviours, cells);
  const isStale = columnsOf(readFileSync(TABLE, { encoding: "utf8", flag: "a+" }), ways) !== columnsOf(text, ways);
  if (values.check === true && isStale) say('Stale: "docs/reference/conformance.md" is not what the programs show');
  else if (values.check !== true && isStale && missed.length === 0 && ways.length === WAYS.length) writeFileSync(TABLE, text);
  if (values.keep === true) say(scratch);
  else rmSync(scratch, { recursive: true, force: true });
  process.exitCode = missed.length === 0 && (values.check !== true || !isStale) ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) main();
