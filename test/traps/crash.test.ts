// A few random moments at which Node and the supervisor are killed; the long run is
// `npm run crash -- --moments 500`.

import assert from "node:assert/strict";
import { hrtime } from "node:process";
import { test } from "node:test";
import { Crash } from "../rig/crash.ts";

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
