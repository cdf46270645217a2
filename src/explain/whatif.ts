// What would a run take with other jobs, processors, or a cache? Pure: the steps of a
// recorded run in, predictions out. First it predicts the run that was recorded: what
// that is off by is said with every answer.

import { criticalPath, makespanUs, type Machine, type Work } from "./makespan.ts";
import { atOnceMax, OverTime } from "./slots.ts";
import type { Step, Steps } from "./steps.ts";
import type { Trace } from "./trace.ts";

export interface WhatIfQuestion {
  /** Numbers of jobs; null: those that tell something about this run. */
  readonly jobs: readonly number[] | null;
  /** Processors of the machine. */
  readonly processors: number;
  /** To a remote cache and back, in microseconds; null: not asked. */
  readonly latencyUs: number | null;
}

export interface Prediction {
  readonly jobs: number;
  readonly processors: number;
  readonly us: number;
}

export interface Potential {
  readonly step: Step;
  readonly takesUs: number;
  /** What the run would gain if it took no time. */
  readonly gainUs: number;
}

export interface WhatIf {
  readonly steps: Steps;
  readonly observed: { readonly wallUs: number; readonly jobs: number; readonly processors: number };
  /** Of the recorded run, by the same means as all other predictions: what it is off by is what the model does not know. */
  readonly checkedUs: number;
  /** How long its steps waited for processors that no step of this run had: other programs did, and are expected to do so again. */
  readonly disturbedUs: number;
  readonly bounds: {
    /** All steps one after the other. */
    readonly workUs: number;
    /** The longest way through what reads what, with what the scheduler itself takes before and after. */
    readonly criticalUs: number;
    readonly criticalPath: readonly Step[];
    /** Before the first step and after the last. */
    readonly aroundUs: number;
    /** Between the end of one step and the start of the next. */
    readonly betweenUs: number;
  };
  readonly byJobs: readonly Prediction[];
  /** With the recorded jobs, in the order of the longest way first. */
  readonly betterOrderUs: number;
  /** What steps that write over each other's files cost, with the recorded jobs. */
  readonly hiddenByFiles: { readonly gainUs: number; readonly steps: readonly (readonly [Step, Step])[] };
  /** Everything that is stored is replayed. */
  readonly warmUs: number;
  readonly remote: { readonly latencyUs: number; readonly us: number } | null;
  readonly potentials: readonly Potential[];
  /** Steps that were replayed: what they read is not known, and nothing waits for them here. */
  readonly replayed: number;
}

/** What a replay takes, its outputs aside: one answer, and starting the replayer. Source: docs/internals/speed.md. */
export const REPLAY_US = 2000;
/** Questions to a remote cache for one unit that is there: which entry, and its blobs. */
const ROUND_TRIPS = 2;
/** Steps whose potential is worked out: each is a prediction of its own. */
const POTENTIALS_MAX = 12;

export function whatIf(trace: Trace, steps: Steps, question: WhatIfQuestion): WhatIf {
  const model = new Model(trace, steps, question.processors);
  const { jobs, processors } = model;
  const machine = { jobs, processors };
  const works = model.works();
  const checkedUs = model.totalUs(works, machine);
  const critical = criticalPath(works);
  const ordered = model.totalUs(works.map((work, index) => ({ ...work, rank: -((critical.tailUs[index] ?? 0) + work.takesUs) })), machine);
  const unhidden = model.totalUs(model.works({ keepsFiles: false }), machine);
  const cached = (us: number): number => model.totalUs(works.map((work, index) => (isStored(steps.all[index]) ? { ...work, takesUs: Math.min(work.takesUs, us + model.betweenUs), load: 0 } : work)), machine);
  const { latencyUs } = question;
  return {
    steps, observed: { wallUs: model.wallUs, jobs, processors }, checkedUs, disturbedUs: model.disturbedUs,
    bounds: { workUs: works.reduce((sum, { takesUs }) => sum + takesUs, model.aroundUs), criticalUs: critical.us + model.aroundUs, criticalPath: critical.path.flatMap((index) => steps.all[index] ?? []), aroundUs: model.aroundUs, betweenUs: model.betweenUs },
    byJobs: (question.jobs ?? jobsToTell(jobs, processors)).map((count) => ({ jobs: count, processors, us: model.totalUs(works, { jobs: count, processors }) })),
    betterOrderUs: ordered, hiddenByFiles: { gainUs: Math.max(0, checkedUs - unhidden), steps: steps.all.flatMap((step) => step.follows.map((other) => [other, step] as const)) },
    warmUs: cached(REPLAY_US), remote: latencyUs === null ? null : { latencyUs, us: cached(REPLAY_US + ROUND_TRIPS * latencyUs) },
    potentials: potentials(works, critical, checkedUs, model, machine), replayed: steps.all.filter(isReplayed).length,
  };
}

export type Change =
  | { readonly kind: "jobs"; readonly jobs: number }
  /** It starts so much later than it could. */
  | { readonly kind: "delay"; readonly step: Step; readonly us: number }
  | { readonly kind: "hit"; readonly step: Step };

/** What the run takes with one change; in microseconds. */
export function predictorOf(trace: Trace, steps: Steps, processors: number): (change: Change) => number {
  const model = new Model(trace, steps, processors);
  const works = model.works();
  const changed = (index: number, change: (work: Work) => Work): readonly Work[] => works.map((work, at) => (at === index ? change(work) : work));
  return (change) => {
    const machine = { jobs: change.kind === "jobs" ? change.jobs : model.jobs, processors };
    switch (change.kind) {
      case "jobs": return model.totalUs(works, machine);
      case "delay": return model.totalUs(changed(change.step.index, (work) => ({ ...work, takesUs: work.takesUs + change.us })), machine);
      case "hit": return model.totalUs(changed(change.step.index, (work) => ({ ...work, takesUs: Math.min(work.takesUs, REPLAY_US + model.betweenUs), load: 0 })), machine);
    }
  };
}

