// What a run would say, as it is handed to the engine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSaid, encodeSaid, encodeUnplanned } from "./whole-said.ts";

const SAID = encodeSaid(3, [
  { kind: "text", stream: 1, text: "one\n" }, { kind: "text", stream: 1, text: "two\n" }, { kind: "text", stream: 2, text: "ü\n" },
  { kind: "text", stream: 1, text: "Time: " }, { kind: "time" }, { kind: "text", stream: 1, text: "\n" },
]);

test("neighbouring pieces of one stream are one, and the time has its place", () => {
  const said = decodeSaid(SAID);
  assert.equal(said?.started, 3);
  assert.deepEqual(said.output.toString("latin1").replaceAll("\0", "."), "\x01...\x08...one\ntwo\n\x02...\x03...Ã¼\n\x01...\x06...Time: \x03.......\x01...\x01...\n");
});

test("what was cut anywhere but between two pieces, or has another stream, is nothing", () => {
  const whole = Array.from({ length: SAID.length + 1 }, (_, length) => length).filter((length) => decodeSaid(SAID.subarray(0, length)) !== null);
  assert.deepEqual(whole, [4, 20, 31, 45, 53, SAID.length]);
  for (const stream of [0, 5, 0x7fffffff]) {
    const other = Buffer.from(SAID);
    other.writeUInt32LE(stream, 4);
    assert.equal(decodeSaid(other), null);
  }
});

test("reasons why a run would not be the same come out as they went in", () => {
  const reasons = [{ code: "persistent", task: "web#dev", detail: "" }, { code: "order-learnt", task: "b#build", detail: "ä#build" }];
  assert.deepEqual(decodeSaid(encodeUnplanned(reasons))?.reasons, reasons);
  assert.deepEqual(decodeSaid(SAID)?.reasons, []);
});
