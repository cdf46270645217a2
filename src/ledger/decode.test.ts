// Bytes that an observed program could have damaged are never believed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeLedger } from "./decode.ts";
import { encodeRecord } from "./encode.ts";
import { fileSig, inOrder, linked, listed, madeDir, missing, opened, renamed } from "./fake.ts";
import type { LedgerRecord } from "./layout.ts";

const records: LedgerRecord[] = inOrder([
  opened("/w/a\xff", 1),
  missing("/w/b"),
  listed("/w", ["x", "y"]),
  madeDir("/w/d"),
  linked("/w/a", "/w/c", 1),
  renamed("/w/c", "/w/e", fileSig(1)),
  { kind: "readlink", error: 0, path: "/w/l", target: "" },
  { kind: "env", name: "PATH" },
  { kind: "env-all" },
  { kind: "changed", what: 5, before: fileSig(2), path: "/w/f" },
  { kind: "stream-wrote", dev: 0xffff_ffff_ffff_ffffn, ino: 1n << 60n, fd: -1, bytes: "\0\xff" },
  { kind: "doubt", reason: 7, detail: "i386" },
]);
const bytes = Buffer.concat(records.map(encodeRecord));

test("records come back as they were written", () => {
  assert.deepEqual(decodeLedger([bytes]), { ok: true, value: { records, isIncomplete: false } });
});

test("chunks are read one after the other", () => {
  const first = encodeRecord(records[0] ?? assert.fail());
  assert.deepEqual(decodeLedger([first, bytes.subarray(first.length)]), { ok: true, value: { records, isIncomplete: false } });
});

test("a signature without a mode means that nothing was there", () => {
  const [record] = inOrder([{ kind: "wrote", before: null, path: "/w/a" }]);
  assert.deepEqual(decodeLedger([encodeRecord(record ?? assert.fail())]), { ok: true, value: { records: [record], isIncomplete: false } });
});

test("a record that was never finished makes the image incomplete, and other chunks are still read", () => {
  const first = encodeRecord(records[0] ?? assert.fail());
  const unfinished = Buffer.concat([first, Buffer.alloc(64), first]);
  const result = decodeLedger([unfinished, first]);
  assert.deepEqual(result, { ok: true, value: { records: [records[0], records[0]], isIncomplete: true } });
});

test("padding is passed over", () => {
  const padding = Buffer.alloc(32);
  padding.writeUInt32LE(32);
  const result = decodeLedger([Buffer.concat([padding, bytes])]);
  assert.deepEqual(result, { ok: true, value: { records, isIncomplete: false } });
});

for (const [what, damage] of [
  ["a size past the end", (b: Buffer) => b.writeUInt32LE(b.length + 8, 0)],
  ["a size that is not aligned", (b: Buffer) => b.writeUInt32LE(17, 0)],
  ["a size smaller than a head", (b: Buffer) => b.writeUInt32LE(8, 0)],
  ["a kind that does not exist", (b: Buffer) => b.writeUInt16LE(999, 4)],
  ["a string longer than its record", (b: Buffer) => b.writeUInt32LE(0xffffffff, 16 + 48)],
  ["a position past 2^53", (b: Buffer) => b.writeUInt32LE(0x200000, 12)],
] as const) {
  test(`${what} is a failure`, () => {
    const copy = Buffer.from(bytes);
    damage(copy);
    const result = decodeLedger([copy]);
    assert.equal(result.ok ? "ok" : result.failure.code, "ledger-damaged");
  });
}

test("half a head is a failure", () => {
  const result = decodeLedger([bytes.subarray(0, 9)]);
  assert.equal(result.ok ? "ok" : result.failure.code, "ledger-damaged");
});
