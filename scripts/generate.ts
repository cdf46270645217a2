// Writes the TypeScript side of every format that C and TypeScript share. The
// .def files are the only place where a record or a message is described.
// With --check nothing is written: exit 1 says that a generated file is stale.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { comparatorsText } from "./generate/comparators.ts";
import { readDefinitions } from "./generate/definitions.ts";
import { layoutText } from "./generate/layout.ts";
import { messagesText } from "./generate/messages.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (name: string): string => readFileSync(join(ROOT, name), "utf8");

function current(path: string): string {
  try {
    return read(path);
  } catch {
    return ""; // Not there yet: stale like any other difference.
  }
}

const definitions = readDefinitions({
  ledgerDef: read("native/ledger.def"),
  ledgerHeader: read("native/ledger.h"),
  protocolDef: read("native/protocol.def"),
  protocolHeader: read("native/protocol.h"),
  unitsDef: read("native/units.def"),
});
const files: readonly (readonly [string, string])[] = [
  ["src/ledger/layout.ts", layoutText(definitions)],
  ["src/tap/messages.ts", messagesText(definitions)],
  ["src/cache/comparators.ts", comparatorsText(definitions)],
];

const stale = files.filter(([path, text]) => current(path) !== text);
if (process.argv.includes("--check")) {
  for (const [path] of stale) process.stderr.write(`Stale: "${path}" is not what native/*.def says\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) writeFileSync(join(ROOT, path), text);
}
