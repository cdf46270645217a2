// Whose outputs an image read is known from the order of all records, whichever
// image's ledger is read first.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRecord } from "../ledger/encode.ts";
import { inOrder, opened, wrote, type Said } from "../ledger/fake.ts";
import type { LedgerRecord } from "../ledger/layout.ts";
import { Flows } from "./flows.ts";
import { LedgerReader, type LedgerReading } from "./ledger-reading.ts";

const ledger = (...records: readonly LedgerRecord[]): LedgerReading => new LedgerReader(["/w"]).read([Buffer.concat(records.map(encodeRecord))]);
const at = (seq: number, record: Said): LedgerRecord => inOrder([record], seq)[0] ?? assert.fail();

test("what was written before is used, what was written afterwards is not", () => {
  const flows = new Flows();
  flows.ended(1, ledger(at(10, wrote("/w/a", null))));
  flows.ended(2, ledger(at(20, wrote("/w/b", null))));
  assert.deepEqual(flows.ended(3, ledger(at(15, opened("/w/a", 1)), at(16, opened("/w/b", 1)), at(17, opened("/usr/include/stdio.h", 1)))), { used: [1], replaced: [] });
  assert.deepEqual(flows.ended(4, ledger(at(30, opened("/w/x/../b", 1)), at(31, wrote("/w/a", null)))), { used: [2], replaced: [1] });
});

test("the last writer before the look is the one whose output was read", () => {
  const flows = new Flows();
  flows.ended(1, ledger(at(10, wrote("/w/a", null))));
  flows.ended(2, ledger(at(30, wrote("/w/a", null))));
  assert.deepEqual(flows.ended(3, ledger(at(20, opened("/w/a", 1)))).used, [1]);
  assert.deepEqual(flows.ended(4, ledger(at(40, opened("/w/a", 1)))).used, [2]);
});

test("a program that was built in this run is used by who runs it", () => {
  const flows = new Flows();
  flows.ended(1, ledger(at(10, wrote("/w/tool", null))));
  flows.began(2, "/w/tool", 20);
  assert.deepEqual(flows.ended(2, ledger()).used, [1]);
});

test("nobody uses what it wrote itself", () => {
  assert.deepEqual(new Flows().ended(1, ledger(at(10, wrote("/w/a", null)), at(11, opened("/w/a", 1)))), { used: [], replaced: [] });
});
