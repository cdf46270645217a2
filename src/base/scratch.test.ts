// The claims of scratch.ts and volume.ts, on a real temporary folder.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { appendText, copyTree, describeTree, differences, makeScratch, removeTree } from "./scratch.ts";
import { nearestFolder, volumeOf } from "./volume.ts";

test("a copied tree has no differences, an edit and a mode are one each", () => {
  const scratch = makeScratch("fathom-test");
  try {
    const [from, to] = [join(scratch, "from"), join(scratch, "to")];
    mkdirSync(join(from, "deep"), { recursive: true });
    writeFileSync(join(from, "deep/a.c"), "int a;\n");
    writeFileSync(join(from, "b.c"), "int b;\n");
    symlinkSync("b.c", join(from, "link"));
    copyTree(from, to);
    assert.deepEqual(differences(describeTree(from), describeTree(to)), []);
    appendText(join(to, "deep/a.c"), "int c;\n");
    chmodSync(join(to, "b.c"), 0o755);
    assert.deepEqual(differences(describeTree(from), describeTree(to)), ["b.c", "deep/a.c"]);
  } finally {
    removeTree(scratch);
  }
});

test("the volume of a folder that is not there yet is that of the nearest one above", () => {
  const scratch = makeScratch("fathom-test");
  try {
    assert.equal(nearestFolder(join(scratch, "not/there")), scratch);
    const volume = volumeOf(join(scratch, "not/there"));
    assert.equal(volume.folder, scratch);
    assert.equal(volume.isWritable, true);
    assert.ok(volume.freeBytes > 0);
  } finally {
    removeTree(scratch);
  }
});
