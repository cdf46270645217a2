// What is read of the list of outputs that a view has without their bytes: it is on a disk, where anybody may have written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { realClock } from "../base/clock.ts";
import { digestOf } from "../base/digest.ts";
import { absPath } from "../base/path.ts";
import { realDisk } from "../base/real-disk.ts";
import { makeScratch, removeTree } from "../base/scratch.ts";
import { encodeGone, encodeLaid, inodeOf, laidIn, LaidList, laidOf } from "./outputs.ts";

const disk = realDisk(realClock);
const digest = digestOf(Buffer.from("x"));
const line = (path: string): string => encodeLaid({ path, digest, sizeBytes: 1, permissions: 0o644, mtimeNs: 5n, ctimeNs: 6n });

function withList(act: (view: { readonly folder: ReturnType<typeof absPath> }, write: (text: string) => void) => void): void {
  const folder = absPath(makeScratch("fathom-laid"));
  try {
    disk.createFile(laidOf({ folder }), Buffer.alloc(0), 0o600);
    act({ folder }, (text) => assert.ok(disk.appendFile(laidOf({ folder }), Buffer.from(text)).ok));
  } finally {
    removeTree(folder);
  }
}

test("a line that is only half there is read when it is whole", () => {
  withList((view, write) => {
    const list = new LaidList(view, disk);
    write(`${line("a")}${line("d/b").slice(0, 20)}`);
    assert.deepEqual(list.refresh().map(({ path }) => path), ["a"]);
    write(line("d/b").slice(20));
    assert.deepEqual(list.refresh().map(({ path, inode }) => [path, inode]), [["d/b", inodeOf(1)]]);
  });
});

test("what was taken back is not there, and what is laid anew has another number", () => {
  withList((view, write) => {
    write(`${line("a")}${encodeGone("a")}${line("b")}${line("a")}`);
    assert.deepEqual(laidIn(view, disk).map(({ path, inode }) => [path, inode]), [["b", inodeOf(2)], ["a", inodeOf(3)]]);
  });
});

for (const [what, text] of [
  ["no JSON", "{\n"], ["a path that climbs out", line("../a")], ["an absolute path", line("/etc/passwd")], ["a digest that is none", line("a").replace(digest, "../../x")],
  ["a size below 0", line("a").replace('"sizeBytes":1', '"sizeBytes":-1')], ["a type in its permissions", line("a").replace("420", "33188")], ["a time that is none", line("a").replace('"5"', '"5n"')],
] as const) {
  test(`a list with ${what} is damaged: that line is nobody's, and nothing is laid any more`, () => {
    withList((view, write) => {
      write(`${text}${line("good")}`);
      const list = new LaidList(view, disk);
      assert.deepEqual(list.refresh().map(({ path }) => path), ["good"]);
      assert.equal(list.isDamaged, true);
    });
  });
}
