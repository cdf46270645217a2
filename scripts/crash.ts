// The long run of test/rig/crash.ts: `npm run crash -- --moments 500 --seed 1`.
// Ends with 1 when anything was wrong; a seed makes the same choices again, not
// the same times.

import { parseArgs } from "node:util";
import { Crash } from "../test/rig/crash.ts";

/** Where nobody watches a terminal. */
const PROGRESS_EVERY = 20;

const { values } = parseArgs({ options: { moments: { type: "string", default: "500" }, seed: { type: "string", default: "1" } } });
const moments = Number(values.moments);
const crash = new Crash(Number(values.seed), process.env);
const counts = new Map<string, number>();
let wrong = 0;
try {
  for (let which = 1; which <= moments; which++) {
    const moment = await crash.moment();
    const name = `${moment.victim}, ${moment.state}${moment.isMissed ? ", missed" : ""}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (process.stderr.isTTY || which % PROGRESS_EVERY === 0) process.stderr.write(`${String(which)} of ${String(moments)} moments, ${String(wrong)} wrong\n`);
    if (moment.wrong.length === 0) continue;
    wrong++;
    process.stdout.write(`moment ${String(which)}: kill -9 of ${name}, after ${String(moment.afterMs)} ms\n${moment.wrong.map((text) => `  ${text}\n`).join("")}`);
  }
} finally {
  crash.close();
}
for (const [name, count] of [...counts].sort()) process.stdout.write(`${String(count).padStart(5)}  ${name}\n`);
process.stdout.write(`${String(moments)} moments with seed ${values.seed}: ${String(wrong)} wrong\n`);
process.exitCode = wrong === 0 ? 0 : 1;
