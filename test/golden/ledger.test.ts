// The bytes of every released ledger version, one record of each kind. A change
// of the format that is not a new version fails here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { signatureOf } from "../../src/base/signature.ts";
import { LedgerDecoder } from "../../src/ledger/decode.ts";
import { encodeRecord } from "../../src/ledger/encode.ts";
import { FIELDS, LEDGER_VERSION, type LedgerRecord } from "../../src/ledger/layout.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const SIG = signatureOf({ dev: 1n, ino: 2n, size: 3n, mtimeNs: 1_700_000_000_000_000_004n, ctimeNs: 1_700_000_000_000_000_005n, mode: 0o100644, nlink: 6 });
const head = (seq: number, flags = 0) => ({ seq, flags });

const RECORDS: readonly LedgerRecord[] = [
  { kind: "opened", ...head(1), file: SIG, path: "/w/a" },
  { kind: "stated", ...head(2, 1), file: SIG, path: "/w/./b" },
  { kind: "missing", ...head(3), error: 2, path: "/w/c" },
  { kind: "readlink", ...head(4), error: 0, path: "/w/l", target: "../v" },
  { kind: "listed", ...head(5), directory: SIG, path: "/w", names: "\ba\0\x04d\0" },
  { kind: "typed", ...head(6), file: SIG, path: "/w/\xff" },
  { kind: "env", ...head(7), name: "PATH" },
  { kind: "env-all", ...head(8) },
  { kind: "wrote", ...head(9, 4), before: null, path: "/w/o" },
  { kind: "removed", ...head(10, 2), before: SIG, path: "/w/p" },
  { kind: "made-dir", ...head(11), mode: 0o755, path: "/w/q" },
  { kind: "made-link", ...head(12), path: "/w/r", target: "q" },
  { kind: "linked", ...head(13), file: SIG, from: "/w/a", to: "/w/s" },
  { kind: "renamed", ...head(14, 16), moved: SIG, replaced: null, from: "/w/s", to: "/w/t" },
  { kind: "changed", ...head(15), what: 5, before: SIG, path: "/w/t" },
  { kind: "made-node", ...head(16), mode: 0o010600, path: "/w/u" },
  { kind: "stream-wrote", ...head(17), dev: 7n, ino: 8n, fd: 1, bytes: "hello\n" },
  { kind: "stream-read", ...head(18), dev: 7n, ino: 9n, fd: -1 },
  { kind: "doubt", ...head(2 ** 52), reason: 1, detail: "connect" },
];

const golden = readFileSync(join(ROOT, `test/golden/ledger-v${LEDGER_VERSION}.ndjson`), "utf8").trimEnd().split("\n");

/** `{"kind":"opened","hex":"..."}` */
function hexOf(line: string): string {
  const parsed: unknown = JSON.parse(line);
  assert.ok(typeof parsed === "object" && parsed !== null && "hex" in parsed && typeof parsed.hex === "string");
  return parsed.hex;
}

test("a ledger has one pinned record of each kind", () => {
  assert.deepEqual(new Set(RECORDS.map((record) => record.kind)), new Set(Object.keys(FIELDS)));
});

test("records are written in the bytes of the released format", () => {
  assert.deepEqual(RECORDS.map((record) => JSON.stringify({ kind: record.kind, hex: encodeRecord(record).toString("hex") })), golden);
});

test("the bytes of the released format are read as what they say", () => {
  const bytes = Buffer.concat(golden.map((line) => Buffer.from(hexOf(line), "hex")));
  const seqs = RECORDS.map(({ seq }) => seq);
  assert.deepEqual(new LedgerDecoder().decode([bytes]), { ok: true, value: { records: [...RECORDS], seqs, isIncomplete: false } });
});
