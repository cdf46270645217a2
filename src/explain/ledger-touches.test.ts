// What is taken out of a ledger of who touched what, and when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRecord } from "../ledger/encode.ts";
import { inOrder, madeDir, missing, opened, removed, renamed, fileSig, wrote } from "../ledger/fake.ts";
import { LedgerReader } from "./ledger-reading.ts";
import { touchesOf } from "./ledger-touches.ts";
import { DID } from "./touch.ts";

const LEDGER = inOrder([
  opened("/usr/include/stdio.h", 1), opened("/w/sub/../a.c", 2), missing("/w/local/a.h"), wrote("/w/tmp1", null), renamed("/w/tmp1", "/w/out", fileSig(1)), madeDir("/w/d"), removed("/w/old", fileSig(3)), opened("/w/a.c", 2),
]);
const BYTES = Buffer.concat(LEDGER.map(encodeRecord));
const seqs = LEDGER.map(({ seq }) => seq);

test("each path has what was done to it, and the first and last time", () => {
  const { paths } = touchesOf(new LedgerReader(["/w"]).read([BYTES]));
  const shown = [...paths].map(([path, { did, looked, changed }]) => [path, did, looked, changed]);
  assert.deepEqual(shown, [
    ["/w/a.c", DID.read, [seqs[1], seqs[7]], null],
    ["/w/local/a.h", DID.sought, [seqs[2], seqs[2]], null],
    ["/w/tmp1", DID.wrote | DID.created | DID.removed, null, [seqs[3], seqs[4]]],
    ["/w", DID.names, null, [seqs[3], seqs[6]]],
    ["/w/out", DID.published | DID.created, null, [seqs[4], seqs[4]]],
    ["/w/d", DID.made | DID.created, null, [seqs[5], seqs[5]]],
    ["/w/old", DID.removed, null, [seqs[6], seqs[6]]],
  ]);
});
