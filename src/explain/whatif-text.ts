// Predictions as lines that a person reads. The first says what the best change is,
// the second how far the model is off for the run that was recorded.

import { offBy, partOf, timeOf } from "./amounts.ts";
import { runName } from "./ground.ts";
import { LINES_MAX, stepText, type Texts } from "./profile-text.ts";
import { timeText } from "./text.ts";
import { REPLAY_US, type Prediction, type WhatIf } from "./whatif.ts";
import { cut, plural } from "./words.ts";

const STEPS_SHOWN = 4;
/** Less than this part of a run is within what predictions are off by. */
const GAIN_PART_MIN = 0.02;
/** Of the run; less is normal. */
const DISTURBED_PART_MIN = 0.05;

function sentenceOf({ observed, byJobs, checkedUs, bounds }: WhatIf): string {
  const best = byJobs.reduce<Prediction | null>((least, each) => (least === null || each.us < least.us * (1 - GAIN_PART_MIN) ? each : least), null);
  const now = `With ${plural(observed.jobs, "step", "steps")} at a time it takes ${timeOf(checkedUs)} on ${plural(observed.processors, "processor", "processors")}`;
  if (best === null || best.us > checkedUs * (1 - GAIN_PART_MIN)) return `${now}; more at a time gain nothing: ${bounds.criticalUs > checkedUs * (1 - 2 * GAIN_PART_MIN) ? "one step after the other needs that long" : "there are no more processors"}`;
  return `${now}; with ${String(best.jobs)} it would take ${timeOf(best.us)}`;
}

export function whatIfLines(answer: WhatIf, ground: Texts, isAll: boolean): readonly string[] {
  const { observed, checkedUs, bounds, byJobs, betterOrderUs, disturbedUs, hiddenByFiles, warmUs, remote, potentials, replayed, steps } = answer;
  const isWorth = (us: number): boolean => us > GAIN_PART_MIN * checkedUs;
  const lines = [sentenceOf(answer)];
  lines.push(`  check: the recorded run is predicted as ${timeOf(checkedUs)}, it took ${timeOf(observed.wallUs)} (${offBy(checkedUs, observed.wallUs)})`);
  if (disturbedUs > DISTURBED_PART_MIN * observed.wallUs) lines.push(`  other programs of this machine had the processors for ${timeOf(disturbedUs)} that its steps wanted; predictions expect that again`);
  lines.push(`  jobs: ${byJobs.map(({ jobs, us }) => `${String(jobs)}: ${timeOf(us)}`).join(", ")}`);
  const path = [...bounds.criticalPath].sort((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs));
  const shown = isAll ? bounds.criticalPath : path.slice(0, STEPS_SHOWN);
  lines.push(`  bounds: all steps one after the other ${timeOf(bounds.workUs)}; never below ${timeOf(bounds.criticalUs)}: ${shown.map((step) => stepText(step, ground)).join(isAll ? " -> " : ", ")}${path.length > shown.length ? `, and ${String(path.length - shown.length)} more` : ""}`);
  const worth = potentials.filter(({ gainUs }) => gainUs > 0);
  if (worth.length > 0) lines.push(`  worth: ${(isAll ? worth : worth.slice(0, STEPS_SHOWN)).map(({ step, gainUs, takesUs }) => `${stepText(step, ground)} takes ${timeOf(takesUs)}; without it ${timeOf(gainUs)} less`).join("; ")}`);
  if (isWorth(checkedUs - betterOrderUs)) lines.push(`  order: what the longest way needs first, first: ${timeOf(betterOrderUs)} (${partOf(checkedUs - betterOrderUs, checkedUs)} less)`);
  if (isWorth(hiddenByFiles.gainUs)) lines.push(`  parallelism hidden by files that steps write over each other: ${timeOf(hiddenByFiles.gainUs)}, for instance ${hiddenByFiles.steps.slice(0, isAll ? undefined : 2).map(([one, other]) => `${stepText(one, ground)} and ${stepText(other, ground)}`).join("; ")}`);
  lines.push(`  everything that is stored replayed (${timeOf(REPLAY_US)} each): ${timeOf(warmUs)}${remote === null ? "" : `; out of a remote cache ${timeOf(remote.latencyUs)} away: ${timeOf(remote.us)}`}`);
  if (replayed > 0) lines.push(`  ${plural(replayed, "step was", "steps were")} replayed in this run: what they need is not known; a run with --force is`);
  if (!steps.areDeclared) lines.push("  a guess: a script may have an order of its own, which files do not show");
  if (isAll && steps.overlapping > 0) lines.push(`  ${plural(steps.overlapping, "pair", "pairs")} ran at the same time although one read what the other wrote`);
  const run = runName(ground.trace, ground);
  const tail = `  in run ${run.id} (${timeText(run.startedNs)}, "${cut(run.command, 50)}")`;
  return isAll || lines.length < LINES_MAX ? [...lines, tail] : [...lines.slice(0, LINES_MAX - 1), tail];
}
