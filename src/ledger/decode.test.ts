// Bytes that an observed program could have damaged are never believed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LedgerDecoder } from "./decode.ts";
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

const decoded = (records: readonly LedgerRecord[], isIncomplete = false): unknown => ({ ok: true, value: { records, seqs: records.map(({ seq }) => seq), isIncomplete } });

test("records come back as they were written", () => {
  assert.deepEqual(new LedgerDecoder().decode([bytes]), decoded(records));
});

test("chunks are read one after the other", () => {
  const first = encodeRecord(records[0] ?? assert.fail());
  assert.deepEqual(new LedgerDecoder().decode([first, bytes.subarray(first.length)]), decoded(records));
});

test("a signature without a mode means that nothing was there", () => {
  const [record] = inOrder([{ kind: "wrote", before: null, path: "/w/a" }]);
  assert.ok(record !== undefined);
  assert.deepEqual(new LedgerDecoder().decode([encodeRecord(record)]), decoded([record]));
});

test("a record that was never finished makes the image incomplete, and other chunks are still read", () => {
  const first = records[0] ?? assert.fail();
  const bytes = encodeRecord(first);
  const unfinished = Buffer.concat([bytes, Buffer.alloc(64), bytes]);
  const result = new LedgerDecoder().decode([unfinished, bytes]);
  assert.deepEqual(result, decoded([first, first], true));
});

test("padding is passed over", () => {
  const padding = Buffer.alloc(32);
  padding.writeUInt32LE(32);
  const result = new LedgerDecoder().decode([Buffer.concat([padding, bytes])]);
  assert.deepEqual(result, decoded(records));
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
    const result = new LedgerDecoder().decode([copy]);
    assert.equal(result.ok ? "ok" : result.failure.code, "ledger-damaged");
  });
}

test("half a head is a failure", () => {
  const result = new LedgerDecoder().decode([bytes.subarray(0, 9)]);
  assert.equal(result.ok ? "ok" : result.failure.code, "ledger-damaged");
});

const AGAIN = [opened("/w/a", 1), missing("/w/b"), listed("/w", ["x"]), { kind: "env", name: "PATH" }] as const;

test("equal looks are one object whenever they were made, and each keeps its place", () => {
  const decoder = new LedgerDecoder();
  const [one, other] = [inOrder(AGAIN), inOrder(AGAIN, 100)].map((records) => decoder.decode([Buffer.concat(records.map(encodeRecord))]));
  assert.ok(one?.ok === true && other?.ok === true);
  for (const [at, record] of other.value.records.entries()) assert.equal(record, one.value.records[at]);
  assert.deepEqual(other.value.seqs, [100, 101, 102, 103]);
});

test("looks that differ in one bit of anything but their place are different", () => {
  for (const said of AGAIN) {
    const [record] = inOrder([said]);
    assert.ok(record !== undefined);
    const bytes = encodeRecord(record);
    for (let bit = 6 * 8; bit < bytes.length * 8; bit += 1) {
      if (bit >= 8 * 8 && bit < 16 * 8) continue;
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const alone = new LedgerDecoder().decode([flipped]);
      const decoder = new LedgerDecoder();
      assert.ok(decoder.decode([bytes]).ok);
      assert.deepEqual(decoder.decode([flipped]), alone);
    }
  }
});

test("changes are never one object: folds tell them apart by it", () => {
  const changes = Buffer.concat(inOrder([madeDir("/w/d"), madeDir("/w/d")]).map(encodeRecord));
  const result = new LedgerDecoder().decode([changes]);
  assert.ok(result.ok && result.value.records[0] !== result.value.records[1]);
});

test("more looks than are kept are read all the same", () => {
  const decoder = new LedgerDecoder();
  const name = "x".repeat(4000);
  for (let round = 0; round < 6; round += 1) {
    const records = inOrder(Array.from({ length: 1000 }, (_, at) => missing(`/w/${name}${at}`)));
    assert.deepEqual(decoder.decode([Buffer.concat(records.map(encodeRecord))]), decoded(records));
  }
});
