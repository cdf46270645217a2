// The experiments of `fathom whatif`: the build is run for the record, a change is
// predicted from that, the build is run with the change, and the two are shown beside
// each other. What a run takes is read from its trace, so that what Fathom does
// afterwards does not count.

import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { offBy, timeOf } from "../explain/amounts.ts";
import { nameOf } from "../explain/ground.ts";
import { ms } from "../explain/profile-json.ts";
import { stepText } from "../explain/profile-text.ts";
import { wallUs } from "../explain/spans.ts";
import type { Step } from "../explain/steps.ts";
import { disturbedUsOf, predictorOf, type Change } from "../explain/whatif.ts";
import { parseTime, type WhatIfOptions } from "./commands/whatif.ts";
import { packageRoot } from "./places.ts";
import type { Environment, Printer } from "./render.ts";
import { textsOf, timedRun, type TimedRun } from "./timed-run.ts";

const USAGE_ERROR = 2;
/** In the command, where the number of jobs goes. */
const JOBS_WORD = "{}";
/** As much as predictions may be off by. */
const DISTURBED_PART_MIN = 0.1;
/** native/supervisor/experiment.c */
const EXPERIMENT = "FATHOM_EXPERIMENT";

interface Trial {
  readonly what: string;
  readonly jobs: number;
  /** For the supervisor; empty: nothing but the jobs changes. */
  readonly experiment: string;
  readonly change: Change;
}

interface Measured {
  readonly what: string;
  readonly predictedUs: number;
  readonly measuredUs: number;
  /** What other programs of this machine took more of it, or less, than of the run that is predicted from. */
  readonly disturbedUs: number;
}

