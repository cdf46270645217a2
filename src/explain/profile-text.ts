// A profile as lines that a person reads: one sentence, then where the time went,
// what was the longest way, what could be better. Ten lines at most where not all was
// asked for.

import { bytesOf, partOf, timeOf } from "./amounts.ts";
import { PARTS, type Breakdown, type Part, type Verdict } from "./breakdown.ts";
import { nameOf, runName, type Ground } from "./ground.ts";
import type { Profile, ProfiledProcess, Tool } from "./profile.ts";
import { wallUs, type Span } from "./spans.ts";
import { taskOf, type Step } from "./steps.ts";
import { timeText } from "./text.ts";
import type { Took, Trace } from "./trace.ts";
import { cut, plural } from "./words.ts";

export const LINES_MAX = 10;
const COMMAND_MAX = 50;
const TOOLS_SHOWN = 5;
const STEPS_SHOWN = 4;
/** Less is normal. */
const STARVED_PART_MIN = 0.1;

const PART_NAMES: Readonly<Record<Part, string>> = {
  cpu: "processor", "run-queue": "waiting for a processor", disk: "disk", pipe: "pipes", lock: "locks", children: "what it started", network: "network", timer: "sleeping",
  events: "waiting for one of several things", tap: "waiting for Fathom", unknown: "unknown",
};

const VERDICT_TEXTS: Readonly<Record<Verdict, string>> = {
  starved: "starved: others had the processors", memory: "was held up by memory", short: "too short to be looked at", cpu: "computed", disk: "waited for the disk",
  pipe: "waited for the other end of a pipe", lock: "waited for a lock", children: "waited for what it had started", network: "waited for the network", timer: "slept", events: "waited for one of several things",
  tap: "waited for Fathom", unknown: "nobody knows",
};

/** Source: perf_event_open(2) and errno(3). */
const COUNTER_ERRORS: ReadonlyMap<number, string> = new Map([
  [1, "the kernel does not grant them (EPERM)"], [2, "this machine has none, or shows none to its guests (ENOENT)"], [13, "the kernel does not grant them (EACCES: see /proc/sys/kernel/perf_event_paranoid)"],
  [38, "the kernel has none (ENOSYS)"], [95, "this machine has none (EOPNOTSUPP)"],
]);

export function countersText(counters: Took["counters"]): string {
  if (counters === null) return "hardware counters: unavailable: no process lived long enough to be counted";
  if (typeof counters === "number") return `hardware counters: unavailable: ${COUNTER_ERRORS.get(counters) ?? `error ${String(counters)}`}; so computing and waiting for memory behind the caches look the same`;
  const { instructions, cycles, cacheMisses } = counters;
  return `hardware counters: ${(instructions / 1e9).toFixed(1)} billion instructions, ${(instructions / Math.max(1, cycles)).toFixed(2)} a cycle; ${((1000 * cacheMisses) / Math.max(1, instructions)).toFixed(1)} of 1000 missed the caches`;
}

/** What names are made from. */
export interface Texts extends Pick<Ground, "roots"> {
  readonly trace: Trace;
}

export const spanText = ({ process }: Span, texts: Texts): string => `"${cut(nameOf(process, texts.trace, texts).command, COMMAND_MAX)}"`;

export function stepText(step: Step, ground: Texts): string {
  const task = taskOf(step);
  return task === null ? spanText(step.span, ground) : `"${task}"`;
}

const sumOf = (parts: Breakdown): number => PARTS.reduce((total, part) => total + parts[part], 0);

/** What it is made of, the largest first; what is nothing is left out. */
export function partsText(parts: Breakdown, names = PART_NAMES): string {
  const sum = sumOf(parts);
  const shown = PARTS.filter((part) => part !== "unknown" && parts[part] * 100 >= sum && parts[part] > 0).sort((a, b) => parts[b] - parts[a]);
  return [...shown, "unknown" as const].map((part) => `${names[part]} ${timeOf(parts[part])} (${partOf(parts[part], sum)})`).join(", ");
}

const toolText = ({ name, count, exclusiveUs, peakBytes }: Tool): string => `${name} ${timeOf(exclusiveUs)} (${plural(count, "process", "processes")}${peakBytes === 0 ? "" : `, up to ${bytesOf(peakBytes)}`})`;

