// The steps of a run: what its scheduler (make, ninja, `fathom run`, a script) started,
// each with everything below it, and which of them read what others wrote. This is
// the order that the work itself needs, whatever order a Makefile declares.

import { toText } from "../base/path.ts";
import { COMPARATORS, isListed } from "../cache/programs.ts";
import { coveredUs, wallUs, type Span, type Spans } from "./spans.ts";
import type { TracedProcess } from "./trace.ts";

export interface Step {
  /** In the order in which they started. */
  readonly index: number;
  readonly span: Span;
  readonly startUs: number;
  readonly endUs: number;
  /** Of all its processes. */
  readonly cpuUs: number;
  /** Time in which it was ready to run while others ran, as far as that made it longer. */
  readonly delayUs: number;
  readonly peakBytes: number;
  /** Steps that had ended when it began, and whose outputs it read. */
  readonly needs: readonly Step[];
  /** ... and whose outputs it only wrote over. */
  readonly follows: readonly Step[];
}

export interface Steps {
  readonly all: readonly Step[];
  readonly ofSpan: ReadonlyMap<Span, Step>;
  /** The programs that started them. */
  readonly schedulers: readonly Span[];
  /** True: all of these are programs that start what is ready (make, `fathom run`). False: a script may have an order of its own, which files do not show. */
  readonly areDeclared: boolean;
  /** Pairs that ran at the same time although one read what the other wrote: neither waits for the other here. */
  readonly overlapping: number;
}

/** Programs that compare times, and what they are below. */
function comparatorsIn({ all }: Spans): ReadonlySet<Span> {
  const found = new Set<Span>();
  for (const span of all) {
    if (!span.images.some(({ program }) => isListed(COMPARATORS, program))) continue;
    for (let at: Span | null = span; at !== null && !found.has(at); at = at.parent) found.add(at);
  }
  return found;
}

/** A single step that is nearly all of the run is a scheduler itself: `sh -c` around a script. */
const WHOLE_PART = 0.9;

export function stepsOf(spans: Spans, isTaskRunner: boolean): Steps {
  const { root } = spans;
  if (root === null) return { all: [], ofSpan: new Map(), schedulers: [], areDeclared: false, overlapping: 0 };
  const comparators = comparatorsIn(spans);
  const schedulers = new Set<Span>([root]);
  for (const span of spans.all) if (span.parent !== null && schedulers.has(span.parent) && comparators.has(span)) schedulers.add(span);
  let areDeclared = isTaskRunner || comparators.has(root);
  let tops = topsBelow(spans, schedulers);
  for (let only = onlyOf(tops, root); only !== null; only = onlyOf(tops, root)) {
    schedulers.add(only);
    areDeclared = false;
    tops = topsBelow(spans, schedulers);
  }
  return { ...connected(tops.length === 0 ? [root] : tops, spans), schedulers: [...schedulers], areDeclared };
}

const topsBelow = (spans: Spans, schedulers: ReadonlySet<Span>): readonly Span[] => spans.all.filter((span) => span.parent !== null && schedulers.has(span.parent) && !schedulers.has(span));

function onlyOf(tops: readonly Span[], root: Span): Span | null {
  const large = tops.filter((span) => span.children.length > 0 && wallUs(span) > WHOLE_PART * wallUs(root));
  const [only] = large;
  return only !== undefined && tops.length === 1 ? only : null;
}

function connected(tops: readonly Span[], spans: Spans): Pick<Steps, "all" | "ofSpan" | "overlapping"> {
  const ofSpan = new Map<Span, Step>();
  const members = tops.map((): Span[] => []);
  const indexes = new Map(tops.map((span, index) => [span, index]));
  const indexOf = new Map<Span, number>();
  // Parents come before their children.
  for (const span of spans.all) {
    const index = indexes.get(span) ?? (span.parent === null ? undefined : indexOf.get(span.parent));
    if (index === undefined) continue;
    indexOf.set(span, index);
    members[index]?.push(span);
  }
  let overlapping = 0;
  const all: Step[] = [];
  for (const [index, span] of tops.entries()) {
    const below = members[index] ?? [];
    const stepsFrom = (images: (process: TracedProcess) => readonly number[]): readonly Step[] => {
      const found = new Set<number>();
      for (const { images: chain } of below) {
        for (const image of chain.flatMap(images)) {
          const writer = spans.ofImage.get(image);
          const at = writer === undefined ? undefined : indexOf.get(writer);
          if (at !== undefined && at < index) found.add(at);
        }
      }
      return [...found].flatMap((at) => all[at] ?? []);
    };
    const ended = (steps: readonly Step[]): readonly Step[] => steps.filter(({ endUs }) => endUs <= span.startUs);
    const [read, replaced] = [stepsFrom(({ used }) => used), stepsFrom((process) => process.replaced)];
    const needs = ended(read);
    overlapping += read.length - needs.length;
    const step = { index, span, startUs: span.startUs, endUs: span.endUs, ...totalsOf(span, below), needs, follows: ended(replaced).filter((other) => !needs.includes(other)) };
    all.push(step);
    ofSpan.set(span, step);
  }
  for (const [span, index] of indexOf) {
    const step = all[index];
    if (step !== undefined) ofSpan.set(span, step);
  }
  return { all, ofSpan, overlapping };
}

function totalsOf(top: Span, members: readonly Span[]): Pick<Step, "cpuUs" | "delayUs" | "peakBytes"> {
  const wall = wallUs(top);
  const cpuUs = members.reduce((sum, span) => sum + span.cpuUs, 0);
  const delays = members.reduce((sum, span) => sum + (span.took?.counted?.delayUs ?? 0), 0);
  // Of processes at the same time the delays lie over each other: as many as run at once share the wall.
  const busy = members.reduce((sum, span) => sum + wallUs(span) - coveredUs(span.children, span.startUs, span.endUs), 0);
  const atOnce = Math.max(1, busy / Math.max(1, wall));
  return { cpuUs, delayUs: Math.floor(Math.min(delays / atOnce, wall)), peakBytes: Math.max(0, ...members.map((span) => span.took?.counted?.peakBytes ?? 0)) };
}

/** What a step is called: a task by its name. */
export const taskOf = ({ span }: Step): string | null => (span.process.task === null ? null : toText(span.process.task));
