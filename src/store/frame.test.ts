// The bytes of a record's frame, pinned: what an earlier Fathom stored stays readable.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFrame, encodeFrame } from "./frame.ts";

const GOLDEN =
  "666174686f6d520a" + "01000000" + "00000000" + "0300000000000000" +
  "24eeb27334b6b049cf63c45b967bb20953e384ddc54086e8d1928f2cde8fdfad" + "616263";

test("the frame has the bytes of version 1", () => {
  assert.equal(encodeFrame("entries", "name", Buffer.from("abc")).toString("hex"), GOLDEN);
  assert.deepEqual(decodeFrame("entries", "name", Buffer.from(GOLDEN, "hex")), { ok: true, value: Buffer.from("abc") });
});

test("an empty payload is a payload", () => {
  assert.deepEqual(decodeFrame("sets", "name", encodeFrame("sets", "name", Buffer.alloc(0))), { ok: true, value: Buffer.alloc(0) });
});
