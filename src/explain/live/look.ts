// Looks at all processes twice, and again while it is not clear whether anybody moves:
// who took a little time may have gone to sleep for ever just now.

import type { Proc } from "../../base/proc.ts";
import { below, movedBetween, takeSample, type Sample } from "./sample.ts";

export interface Looked {
  readonly sample: Sample;
  /** Who moved between the last two looks. */
  readonly moved: ReadonlySet<number>;
  readonly samples: number;
  /** Between the last two. */
  readonly spanMs: number;
}

const SPAN_MS = 600;
/** With the time that looking takes it stays below three seconds. */
const LOOKS_MAX = 4;
/** Of one processor between two looks: who takes so much is at work. */
const BUSY_PART = 0.1;

/** `rootsOf`: of whose trees it is to be clear. */
export function look(proc: Proc, rootsOf: (sample: Sample) => readonly number[], wait: (timeoutMs: number) => void): Looked {
  let first = takeSample(proc);
  for (let samples = 2; ; samples += 1) {
    wait(SPAN_MS);
    const sample = takeSample(proc);
    const moved = movedBetween(first, sample);
    const meant = rootsOf(sample).flatMap((root) => [root, ...below(root, sample)]);
    const isBusy = (pid: number): boolean => (sample.processes.get(pid)?.cpuNs ?? 0) - (first.processes.get(pid)?.cpuNs ?? 0) > SPAN_MS * 1e6 * BUSY_PART;
    if (samples === LOOKS_MAX || !meant.some((pid) => moved.has(pid)) || meant.some(isBusy)) return { sample, moved, samples, spanMs: SPAN_MS };
    first = sample;
  }
}
