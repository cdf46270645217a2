// Traps of a file system that keeps times in whole seconds: an edit within the
// second of the one before leaves size and times as they were. ext4 with inodes
// of 128 bytes, in a file that is mounted: root alone may do that.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { makeScratch, removeTree } from "../../src/base/scratch.ts";
import { settle } from "../rig/make-rig.ts";
import { withRig, type Rig } from "../rig/rig.ts";

const IMAGE_BYTES = 32 * 1024 * 1024;
/** Longer than COARSE_TICK_NS_MAX. */
const SETTLED_MS = 2_100;

const MOUNT = 'truncate -s "$2" "$0" && PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -I 128 "$0" 2> /dev/null && mkdir "$1" && mount -o loop "$0" "$1"';

/** Whether it is allowed. */
function mounted(below: string, act: (at: string) => void): boolean {
  const at = `${below}/coarse`;
  if (spawnSync("sh", ["-c", MOUNT, `${below}/image`, at, String(IMAGE_BYTES)]).status !== 0) return false;
  try {
    act(at);
  } finally {
    spawnSync("umount", [at]);
  }
  return true;
}

function isAllowed(): boolean {
  const scratch = makeScratch("fathom-coarse");
  try {
    return mounted(scratch, () => undefined);
  } finally {
    removeTree(scratch);
  }
}

const skip = isAllowed() ? false : "nothing can be mounted here";

const claim = (what: string, act: (rig: Rig, cwd: string) => void): void => {
  test(what, { skip }, withRig((rig) => {
    mounted(rig.outside, (cwd) => {
      rig.program("count", `${cwd}/count`);
      act(rig, cwd);
    });
  }));
};

claim("an edit within the second of the one before is seen", (rig, cwd) => {
  const command = ["sh", "-c", "./count > /dev/null; cat input"];
  for (const text of ["one1", "two1", "one2", "two2"]) {
    rig.write(`${cwd}/input`, text);
    assert.equal(rig.fathom(command, { cwd }).stdout, text);
  }
  settle(SETTLED_MS);
  rig.fathom(command, { cwd });
  assert.deepEqual([rig.fathom(command, { cwd }).summary.replayed, rig.fathom(command, { cwd }).stdout], [1, "two2"]);
  rig.write(`${cwd}/input`, "one3");
  assert.equal(rig.fathom(command, { cwd }).stdout, "one3");
});

claim("an output that somebody changed within the second is made again", (rig, cwd) => {
  const command = ["sh", "-c", "./count > /dev/null; cp input output"];
  rig.write(`${cwd}/input`, "right");
  settle(SETTLED_MS);
  rig.fathom(command, { cwd });
  for (let time = 0; time < 2; time += 1) {
    rig.write(`${cwd}/output`, "wrong");
    assert.equal(rig.fathom(command, { cwd }).summary.replayed, 1);
    assert.equal(rig.read(`${cwd}/output`), "right");
  }
});

claim("a file that was changed in place, and then by the command, is what the command makes of it", (rig, cwd) => {
  const command = ["sh", "-c", "./count > /dev/null; cat both; printf B | dd of=both conv=notrunc status=none"];
  for (let time = 0; time < 3; time += 1) {
    rig.write(`${cwd}/both`, "A");
    if (time === 1) settle(SETTLED_MS);
    assert.equal(rig.fathom(command, { cwd }).stdout, "A");
    assert.equal(rig.read(`${cwd}/both`), "B");
  }
});
