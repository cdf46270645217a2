// The processes of a run as time sees them: one span for what exec made of one
// process, with who started it and what it started.

import type { Trace, TracedProcess, Took, Wait } from "./trace.ts";
import { WAITS } from "./trace.ts";

export interface Span {
  /** By the start. */
  readonly index: number;
  /** What it was when it ended. */
  readonly process: TracedProcess;
  /** All that it was, by exec, the first one first. */
  readonly images: readonly TracedProcess[];
  readonly parent: Span | null;
  readonly children: Span[];
  readonly startUs: number;
  /** That of the run where nobody saw its end. */
  readonly endUs: number;
  /** Of all its threads and forks, not of what it started. */
  readonly cpuUs: number;
  readonly took: Took | null;
}

export interface Spans {
  /** By the start. */
  readonly all: readonly Span[];
  readonly ofImage: ReadonlyMap<number, Span>;
  /** The command itself; null: no process is in the trace. */
  readonly root: Span | null;
}

export const wallUs = ({ startUs, endUs }: Span): number => endUs - startUs;

export function spansOf(trace: Trace): Spans {
  const byImage = new Map(trace.traced.map((process) => [process.image, process]));
  const isLater = (process: TracedProcess): boolean => {
    const end = byImage.get(process.parent)?.end;
    return end?.how === 2 && end.successor === process.image;
  };
  const starts = trace.traced.filter((process) => !isLater(process)).sort((a, b) => a.startedUs - b.startedUs || a.image - b.image);
  const ofImage = new Map<number, Span>();
  const all: Span[] = [];
  for (const first of starts) {
    const images = chainFrom(first, byImage);
    const parent = ofImage.get(first.parent) ?? null;
    const last = images.at(-1) ?? first;
    const span: Span = {
      index: all.length, process: last, images, parent, children: [], startUs: first.startedUs, endUs: Math.max(first.startedUs, last.end?.endedUs ?? trace.wallUs),
      cpuUs: images.reduce((sum, { end }) => sum + (end?.cpuUs ?? 0), 0), took: images.reduce<Took | null>((sum, { took }) => sumOf(sum, took), null),
    };
    all.push(span);
    for (const image of images) ofImage.set(image.image, span);
    parent?.children.push(span);
  }
  return { all, ofImage, root: all.find(({ parent, images }) => parent === null && images[0]?.parent === 0) ?? null };
}

function chainFrom(first: TracedProcess, byImage: ReadonlyMap<number, TracedProcess>): readonly TracedProcess[] {
  const chain = [first];
  for (let at = first; at.end?.how === 2;) {
    const next = byImage.get(at.end.successor);
    if (next === undefined || chain.includes(next)) break;
    chain.push(next);
    at = next;
  }
  return chain;
}

function sumOf(one: Took | null, other: Took | null): Took | null {
  if (one === null || other === null) return one ?? other;
  const waitedUs: Partial<Record<Wait, number>> = {};
  for (const wait of WAITS) waitedUs[wait] = (one.waitedUs[wait] ?? 0) + (other.waitedUs[wait] ?? 0);
  const counters = countersOf(one.counters, other.counters);
  if (one.counted === null || other.counted === null) return { counted: one.counted ?? other.counted, counters, waitedUs };
  const [a, b] = [one.counted, other.counted];
  // The kernel counts for a process, whatever it exec'd: what the last image said has the earlier ones in it. Peaks are each image's own.
  return { counted: { ...b, peakBytes: Math.max(a.peakBytes, b.peakBytes) }, counters, waitedUs };
}

export function countersOf(one: Took["counters"], other: Took["counters"]): Took["counters"] {
  if (one === null || other === null) return one ?? other;
  if (typeof one === "number" || typeof other === "number") return typeof one === "number" ? other : one;
  return { instructions: one.instructions + other.instructions, cycles: one.cycles + other.cycles, cacheMisses: one.cacheMisses + other.cacheMisses };
}

/** How much of the time from `startUs` to `endUs` at least one of them covers. */
export function coveredUs(spans: readonly Pick<Span, "startUs" | "endUs">[], startUs: number, endUs: number): number {
  let covered = 0;
  let at = startUs;
  for (const span of [...spans].sort((a, b) => a.startUs - b.startUs)) {
    const to = Math.min(span.endUs, endUs);
    if (to <= at) continue;
    covered += to - Math.max(at, span.startUs);
    at = to;
  }
  return covered;
}
