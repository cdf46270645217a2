// Where the time of a run went. Pure: a trace in, a value out. What was counted by
// the kernel is certain; what was seen by looks at intervals, and what is concluded
// from that, is consistent with the record, and said to be.

import { toText } from "../base/path.ts";
import { breakdownOf, sumOf, verdictOf, type Breakdown, type Verdict } from "./breakdown.ts";
import { criticalPath } from "./makespan.ts";
import { idle, type Idle } from "./slots.ts";
import { countersOf, wallUs, type Span, type Spans } from "./spans.ts";
import type { Step, Steps } from "./steps.ts";
import type { Took, Trace } from "./trace.ts";

export interface ProfiledProcess {
  readonly span: Span;
  readonly parts: Breakdown;
  /** Without the time in which it waited for what it had started. */
  readonly exclusiveUs: number;
  readonly verdict: Verdict;
}

export interface Tool {
  readonly name: string;
  readonly count: number;
  readonly exclusiveUs: number;
  readonly cpuUs: number;
  readonly peakBytes: number;
}

export interface ProfiledStep {
  readonly step: Step;
  /** Of all its processes, without their waiting for each other. */
  readonly parts: Breakdown;
}

export interface EarlierStep {
  readonly step: Step;
  /** Everything that it read was there so much earlier ... */
  readonly readyForUs: number;
  /** ... and for so long of that a slot was idle. */
  readonly idleUs: number;
}

export interface Profile {
  readonly wallUs: number;
  /** By the start. */
  readonly processes: readonly ProfiledProcess[];
  /** Of all processes, without their waiting for each other: with several at a time it is more than the wall time. */
  readonly parts: Breakdown;
  /** Of the time in which processes were ready to run, the part in which others ran. */
  readonly starvedPart: number;
  readonly steps: readonly ProfiledStep[];
  readonly areDeclared: boolean;
  readonly critical: { readonly us: number; readonly steps: readonly Step[] };
  readonly slots: { readonly jobs: number; readonly idleUs: number; readonly idlePart: number };
  readonly memory: { readonly atOnceBytes: number; readonly largest: Span | null };
  /** The most exclusive time first. */
  readonly tools: readonly Tool[];
  /** The most idle time first. */
  readonly earlier: readonly EarlierStep[];
  /** Processes of which the kernel's counts are missing although they ran long enough: killed, or of other rights. */
  readonly uncounted: number;
  readonly isWhole: boolean;
  /** Of all processes that were looked at; a number: the error with which the kernel refused; null: none lived that long. */
  readonly counters: Took["counters"];
}

/** Less, or a smaller part of the run, is not worth anybody's while. */
const EARLIER_US_MIN = 10_000;
const EARLIER_PART_MIN = 0.02;
/** Processes that end sooner are not looked at (native/supervisor/took.c). */
const COUNTED_US_MIN = 20_000;

export function profile(trace: Trace, spans: Spans, steps: Steps): Profile {
  const processes = spans.all.map((span): ProfiledProcess => {
    const parts = breakdownOf(span);
    return { span, parts, exclusiveUs: wallUs(span) - parts.children, verdict: verdictOf(span, parts) };
  });
  const parts = withoutChildren(processes);
  const longest = criticalPath(steps.all.map(({ startUs, endUs, needs, follows, index }) => ({ takesUs: endUs - startUs, load: 0, after: [...needs, ...follows].map((step) => step.index), rank: index })));
  const slots = idle(steps.all);
  return {
    wallUs: spans.root === null ? trace.wallUs : wallUs(spans.root), processes, parts,
    starvedPart: parts["run-queue"] === 0 ? 0 : parts["run-queue"] / (parts["run-queue"] + parts.cpu),
    steps: profiledSteps(processes, steps), areDeclared: steps.areDeclared,
    critical: { us: longest.us, steps: longest.path.flatMap((index) => steps.all[index] ?? []) },
    slots: { jobs: slots.jobs, idleUs: slots.wholeUs, idlePart: slots.spanUs === 0 ? 0 : slots.wholeUs / (slots.spanUs * slots.jobs) },
    memory: memoryOf(spans), tools: toolsOf(processes), earlier: earlierOf(steps.all, slots, Math.max(EARLIER_US_MIN, EARLIER_PART_MIN * slots.spanUs)),
    uncounted: spans.all.filter((span) => (span.took?.counted ?? null) === null && wallUs(span) > COUNTED_US_MIN && !isToldInFew(span)).length, isWhole: trace.isWhole,
    counters: spans.all.reduce<Took["counters"]>((sum, { took }) => countersOf(sum, took?.counters ?? null), null),
  };
}

const isToldInFew = ({ process: { isSlight, fate } }: Span): boolean => isSlight || fate.kind === "replayed" || fate.kind === "planned";

const withoutChildren = (processes: readonly ProfiledProcess[]): Breakdown => ({ ...sumOf(processes.map(({ parts }) => parts)), children: 0 });

function profiledSteps(processes: readonly ProfiledProcess[], steps: Steps): readonly ProfiledStep[] {
  const members = steps.all.map((): ProfiledProcess[] => []);
  for (const process of processes) {
    const step = steps.ofSpan.get(process.span);
    if (step !== undefined) members[step.index]?.push(process);
  }
  return steps.all.map((step) => ({ step, parts: withoutChildren(members[step.index] ?? []) }));
}

/** As if all had their peaks while they ran together: never less than it was. */
function memoryOf({ all }: Spans): Profile["memory"] {
  const peakOf = (span: Span): number => span.took?.counted?.peakBytes ?? 0;
  const ends = [...all].sort((a, b) => a.endUs - b.endUs);
  let [now, most, ended] = [0, 0, 0];
  let largest: Span | null = null;
  for (const span of all) {
    for (let next = ends[ended]; next !== undefined && next.endUs <= span.startUs; next = ends[ended]) {
      now -= peakOf(next);
      ended += 1;
    }
    now += peakOf(span);
    most = Math.max(most, now);
    if (peakOf(span) > (largest === null ? 0 : peakOf(largest))) largest = span;
  }
  return { atOnceBytes: most, largest };
}

const toolName = ({ process: { program } }: Span): string => toText(program.slice(program.lastIndexOf("/") + 1));

function toolsOf(processes: readonly ProfiledProcess[]): readonly Tool[] {
  const tools = new Map<string, Tool>();
  for (const { span, exclusiveUs } of processes) {
    const name = toolName(span);
    const known = tools.get(name) ?? { name, count: 0, exclusiveUs: 0, cpuUs: 0, peakBytes: 0 };
    tools.set(name, {
      name, count: known.count + 1, exclusiveUs: known.exclusiveUs + exclusiveUs, cpuUs: known.cpuUs + span.cpuUs, peakBytes: Math.max(known.peakBytes, span.took?.counted?.peakBytes ?? 0),
    });
  }
  return [...tools.values()].sort((a, b) => b.exclusiveUs - a.exclusiveUs || (a.name < b.name ? -1 : 1));
}

function earlierOf(steps: readonly Step[], slots: Idle, leastUs: number): readonly EarlierStep[] {
  const firstUs = steps[0]?.startUs ?? 0;
  return steps.flatMap((step) => {
    const readyUs = [...step.needs, ...step.follows].reduce((latest, { endUs }) => Math.max(latest, endUs), firstUs);
    const idleUs = slots.betweenUs(readyUs, step.startUs);
    return idleUs < leastUs ? [] : [{ step, readyForUs: step.startUs - readyUs, idleUs }];
  }).sort((a, b) => b.idleUs - a.idleUs || a.step.index - b.step.index);
}