interface Ground {
  readonly command: readonly string[];
  readonly before: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

export function measure(command: readonly string[], options: WhatIfOptions, env: Environment, cwd: string, print: Printer): number {
  const ground = { command, before: options.before, env, cwd };
  const measured = experiment(ground, options);
  if (!measured.ok) {
    print.failure(measured.failure);
    return measured.failure.code === "experiment-unclear" ? USAGE_ERROR : 1;
  }
  const { base, rows } = measured.value;
  if (options.json === true) {
    print.value({ kind: "measured", baseMs: ms(base), trials: rows.map(({ what, predictedUs, measuredUs, disturbedUs }) => ({ what, predictedMs: ms(predictedUs), measuredMs: ms(measuredUs), disturbedMs: ms(disturbedUs), errorPart: (predictedUs - measuredUs) / measuredUs })) });
    return 0;
  }
  print.say(`The run that predictions are made from took ${timeOf(base)}`);
  for (const { what, predictedUs, measuredUs, disturbedUs } of rows) {
    const disturbed = disturbedUs > DISTURBED_PART_MIN * measuredUs ? `; other programs were more in the way of one run than of the other, by ${timeOf(disturbedUs)}, so this says little` : "";
    print.say(`  ${what}: predicted ${timeOf(predictedUs)}, measured ${timeOf(measuredUs)} (${offBy(predictedUs, measuredUs)})${disturbed}`);
  }
  return 0;
}

const unclear = (message: string, advice: string): Result<never, Failure> => fail({ code: "experiment-unclear", message, advice });

function experiment(ground: Ground, options: WhatIfOptions): Result<{ readonly base: number; readonly rows: readonly Measured[] }, Failure> {
  const { command } = ground;
  const asked = [options.measureJobs, options.measureHit, options.measureDelay].filter((each) => each !== undefined).length;
  if (asked !== 1 || command.length === 0) {
    return unclear("Cannot make an experiment: exactly one of --measure-jobs, --measure-hit and --measure-delay is needed, and a command behind \"--\"", "For instance: fathom whatif --measure-jobs 1,2 --before \"make clean\" -- make -j{}");
  }
  const [firstJobs = 1] = options.measureJobs ?? [];
  if (options.measureJobs !== undefined && !command.some((word) => word.includes(JOBS_WORD))) {
    return unclear(`Cannot change the number of jobs: "${JOBS_WORD}" is nowhere in the command`, "For instance: fathom whatif --measure-jobs 1,2 --before \"make clean\" -- make -j{}");
  }
  const delay = delayOf(options.measureDelay);
  if (!delay.ok) return delay;
  const base = recordedRun(ground, firstJobs, "", true);
  if (!base.ok) return base;
  const trials = trialsOf(options, delay.value, base.value);
  if (!trials.ok) return trials;
  const rows: Measured[] = [];
  for (const trial of trials.value) {
    const isHit = trial.change.kind === "hit";
    // The first replay waits until Node has started; from the second one on there is a plan.
    const rehearsal = isHit ? recordedRun(ground, trial.jobs, trial.experiment, false) : base;
    const run = rehearsal.ok ? recordedRun(ground, trial.jobs, trial.experiment, !isHit) : rehearsal;
    if (!run.ok) return run;
    const predictedUs = predictorOf(base.value.trace, base.value.steps, availableParallelism())(trial.change);
    const measuredUs = tookUs(run.value);
    rows.push({ what: trial.what, predictedUs, measuredUs, disturbedUs: Math.abs(disturbedPart(run.value) - disturbedPart(base.value)) * measuredUs });
  }
  return ok({ base: tookUs(base.value), rows });
}

const disturbedPart = (run: TimedRun): number => disturbedUsOf(run.trace, run.steps, availableParallelism()) / Math.max(1, tookUs(run));

const tookUs = ({ spans, trace }: TimedRun): number => (spans.root === null ? trace.wallUs : wallUs(spans.root));

/** "cc -c a.c:500ms". */
function delayOf(asked: string | undefined): Result<{ readonly step: string; readonly us: number } | null, Failure> {
  if (asked === undefined) return ok(null);
  const cut = asked.lastIndexOf(":");
  const delay = parseTime(asked.slice(cut + 1));
  if (!delay.ok) return unclear(`Cannot use --measure-delay=${asked}: behind the last ":" ${delay.failure}`, "For instance: --measure-delay \"cc -c a.c:500ms\"");
  return ok({ step: asked.slice(0, Math.max(0, cut)), us: delay.value * 1000 });
}

function trialsOf({ measureJobs, measureHit }: WhatIfOptions, delay: { readonly step: string; readonly us: number } | null, base: TimedRun): Result<readonly Trial[], Failure> {
  if (measureJobs !== undefined) return ok(measureJobs.map((jobs) => ({ what: jobs === 1 ? "1 job" : `${String(jobs)} jobs`, jobs, experiment: "", change: { kind: "jobs", jobs } })));
  const step = stepNamed(measureHit ?? delay?.step ?? "", base);
  if (!step.ok) return step;
  const key = step.value.span.images[0]?.weakKey ?? "";
  const shown = stepText(step.value, textsOf(base));
  if (delay !== null) return ok([{ what: `${shown} starts ${timeOf(delay.us)} later`, jobs: 1, experiment: `delay:${key}:${String(Math.round(delay.us / 1000))}`, change: { kind: "delay", step: step.value, us: delay.us } }]);
  if (!step.value.span.images.some(({ fate }) => fate.kind === "stored")) {
    return fail({ code: "experiment-impossible", message: `Cannot replay ${shown} alone: it could not be stored`, advice: "\"fathom why\" says why; --measure-delay works with any step" });
  }
  return ok([{ what: `${shown} is replayed`, jobs: 1, experiment: `hit:${key}`, change: { kind: "hit", step: step.value } }]);
}

/** By its number, or a part of its command that no other one has. */
function stepNamed(name: string, { steps, ground, trace }: TimedRun): Result<Step, Failure> {
  const numbered = /^\d+$/.test(name) ? steps.all[Number(name)] : undefined;
  if (numbered !== undefined) return ok(numbered);
  const meant = steps.all.filter((step) => step.span.process.task === name || nameOf(step.span.process, trace, ground).command.includes(name));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return ok(only);
  return unclear(`Cannot tell which step "${name}" is: ${meant.length === 0 ? "none has" : `${String(meant.length)} have`} that in their command`, "\"fathom whatif --json\" has all of them with their numbers");
}

/** Everything runs, and is stored; but with `isForced` false what the experiment names is replayed. */
function recordedRun({ command, before, env, cwd }: Ground, jobs: number, experimentWord: string, isForced: boolean): Result<TimedRun, Failure> {
  if (before !== undefined) {
    const prepared = spawnSync("sh", ["-c", before], { cwd, env: { ...env }, stdio: ["ignore", 2, 2] });
    if (prepared.status !== 0) return fail({ code: "experiment-failed", message: `Cannot go on: "${before}" (--before) ended with ${String(prepared.status ?? prepared.signal)}`, advice: "It is run before each run of the build, to bring everything to the same state" });
  }
  const newest = timedRun(undefined, env, cwd);
  const earlier = newest.ok ? newest.value.trace.id : "";
  const words = command.map((word) => word.replaceAll(JOBS_WORD, String(jobs)));
  const own = { ...env, ...(experimentWord === "" ? {} : { [EXPERIMENT]: experimentWord }) };
  const ran = spawnSync(`${packageRoot()}/bin/fathom`, ["exec", "--quiet", ...(isForced ? ["--force"] : []), "--", ...words], { cwd, env: own, stdio: ["ignore", 2, 2] });
  if (ran.status !== 0) return fail({ code: "experiment-failed", message: `Cannot go on: "${words.join(" ")}" ended with ${String(ran.status ?? ran.signal)}`, advice: "Predictions are checked on builds that succeed" });
  const run = timedRun(undefined, env, cwd);
  if (!run.ok || run.value.trace.id !== earlier) return run;
  return fail({ code: "experiment-failed", message: `Cannot go on: "${words.join(" ")}" left no trace`, advice: "A run is recorded where something has to be decided in it, and its folder can be written" });
}
