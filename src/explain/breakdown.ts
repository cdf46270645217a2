// Where the time of one process went: parts that add up to its wall time, the last
// of which is what nobody knows. Processor time and run-queue delay are the kernel's
// counts; what it waited for was seen by looks at intervals, so it is put in
// proportion to the time that is left.

import { coveredUs, wallUs, type Span } from "./spans.ts";
import { WAITS, type Wait } from "./trace.ts";

export type Part = "cpu" | "run-queue" | Wait | "unknown";

/** In the order in which they are shown. "run-queue": ready to run while others ran. */
export const PARTS: readonly Part[] = ["cpu", "run-queue", "disk", "pipe", "lock", "children", "network", "timer", "events", "tap", "unknown"];

/** Microseconds; the sum is the wall time. */
export type Breakdown = Readonly<Record<Part, number>>;

export const NOTHING: Breakdown = { cpu: 0, "run-queue": 0, disk: 0, pipe: 0, lock: 0, children: 0, network: 0, timer: 0, events: 0, tap: 0, unknown: 0 };

export function breakdownOf(span: Span): Breakdown {
  const wall = wallUs(span);
  // Several threads take more than the wall has.
  const cpu = Math.min(span.cpuUs, wall);
  const delay = Math.min(span.took?.counted?.delayUs ?? 0, wall - cpu);
  const rest = wall - cpu - delay;
  const childrenBusy = coveredUs(span.children, span.startUs, span.endUs);
  const parts: Record<Part, number> = { ...NOTHING, ...span.took?.waitedUs, cpu, "run-queue": delay };
  // Who waits for something while its children run waits for them: for a token that one has, for what one says.
  for (const wait of ["events", "pipe"] as const) {
    const moved = Math.min(parts[wait], Math.max(0, childrenBusy - parts.children));
    parts[wait] -= moved;
    parts.children += moved;
  }
  const sum = WAITS.reduce((total, wait) => total + parts[wait], 0);
  const scale = sum > rest ? rest / sum : 1;
  for (const wait of WAITS) parts[wait] = Math.floor(parts[wait] * scale);
  let left = WAITS.reduce((total, wait) => total - parts[wait], rest);
  // Nobody looked, but somebody ran for it.
  const unseen = Math.min(left, Math.max(0, Math.min(childrenBusy, rest) - parts.children));
  parts.children += unseen;
  left -= unseen;
  parts.unknown = left;
  return parts;
}

export function sumOf(breakdowns: Iterable<Breakdown>): Breakdown {
  const sum: Record<Part, number> = { ...NOTHING };
  for (const each of breakdowns) for (const part of PARTS) sum[part] += each[part];
  return sum;
}

export type Verdict = "starved" | "memory" | "short" | Exclude<Part, "run-queue" | "unknown"> | "unknown";

/** Of the time that it could have run; below, somebody else was rarely in the way. */
const STARVED_PART = 0.2;
/** Source: measured: 0.5 us for the kernel to find, clear and map a page; in a virtual machine that is busy 5 us. So it is the kernel's time that counts, as far as faults can have taken it. */
const FAULT_US_MAX = 5;
const FAULTS_PART = 0.3;
/** Beyond the caches of any processor that we know. */
const MEMORY_BYTES_MIN = 64 * 1024 * 1024;
/** Source: usual rules of thumb: a processor that finishes less than that much a cycle, and misses the last cache that often, waits for memory. */
const SLOW_INSTRUCTIONS_PER_CYCLE = 0.8;
const MISSES_PER_INSTRUCTION = 0.01;
/** Too short for the kernel's counts to be read (native/supervisor/took.c). */
const SHORT_US = 20_000;

/** What kept it from being faster, most of all. */
export function verdictOf(span: Span, parts: Breakdown): Verdict {
  const wall = wallUs(span);
  if (wall < SHORT_US && span.took === null) return "short";
  const delay = parts["run-queue"];
  const counted = span.took?.counted ?? null;
  if (delay > STARVED_PART * (delay + span.cpuUs) && delay > STARVED_PART * wall) return "starved";
  const waitsForPages = counted !== null && (counted.diskFaults > 0 ? parts.disk : 0) + Math.min(counted.systemUs, counted.faults * FAULT_US_MAX) > FAULTS_PART * (span.cpuUs + parts.disk);
  if (waitsForPages && counted.peakBytes >= MEMORY_BYTES_MIN) return "memory";
  if (waitsForCache(span) && parts.cpu > wall / 2) return "memory";
  let most: Exclude<Part, "run-queue"> = "unknown";
  for (const part of PARTS) if (part !== "run-queue" && parts[part] > parts[most]) most = part;
  return most;
}

function waitsForCache({ took }: Span): boolean {
  const counters = took?.counters ?? null;
  if (counters === null || typeof counters === "number") return false;
  const { instructions, cycles, cacheMisses } = counters;
  return instructions < SLOW_INSTRUCTIONS_PER_CYCLE * cycles && cacheMisses > MISSES_PER_INSTRUCTION * instructions;
}
