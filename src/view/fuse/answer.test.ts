// The bytes that the kernel gets, where getting them wrong shows only rarely.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRequest, directoryReply, entryReply, type DirectoryName } from "./wire.ts";

const names = (count: number): DirectoryName[] => Array.from({ length: count }, (_, index) => ({ name: `f${String(index)}`, node: index + 2, type: 8 }));

/** Names in a reply, and where the next part begins. */
function listed(reply: Buffer): { readonly found: readonly string[]; readonly next: number } {
  const found: string[] = [];
  let next = 0;
  for (let at = 16; at < reply.length;) {
    const length = reply.readUInt32LE(at + 16);
    found.push(reply.toString("latin1", at + 24, at + 24 + length));
    next = Number(reply.readBigUInt64LE(at + 8));
    at += Math.ceil((24 + length) / 8) * 8;
  }
  return { found, next };
}

test("a listing in several parts misses nothing, though names come and go in between", () => {
  const before = names(6);
  const first = listed(directoryReply(1n, before, 0, 100));
  const after = [...before.map((each, index) => (index === 1 ? null : each)), { name: "late", node: 99, type: 8 }];
  const second = listed(directoryReply(1n, after, first.next, 4096));
  assert.deepEqual([...first.found, ...second.found], ["f0", "f1", "f2", "f3", "f4", "f5", "late"]);
});

test("a time before 1970 has its nanoseconds counted forwards, as stat(2) has", () => {
  const reply = entryReply(1n, { node: 2, mode: 0o100644, sizeBytes: 1, mtimeNs: -1n, ctimeNs: 0n, user: 0, group: 0, isFixed: true });
  assert.deepEqual([reply.readBigInt64LE(16 + 40 + 32), reply.readUInt32LE(16 + 40 + 52)], [-1n, 999_999_999]);
});

test("a request whose length is not its own is none", () => {
  const bytes = Buffer.alloc(48);
  bytes.writeUInt32LE(47, 0);
  assert.equal(decodeRequest(bytes), null);
  assert.equal(decodeRequest(bytes.subarray(0, 39)), null);
});
