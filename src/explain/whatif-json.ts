// Predictions as programs read them: docs/reference/cli.md promises names and units.

import { runName } from "./ground.ts";
import { runNameJson } from "./json.ts";
import { ms, stepJson } from "./profile-json.ts";
import type { Texts } from "./profile-text.ts";
import type { WhatIf } from "./whatif.ts";

export function whatIfJson(answer: WhatIf, ground: Texts): object {
  const { observed, checkedUs, disturbedUs, bounds, byJobs, betterOrderUs, hiddenByFiles, warmUs, remote, potentials, replayed, steps } = answer;
  return {
    kind: "whatif", run: runNameJson(runName(ground.trace, ground)), certainty: steps.areDeclared ? "consistent" : "guess",
    observed: { wallMs: ms(observed.wallUs), jobs: observed.jobs, processors: observed.processors }, checkedMs: ms(checkedUs), residualMs: ms(checkedUs - observed.wallUs), disturbedMs: ms(disturbedUs),
    bounds: { workMs: ms(bounds.workUs), criticalMs: ms(bounds.criticalUs), criticalPath: bounds.criticalPath.map(({ index }) => index), aroundMs: ms(bounds.aroundUs), betweenMs: ms(bounds.betweenUs) },
    byJobs: byJobs.map(({ jobs, processors, us }) => ({ jobs, processors, ms: ms(us) })), betterOrderMs: ms(betterOrderUs),
    hiddenByFiles: { gainMs: ms(hiddenByFiles.gainUs), pairs: hiddenByFiles.steps.map(([one, other]) => [one.index, other.index]) },
    warmMs: ms(warmUs), remote: remote === null ? null : { latencyMs: ms(remote.latencyUs), ms: ms(remote.us) },
    potentials: potentials.map(({ step, takesUs, gainUs }) => ({ step: step.index, takesMs: ms(takesUs), gainMs: ms(gainUs) })), replayed, overlapping: steps.overlapping,
    steps: steps.all.map((step) => ({ ...stepJson(step, ground), startMs: ms(step.startUs), wallMs: ms(step.endUs - step.startUs), cpuMs: ms(step.cpuUs), delayMs: ms(step.delayUs), needs: step.needs.map(({ index }) => index), follows: step.follows.map(({ index }) => index) })),
  };
}