/** How long steps waited for processors that no other step had, for each job that ran at a time. */
export function disturbedUsOf(trace: Trace, steps: Steps, processors: number): number {
  const { disturbedUs, jobs } = new Model(trace, steps, processors);
  return disturbedUs / jobs;
}

const isReplayed = ({ span }: Step): boolean => span.process.fate.kind === "replayed" || span.process.fate.kind === "planned";
const isStored = (step: Step | undefined): boolean => step !== undefined && (isReplayed(step) || step.span.images.some(({ fate }) => fate.kind === "stored"));

/** Powers of two up to twice of what there is, and the recorded number. */
function jobsToTell(jobs: number, processors: number): readonly number[] {
  const most = 2 * Math.max(jobs, processors);
  const powers = Array.from({ length: 12 }, (_, power) => 2 ** power).filter((count) => count <= most);
  return [...new Set([...powers, jobs])].sort((a, b) => a - b);
}

/** Only what is on the longest way, or long, can gain anything. */
function potentials(works: readonly Work[], critical: ReturnType<typeof criticalPath>, wholeUs: number, model: Model, machine: Machine): readonly Potential[] {
  const byLength = [...works.keys()].sort((a, b) => (works[b]?.takesUs ?? 0) - (works[a]?.takesUs ?? 0));
  const onPath = [...critical.path].sort((a, b) => (works[b]?.takesUs ?? 0) - (works[a]?.takesUs ?? 0));
  const candidates = [...new Set([...onPath.slice(0, POTENTIALS_MAX), ...byLength.slice(0, POTENTIALS_MAX)])].slice(0, POTENTIALS_MAX * 2);
  const found = candidates.flatMap((index) => {
    const step = model.steps.all[index];
    if (step === undefined) return [];
    const us = model.totalUs(works.map((work, at) => (at === index ? { ...work, takesUs: 0, load: 0 } : work)), machine);
    return [{ step, takesUs: works[index]?.takesUs ?? 0, gainUs: Math.max(0, wholeUs - us) }];
  });
  return found.sort((a, b) => b.gainUs - a.gainUs || a.step.index - b.step.index).slice(0, POTENTIALS_MAX);
}

/** The recorded run as work to be scheduled. */
class Model {
  readonly steps: Steps;
  readonly wallUs: number;
  /** As many as were ever at work at once. */
  readonly jobs: number;
  readonly aroundUs: number;
  readonly betweenUs: number;
  readonly processors: number;
  readonly disturbedUs: number;
  /** Of each step its delay by other steps: it comes back in the prediction, where they run at the same time. */
  readonly #ownDelaysUs: readonly number[];

  constructor(trace: Trace, steps: Steps, processors: number) {
    this.steps = steps;
    this.processors = processors;
    this.#ownDelaysUs = ownDelaysUs(steps.all, processors);
    this.disturbedUs = steps.all.reduce((sum, { delayUs }, index) => sum + delayUs - (this.#ownDelaysUs[index] ?? 0), 0);
    const { all } = steps;
    const [root] = steps.schedulers;
    const [from, to] = [root?.startUs ?? 0, root?.endUs ?? trace.wallUs];
    this.wallUs = to - from;
    this.jobs = Math.max(1, atOnceMax(all));
    const lastEnd = all.reduce((last, { endUs }) => Math.max(last, endUs), from);
    this.aroundUs = all.length === 0 || all[0]?.span === root ? 0 : Math.max(0, (all[0]?.startUs ?? from) - from) + Math.max(0, to - lastEnd);
    this.betweenUs = meanGapUs(all);
  }

  works({ keepsFiles = true } = {}): readonly Work[] {
    return this.steps.all.map((step) => {
      const takesUs = Math.max(1, step.endUs - step.startUs - (this.#ownDelaysUs[step.index] ?? 0));
      const after = [...step.needs, ...(keepsFiles ? step.follows : [])].map(({ index }) => index);
      return { takesUs: takesUs + this.betweenUs, load: step.cpuUs / takesUs, after, rank: step.index };
    });
  }

  totalUs(works: readonly Work[], machine: Machine): number {
    return Math.max(0, makespanUs(works, machine) + this.aroundUs - (works.length > 1 ? this.betweenUs : 0));
  }
}

/** What more steps than processors at a time explain of the time that each was ready and did not run. */
function ownDelaysUs(steps: readonly Step[], processors: number): readonly number[] {
  const loadOf = ({ startUs, endUs, cpuUs, delayUs }: Step): number => cpuUs / Math.max(1, endUs - startUs - delayUs);
  const asked = new OverTime(steps.map((step) => ({ startUs: step.startUs, endUs: step.endUs, amount: loadOf(step) })));
  return steps.map((step) => {
    const excess = asked.mean(step.startUs, step.endUs) / processors - 1;
    return Math.max(0, Math.min(step.delayUs, step.cpuUs * excess));
  });
}

/** From what let a step start (the last end before it, or the start before it) to its start. */
function meanGapUs(steps: readonly Step[]): number {
  const ends = steps.map(({ endUs }) => endUs).sort((a, b) => a - b);
  let [sum, ended] = [0, 0];
  for (const [index, { startUs }] of steps.entries()) {
    while ((ends[ended] ?? Infinity) <= startUs) ended += 1;
    const event = Math.max(ends[ended - 1] ?? 0, steps[index - 1]?.startUs ?? 0);
    if (index > 0) sum += startUs - event;
  }
  return steps.length < 2 ? 0 : sum / (steps.length - 1);
}
