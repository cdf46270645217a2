// A handful of the moments at which `npm run crash:commit` kills commits and undos.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { CommitCrash } from "../rig/commit-crash.ts";

const MOMENTS = 6;

for (const killed of ["commit", "undo"] as const) {
  test(`what a killed ${killed} leaves is finished or taken back by the next command, whole`, { skip: spawnSync("strace", ["-V"]).error === undefined ? false : "needs strace" }, () => {
    const crash = new CommitCrash(killed);
    try {
      // The seed is the clock's: each run of the tests has other moments.
      const offset = Number(process.hrtime.bigint() % 97n);
      for (let moment = 0; moment < MOMENTS; moment++) {
        const call = crash.calls[Math.floor((crash.calls.length * moment) / MOMENTS + offset) % crash.calls.length];
        assert.ok(call !== undefined);
        const { wrong } = crash.at(call);
        assert.deepEqual(wrong, [], `killed at ${call.join(" ")}`);
      }
    } finally {
      crash.close();
    }
  });
}
