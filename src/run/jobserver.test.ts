// Where make says that its tokens are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jobserverIn } from "./jobserver.ts";

test("the last address counts, of every make's spelling", () => {
  assert.deepEqual(jobserverIn(" -j4 --jobserver-auth=3,4"), { kind: "pipe", readFd: 3, writeFd: 4 });
  assert.deepEqual(jobserverIn("w --jobserver-fds=5,6 -j"), { kind: "pipe", readFd: 5, writeFd: 6 });
  assert.deepEqual(jobserverIn("-j3 --jobserver-auth=3,4 --jobserver-auth=fifo:/tmp/GMfifo7 -- A=1"), { kind: "fifo", path: "/tmp/GMfifo7" });
});

test("a make without one has none", () => {
  for (const none of [undefined, "", "ks", " -j1", "--jobserver-auth=-2,-2", "--jobserver-auth=x"]) assert.equal(jobserverIn(none), null);
});
