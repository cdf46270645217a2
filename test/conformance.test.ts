// No file call is missed, whichever way a program makes it: native/test/conformance,
// and docs/reference/conformance.md is what those programs show.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { columnsOf, conformance, TABLE } from "../scripts/conformance.ts";
import { hasGo, WAYS } from "../scripts/conformance/programs.ts";
import { tableText } from "../scripts/conformance/table.ts";

const scratch = realpathSync(mkdtempSync(join(tmpdir(), "fathom-conformance-")));
after(() => rmSync(scratch, { recursive: true, force: true }));

const possible = WAYS.filter((way) => way !== "Go" || hasGo());
const shown = conformance(possible, scratch);

for (const way of WAYS) {
  test(`the ledgers say of every behaviour what they should (${way})`, { skip: possible.includes(way) ? false : "there is no Go here" }, () => {
    assert.deepEqual(shown.missed.filter((line) => line.startsWith(`${way}, `)), []);
  });
}

test("docs/reference/conformance.md is what the programs show", () => {
  assert.equal(columnsOf(tableText(shown.behaviours, shown.cells), possible), columnsOf(readFileSync(TABLE, "utf8"), possible));
});

test("a call that syscalls.def calls a doubt or denied has a row", () => {
  const rows = new Set(shown.behaviours.map((row) => row.name));
  const list = readFileSync(join(import.meta.dirname, "../../../native/syscalls.def"), "utf8");
  const decided = [...list.matchAll(/^CALL\(\w+, (\d+), (?:DOUBT|DENIED),/gm)].map(([, number = ""]) => `call_${number}`);
  assert.deepEqual(decided.filter((name) => !rows.has(name)), []);
});
