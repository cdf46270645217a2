// How far `fathom whatif` is off: random builds that sleep, each recorded once with
// one job, predicted for others, and measured. Sleeping needs no processors, so that
// a small machine can run eight at a time. With --project, a build of yours.
// node dist/build/bench/predictions.js [--builds N] [--steps N] [--seed N] [--jobs 1,2,4,8]
// node dist/build/bench/predictions.js --project <folder> --clean "make clean" --jobs 1,2 -- make -j{}

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { median } from "./table.ts";

const FATHOM = resolve(import.meta.dirname, "../../../bin/fathom");
/** Of the measured time: where others were that much more in the way of one run than of the other, nothing was measured but them. */
const DISTURBED_PART_MAX = 0.1;
/** Source: the median and the worst that were asked for. */
const TARGETS = { median: 0.1, worst: 0.25 };

interface Trial {
  readonly what: string;
  readonly predictedMs: number;
  readonly measuredMs: number;
  readonly errorPart: number;
  readonly disturbedMs: number;
}

const isTrial = (value: unknown): value is Trial => typeof value === "object" && value !== null && "errorPart" in value && typeof value.errorPart === "number" && "disturbedMs" in value && typeof value.disturbedMs === "number";

/** Source: the constants of Numerical Recipes. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}

const SLEEPS_S = [0.05, 0.1, 0.2, 0.3, 0.5];
const NEEDS_MAX = 3;

/** Each step reads up to three earlier ones, sleeps, and writes its own file. */
function makefile(steps: number, seed: number): string {
  const random = generator(seed);
  const names = Array.from({ length: steps }, (_, index) => `step${String(index)}`);
  const rules = names.map((name, index) => {
    const needs = [...new Set(Array.from({ length: index === 0 ? 0 : random(NEEDS_MAX + 1) }, () => `step${String(random(index))}`))];
    // A little work, or nothing of it would be worth a trace.
    return `${name}: ${needs.join(" ")}\n\tsleep ${String(SLEEPS_S[random(SLEEPS_S.length)])}; cat ${needs.join(" ")} /dev/null > ${name}; i=0; while [ $$i -lt 6000 ]; do i=$$((i+1)); done\n`;
  });
  return `all: ${names.join(" ")}\nclean: ; rm -f ${names.join(" ")}\n${rules.join("")}`;
}

function trialsOf(folder: string, store: string, jobs: string, clean: string, command: readonly string[]): readonly Trial[] {
  const run = spawnSync(FATHOM, ["whatif", "--json", "--measure-jobs", jobs, "--before", clean, "--", ...command], { cwd: folder, env: { ...process.env, FATHOM_STORE: store }, encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`"${command.join(" ")}" in "${folder}": ${run.stderr.slice(-2000)}`);
  const answer: unknown = JSON.parse(run.stdout);
  const trials = typeof answer === "object" && answer !== null && "trials" in answer && Array.isArray(answer.trials) ? answer.trials : [];
  return trials.filter(isTrial);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { builds: { type: "string", default: "5" }, steps: { type: "string", default: "24" }, seed: { type: "string", default: "1" }, jobs: { type: "string", default: "1,2,4,8" }, project: { type: "string" }, clean: { type: "string", default: "make -s clean" } },
});
const scratch = mkdtempSync(join(tmpdir(), "fathom-predictions-"));
const errors: number[] = [];

function tell(name: string, trials: readonly Trial[]): void {
  for (const { what, predictedMs, measuredMs, errorPart, disturbedMs } of trials) {
    const disturbedPart = disturbedMs / measuredMs;
    if (disturbedPart <= DISTURBED_PART_MAX) errors.push(Math.abs(errorPart));
    process.stdout.write(`${name}, ${what}: predicted ${(predictedMs / 1000).toFixed(2)} s, measured ${(measuredMs / 1000).toFixed(2)} s (${(errorPart * 100).toFixed(1)} %)${disturbedPart <= DISTURBED_PART_MAX ? "" : `; not counted: other programs were in the way for ${(disturbedMs / 1000).toFixed(2)} s more or less`}\n`);
  }
}

try {
  if (values.project !== undefined) tell(values.project, trialsOf(resolve(values.project), join(scratch, "store"), values.jobs, values.clean, positionals));
  else {
    for (let build = 0; build < Number(values.builds); build++) {
      const [folder, seed] = [join(scratch, String(build)), Number(values.seed) + build];
      mkdirSync(join(folder, ".git"), { recursive: true });
      writeFileSync(join(folder, "Makefile"), makefile(Number(values.steps), seed));
      tell(`seed ${String(seed)}`, trialsOf(folder, join(scratch, "store"), values.jobs, values.clean, ["make", "-s", "-j{}"]));
    }
  }
  const worst = Math.max(0, ...errors);
  process.stdout.write(`${String(errors.length)} predictions: median error ${(median(errors) * 100).toFixed(1)} % (at most ${String(TARGETS.median * 100)}), worst ${(worst * 100).toFixed(1)} % (at most ${String(TARGETS.worst * 100)})\n`);
} finally {
  rmSync(scratch, { recursive: true });
}
