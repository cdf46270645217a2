// A profile as programs read it: docs/reference/cli.md promises names and units.

import { nameOf, runName } from "./ground.ts";
import { runNameJson } from "./json.ts";
import type { Breakdown } from "./breakdown.ts";
import { PARTS } from "./breakdown.ts";
import type { Profile } from "./profile.ts";
import { countersText, type Texts } from "./profile-text.ts";
import { wallUs, type Span } from "./spans.ts";
import { taskOf, type Step } from "./steps.ts";
import type { Took } from "./trace.ts";

export const ms = (us: number): number => Math.round(us) / 1000;

const partsJson = (parts: Breakdown): object => Object.fromEntries(PARTS.map((part) => [`${part === "run-queue" ? "runQueue" : part}Ms`, ms(parts[part])]));

const countersJson = (counters: Took["counters"]): object => (counters === null || typeof counters === "number" ? { unavailable: countersText(counters).split("unavailable: ")[1] } : counters);

const spanJson = (span: Span, texts: Texts): object => ({ image: span.images[0]?.image, command: nameOf(span.process, texts.trace, texts).command, task: span.process.task });

export const stepJson = (step: Step, ground: Texts): object => ({ step: step.index, ...spanJson(step.span, ground), task: taskOf(step) });

export function profileJson(profile: Profile, ground: Texts): object {
  const { critical, slots, memory, tools, earlier, steps, processes, areDeclared, uncounted, isWhole, starvedPart } = profile;
  return {
    kind: "profile", run: runNameJson(runName(ground.trace, ground)), wallMs: ms(profile.wallUs), parts: partsJson(profile.parts), starvedPart, isWhole, uncounted, hardwareCounters: countersJson(profile.counters),
    critical: { ms: ms(critical.us), steps: critical.steps.map(({ index }) => index) },
    slots: { jobs: slots.jobs, idleMs: ms(slots.idleUs), idlePart: slots.idlePart },
    memory: { atOnceBytes: memory.atOnceBytes, largest: memory.largest === null ? null : { ...spanJson(memory.largest, ground), peakBytes: memory.largest.took?.counted?.peakBytes ?? 0 } },
    tools: tools.map(({ name, count, exclusiveUs, cpuUs, peakBytes }) => ({ name, count, exclusiveMs: ms(exclusiveUs), cpuMs: ms(cpuUs), peakBytes })),
    earlier: earlier.map(({ step, idleUs, readyForUs }) => ({ step: step.index, idleMs: ms(idleUs), readyForMs: ms(readyForUs), certainty: areDeclared ? "consistent" : "guess" })),
    steps: steps.map(({ step, parts }) => ({
      ...stepJson(step, ground), startMs: ms(step.startUs), wallMs: ms(step.endUs - step.startUs), needs: step.needs.map(({ index }) => index), follows: step.follows.map(({ index }) => index), parts: partsJson(parts),
    })),
    processes: processes.map(({ span, parts, exclusiveUs, verdict }) => ({
      ...spanJson(span, ground), parent: span.parent?.images[0]?.image ?? null, startMs: ms(span.startUs), wallMs: ms(wallUs(span)), exclusiveMs: ms(exclusiveUs), cpuMs: ms(span.cpuUs), verdict, parts: partsJson(parts),
      peakBytes: span.took?.counted?.peakBytes ?? null, readBytes: span.took?.counted?.readBytes ?? null, writtenBytes: span.took?.counted?.writtenBytes ?? null, faults: span.took?.counted?.faults ?? null, hardwareCounters: countersJson(span.took?.counters ?? null),
    })),
  };
}
