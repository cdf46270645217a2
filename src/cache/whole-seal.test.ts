// Seals of several units as one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { STATE_BYTES } from "../base/disk.ts";
import type { ModeSeal, Seal } from "./seal.ts";
import { PathBytes } from "./whole-seal.ts";

const sealOf = (states: Readonly<Record<string, number>>): Seal =>
  ({ paths: Buffer.from(Object.keys(states).map((path) => `${path}\0`).join("")), states: Buffer.concat(Object.values(states).map((byte) => Buffer.alloc(STATE_BYTES, byte))) });

const modesOf = (all: readonly (readonly [path: string, mask: number, mode: number])[]): ModeSeal => {
  const modes = Buffer.alloc(8 * all.length);
  for (const [index, [, mask, mode]] of all.entries()) modes.writeUInt32LE(mode, modes.writeUInt32LE(mask, 8 * index));
  return { paths: Buffer.from(all.map(([path]) => `${path}\0`).join("")), modes };
};

test("each path is there once, in the order of paths, with its own state", () => {
  assert.deepEqual(PathBytes.ofSeals([sealOf({ "/w/b": 2, "/w/a": 1 }), sealOf({ "/w/a": 1, "/v": 3 })]), sealOf({ "/v": 3, "/w/a": 1, "/w/b": 2 }));
  assert.deepEqual(PathBytes.ofSeals([]), sealOf({}));
});

test("two states of one path never hold at once", () => {
  assert.equal(PathBytes.ofSeals([sealOf({ "/w/a": 1 }), sealOf({ "/w/a": 2 })]), null);
});

test("a type and the permissions of one path are two things; two types are a contradiction", () => {
  const [type, all, other] = [["/w/d", 0o170000, 0o040000], ["/w/d", 0o177777, 0o040755], ["/w/d", 0o170000, 0o100000]] as const;
  assert.deepEqual(PathBytes.ofModes([modesOf([all]), modesOf([type])])?.paths.toString(), "/w/d\0/w/d\0");
  assert.equal(PathBytes.ofModes([modesOf([type]), modesOf([other])]), null);
});

test("what does not fit together is nothing", () => {
  const { paths } = sealOf({ "/w/a": 1 });
  assert.equal(PathBytes.ofSeals([{ paths, states: Buffer.alloc(STATE_BYTES + 1) }]), null);
  assert.equal(PathBytes.ofSeals([{ paths: Buffer.from("w/a\0"), states: Buffer.alloc(STATE_BYTES) }]), null);
});
