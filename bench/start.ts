// What starting costs: the bundle as CommonJS and as an ES module, against Node
// alone. Decides the format in scripts/build.ts. Run: node dist/build/bench/start.js

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../scripts/bundle.ts";

const PAIRS = 21;
const scratch = mkdtempSync(join(tmpdir(), "fathom-start-"));

async function bundled(format: "cjs" | "esm"): Promise<readonly string[]> {
  const extension = format === "cjs" ? ".cjs" : ".mjs";
  await bundle(format, scratch, extension);
  return [join(scratch, `cli${extension}`), "exec", "--quiet", "true"];
}

function millis(args: readonly string[]): number {
  const startedNs = process.hrtime.bigint();
  const run = spawnSync(process.execPath, args, { stdio: "ignore", env: { ...process.env, FATHOM_UNTRACKED: "measured" } });
  if (run.status !== 0) throw new Error(`node ${args.join(" ")} ended with ${String(run.status)}`);
  return Number(process.hrtime.bigint() - startedNs) / 1e6;
}

const empty = join(scratch, "empty.cjs");
writeFileSync(empty, "");
const variants: readonly (readonly [string, readonly string[]])[] = [["node alone", [empty]], ["cjs", await bundled("cjs")], ["esm", await bundled("esm")]];
const samples = new Map<string, number[]>(variants.map(([name]) => [name, []]));
for (let pair = 0; pair < PAIRS; pair++) for (const [name, args] of variants) samples.get(name)?.push(millis(args));
for (const [name, times] of samples) {
  const median = times.sort((a, b) => a - b)[PAIRS >> 1] ?? NaN;
  process.stdout.write(`${name.padEnd(10)} ${median.toFixed(1)} ms (median of ${PAIRS}; "exec true", its own process included)\n`);
}
rmSync(scratch, { recursive: true });
