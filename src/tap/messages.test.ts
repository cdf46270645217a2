// Messages between the supervisor and Node come back as they were sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../base/digest.ts";
import { decodeMessage, encodeMessage, STREAM_FILE, STREAM_PIPE, type Message, type Streams } from "./messages.ts";

const streams: Streams = [
  { kind: STREAM_FILE, access: 0, dev: 1n, ino: 1n << 63n },
  { kind: STREAM_PIPE, access: 1, dev: 2n, ino: 3n },
  { kind: STREAM_PIPE, access: 1, dev: 2n, ino: 3n },
];
const image = { question: 1, image: 2, parent: 3, pid: 4, seq: 2 ** 40, startedNs: -5n, weakKey: digestOf(Buffer.from("key")), umask: 0o22, flags: 0, streams, inherited: ["3: pipe"] };
const program = { path: "/bin/\xff", cwd: "/w", argv: ["cc", "", "-c"], env: ["A=1"] };

const MESSAGES: readonly Message[] = [
  { kind: "hello", version: 1, ledgerVersion: 1, flags: 2, verifyPercent: 5, verifySeed: 0xffffffff, pid: 3, workspace: "/w", home: "/h", temporary: "/tmp", cwd: "/w", store: "/s", command: ["make"] },
  { kind: "ask", ...image, ...program },
  { kind: "exec", ...image, ...program },
  { kind: "end", image: 1, how: 0, code: -1, successor: 0, exitSeq: 9, endedNs: 1_700_000_000_000_000_001n, cpuNs: 5, flags: 1, chunks: [{ offset: 4096, bytes: 80 }] },
  { kind: "preserve", question: 1, image: 2, atNs: 5n, path: "/w/a" },
  { kind: "kept", image: 2, atNs: 5n, content: digestOf(Buffer.from("a")), state: "\x01".repeat(48), path: "/w/a" },
  { kind: "done", how: 0, code: 3, processes: 10, notifications: 20, startedNs: 1n, endedNs: 2n, supervisorNs: 3n },
  { kind: "planned", units: 2, savedNs: 7n },
  { kind: "slight", image: 1, parent: 2, flags: 0, startedNs: 1n, endedNs: 2n, weakKey: digestOf(Buffer.from("key")), path: "/bin/sh", cwd: "/w", task: "a#b", argumentsLeftOut: 3, argv: ["sh", ""], changed: ["/w/a"] },
  { kind: "left-out" },
  { kind: "answer", question: 1, verdict: 1, code: 0, streams: "/s/x" },
  { kind: "release", chunks: [] },
];

for (const message of MESSAGES) {
  const frame = encodeMessage(message);

  test(`"${message.kind}" comes back as it was sent`, () => {
    assert.equal(frame.readUInt32LE(0), frame.length - 4);
    assert.deepEqual(decodeMessage(frame.subarray(4)), { ok: true, value: message });
  });

  test(`"${message.kind}" cut short anywhere is a failure`, () => {
    for (let bytes = 0; bytes < frame.length - 4; bytes += 1) assert.equal(decodeMessage(frame.subarray(4, 4 + bytes)).ok, false);
  });
}

test("a list that claims more than there is takes no memory", () => {
  const frame = Buffer.alloc(8);
  frame.writeUInt32LE(65, 0);
  frame.writeUInt32LE(0xffffffff, 4);
  assert.equal(decodeMessage(frame).ok, false);
});
