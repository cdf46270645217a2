// What is read of a ledger for a trace, and what is stepped over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRecord } from "../ledger/encode.ts";
import { inOrder, missing, opened, wrote } from "../ledger/fake.ts";
import { LedgerReader, plain } from "./ledger-reading.ts";

const LEDGER = inOrder([
  opened("/usr/include/stdio.h", 1), opened("/libx", 1), opened("/w/sub/../a.c", 2), missing("/usr/local/none.h"), missing("/w/local/a.h"), { kind: "env", name: "CC" }, wrote("/w/out", null), wrote("/w/old", 3),
  { kind: "stream-read", dev: 1n, ino: 1n, fd: 0 },
]);
const BYTES = Buffer.concat(LEDGER.map(encodeRecord));
const pathsOf = ({ looks }: { readonly looks: readonly { readonly path: string }[] }): string[] => looks.map(({ path }) => path);

test("looks at the system's files are stepped over, others have their place in the order", () => {
  const reading = new LedgerReader(["/w"]).read([BYTES]);
  assert.deepEqual(pathsOf(reading), ["/w/a.c", "/w/local/a.h"]);
  assert.deepEqual(reading.looks.map(({ kind, seq }) => [kind, seq]), [["opened", LEDGER[2]?.seq], ["missing", LEDGER[4]?.seq]]);
  assert.deepEqual([reading.changes.length, reading.hears, reading.variables], [2, true, []]);
});

test("the system's files count where a root is among them, or where somebody wants to know", () => {
  assert.deepEqual(pathsOf(new LedgerReader(["/usr/src/w"]).read([BYTES])).slice(0, 1), ["/usr/include/stdio.h"]);
  const reader = new LedgerReader(["/w"]);
  reader.want("/usr/local/none.h");
  reader.want("$CC");
  assert.deepEqual([pathsOf(reader.read([BYTES])).slice(0, 3), reader.read([BYTES]).variables], [["/usr/include/stdio.h", "/w/a.c", "/usr/local/none.h"], ["CC"]]);
  assert.equal(reader.isSkipped("/etc/passwd"), true);
});

test("damage ends the reading and nothing else", () => {
  for (let length = 0; length < BYTES.length; length += 1) new LedgerReader(["/w"]).read([BYTES.subarray(0, length)]);
});

test("a path is made plain by its name alone", () => {
  assert.deepEqual(["/a/./b//c/../d", "/..", "x"].map(plain), ["/a/b/d", "/", "x"]);
});
