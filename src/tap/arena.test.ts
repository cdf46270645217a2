// Where Node looks for a change is where the guest library and the supervisor mark it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { makeScratch, removeTree } from "../base/scratch.ts";
import { signatureOf } from "../base/signature.ts";
import { changedAt } from "./arena.ts";

const SOURCE = join(import.meta.dirname, "../../../../native/test/changed.c");
const PATHS = ["/", "/w", "/w/packages/a/dist/out.js", "/work/1234567", "/work/12345678", `/${"long/".repeat(300)}`, "/\xff\xfe/caf\xe9"];
const FILES = [[0n, 1n], [2049n, 131_074n], [0xffff_ffffn, 0xffff_ffff_ffffn]] as const;

test("for paths of every length, and for files", () => {
  const folder = makeScratch("fathom-arena");
  try {
    const program = join(folder, "changed");
    const built = spawnSync("cc", ["-O1", "-Wall", "-D_GNU_SOURCE", "-o", program, SOURCE], { encoding: "utf8" });
    assert.equal(built.status, 0, built.stderr);
    const words = [...PATHS.map((path) => Buffer.from(path, "latin1")), ...FILES.map(([dev, ino]) => Buffer.from(`${String(dev)}:${String(ino)}`))];
    // A shell hands on bytes that are no text.
    const script = `exec "${program}" ${words.map((word) => `'${word.toString("latin1")}'`).join(" ")}`;
    const marked = spawnSync("sh", { input: Buffer.from(script, "latin1"), encoding: "utf8" }).stdout.trim().split("\n").map((line) => line.trim().split(" ").map(Number));
    const looked = [...PATHS.map((path) => changedAt(path, null)[0] ?? []), ...FILES.map(([dev, ino]) => changedAt("", signatureOf({ mode: 0o100644, dev, ino }))[1] ?? [])];
    const inOrder = (places: readonly number[]): readonly number[] => [...new Set(places)].sort((one, other) => one - other);
    assert.deepEqual(looked.map(inOrder), marked);
    assert.ok(marked.every((places) => places.length > 1), "each in more than one place");
  } finally {
    removeTree(folder);
  }
});