function sentenceOf({ wallUs: wall, critical, starvedPart, slots, processes, parts }: Profile): string {
  const starved = starvedPart >= STARVED_PART_MIN && parts["run-queue"] > STARVED_PART_MIN * sumOf(parts) ? `; for ${String(Math.round(starvedPart * 100))} % of the time that its processes could have run, others ran` : "";
  const jobs = slots.jobs === 1 ? "one step at a time" : `up to ${String(slots.jobs)} steps at a time`;
  return `It took ${timeOf(wall)} with ${jobs} (${plural(processes.length, "process", "processes")}); the longest way through what needs what is ${timeOf(critical.us)} of that${starved}`;
}

/** Verdicts that say what to look at; computing and waiting for children are normal. */
const isNotable = ({ verdict }: ProfiledProcess): boolean => !["short", "cpu", "children", "unknown", "tap"].includes(verdict);

export function profileLines(profile: Profile, ground: Texts, isAll: boolean): readonly string[] {
  const { parts, critical, slots, memory, tools, earlier, processes, uncounted, areDeclared, steps } = profile;
  const some = <T>(list: readonly T[], most: number): readonly T[] => (isAll ? list : list.slice(0, most));
  const more = (count: number, most: number): string => (!isAll && count > most ? `, and ${String(count - most)} more` : "");
  const lines = [sentenceOf(profile), `  its processes spent: ${partsText(parts)}`];
  const longest = [...critical.steps].sort((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs));
  lines.push(`  longest way: ${some(isAll ? critical.steps : longest, STEPS_SHOWN).map((step) => `${stepText(step, ground)} ${timeOf(step.endUs - step.startUs)}`).join(isAll ? " -> " : ", ")}${more(longest.length, STEPS_SHOWN)}`);
  lines.push(`  tools: ${some(tools, TOOLS_SHOWN).map(toolText).join(", ")}${more(tools.length, TOOLS_SHOWN)}`);
  if (slots.jobs > 1) lines.push(`  slots: ${String(slots.jobs)}, idle for ${partOf(slots.idlePart, 1)} of the time`);
  const [first] = earlier;
  if (first !== undefined) {
    const doubt = areDeclared ? "" : " (as far as files tell; a script may have an order of its own)";
    lines.push(`  could have run earlier: ${some(earlier, STEPS_SHOWN).map(({ step, idleUs }) => `${stepText(step, ground)} by ${timeOf(idleUs)}`).join(", ")}${more(earlier.length, STEPS_SHOWN)}${doubt}`);
  }
  if (memory.largest !== null) lines.push(`  memory: at most ${bytesOf(memory.atOnceBytes)} at once; the most has ${spanText(memory.largest, ground)}, ${bytesOf(memory.largest.took?.counted?.peakBytes ?? 0)}`);
  const held = processes.filter(isNotable).sort((a, b) => b.exclusiveUs - a.exclusiveUs);
  for (const { span, verdict } of some(held, 2)) lines.push(`  ${spanText(span, ground)} ${VERDICT_TEXTS[verdict]} (${timeOf(wallUs(span))})`);
  if (isAll) {
    for (const { span, parts: its } of processes) lines.push(`  ${timeOf(span.startUs)}: ${spanText(span, ground)} ${timeOf(wallUs(span))} = ${partsText(its)}`);
    for (const each of steps) lines.push(`  step ${stepText(each.step, ground)} ${timeOf(each.step.endUs - each.step.startUs)}: ${partsText(each.parts)}`);
  }
  if (uncounted > 0) lines.splice(1, 0, `  of ${plural(uncounted, "process", "processes")} the kernel's counts are not known: killed, or of another user`);
  if (!profile.isWhole) lines.splice(1, 0, "  the trace of this run is not whole: there was more than it holds");
  if (isAll) lines.push(`  ${countersText(profile.counters)}`);
  const run = runName(ground.trace, ground);
  const tail = `  in run ${run.id} (${timeText(run.startedNs)}, "${cut(run.command, COMMAND_MAX)}")${isAll ? "" : "; each process and step: --all"}`;
  return [...(isAll ? lines : lines.slice(0, LINES_MAX - 1)), tail];
}
