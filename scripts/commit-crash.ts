// Kills the commit of a view at each of its system calls in turn: `npm run crash:commit`,
// or a part of them: `-- --from 100 --to 200 --each 5`, or those of an undo: `-- undo`. Ends with 1 when anything was torn or lost.

import { parseArgs } from "node:util";
import { CommitCrash, type Came } from "../test/rig/commit-crash.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { from: { type: "string", default: "0" }, to: { type: "string" }, each: { type: "string", default: "1" } } });
const crash = new CommitCrash(positionals[0] === "undo" ? "undo" : "commit");
const came: Record<Came, number> = { before: 0, after: 0 };
let wrong = 0;
try {
  const chosen = crash.calls.slice(Number(values.from), values.to === undefined ? undefined : Number(values.to)).filter((_, index) => index % Number(values.each) === 0);
  for (const call of chosen) {
    const moment = crash.at(call);
    came[moment.came]++;
    if (moment.wrong.length === 0) continue;
    wrong++;
    process.stdout.write(`killed at ${call.join(" ")}:\n${moment.wrong.map((text) => `  ${text}\n`).join("")}`);
  }
} finally {
  crash.close();
}
process.stdout.write(`${String(came.before + came.after)} calls: ${String(came.before)} as before, ${String(came.after)} as after; ${String(wrong)} wrong\n`);
process.exitCode = wrong === 0 ? 0 : 1;
