// The long run of test/fuzz/views.ts: `npm run fuzz:views -- --sequences 100 --operations 1000 --seed 1`,
// or of one tier: `-- --tier user`. As root. Ends with 1 when anything was different.

import { parseArgs } from "node:util";
import { fuzzView, TIERS } from "../test/fuzz/views.ts";

const { values } = parseArgs({ options: { sequences: { type: "string", default: "20" }, operations: { type: "string", default: "1000" }, seed: { type: "string", default: "1" }, tier: { type: "string" } } });
const tiers = TIERS.filter((tier) => values.tier === undefined || tier === values.tier);
let wrong = 0;
for (let count = 0; count < Number(values.sequences); count++) {
  for (const tier of tiers) {
    const seed = Number(values.seed) + count;
    const found = fuzzView(seed, Number(values.operations), tier);
    if (found.length === 0) continue;
    wrong++;
    process.stdout.write(`seed ${String(seed)}, ${tier}:\n${found.map((line) => `  ${line}\n`).join("")}`);
  }
}
const all = Number(values.sequences) * tiers.length;
process.stdout.write(`${String(all)} sequences of ${values.operations} operations with seeds from ${values.seed}: ${String(wrong)} wrong\n`);
process.exitCode = wrong === 0 ? 0 : 1;
