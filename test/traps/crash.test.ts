// A few random moments at which Node and the supervisor are killed; the long run is
// `npm run crash -- --moments 500`.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { hrtime, kill } from "node:process";
import { test } from "node:test";
import { Crash } from "../rig/crash.ts";
import { EVENT_MS_MAX, withRigAsync } from "../rig/rig.ts";

const MOMENTS = 8;

test("kill -9 of Node, of the supervisor or of both leaves nothing behind, and the next run is right", { timeout: 120_000 }, async () => {
  const seed = Number(hrtime.bigint() % 1_000_000n);
  const crash = new Crash(seed, process.env);
  try {
    for (let which = 0; which < MOMENTS; which++) {
      const moment = await crash.moment();
      assert.deepEqual(moment.wrong, [], `seed ${String(seed)}: ${JSON.stringify(moment, null, 1)}`);
    }
  } finally {
    crash.close();
  }
});

const GRANDCHILD = "mkfifo go; (read line < go; ls / > listing; cat listing | sort -u > sorted; echo finished) & echo ready; wait";

test("what the command had started goes on when the supervisor is killed, as it would without Fathom", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  const running = rig.start(["sh", "-c", GRANDCHILD]);
  await running.says("ready");
  assert.ok(kill(running.child.pid ?? 0, "SIGKILL"));
  writeFileSync(rig.path("go"), "go\n");
  const { stdout, stderr, signal } = await running.done; // The streams are open as long as the grandchild lives.
  assert.deepEqual([stdout, stderr, signal], ["ready\nfinished\n", "", "SIGKILL"]);
  assert.equal(rig.read("sorted"), rig.bare(["sh", "-c", "ls / | sort -u"]).stdout);
}));
