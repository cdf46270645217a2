// What one run came to, as the one line a person reads and as the object a
// program reads. Pure: the same counters give the same bytes.

/** Why something was not stored: the program that caused it, and what it did. */
export interface NotStoredReason {
  readonly program: string;
  readonly code: string;
  /** A sentence without its subject and full stop: "it used the network". */
  readonly text: string;
}

export interface RunCounters {
  /** Processes seen, replayed units not counted: they did not start any. */
  readonly processes: number;
  readonly replayed: number;
  readonly ran: number;
  readonly notStored: number;
  /** What the replayed units took when they ran, minus what replaying them took. Never below zero. */
  readonly savedNs: bigint;
  readonly wallNs: bigint;
  /** Processor time of Fathom's own processes. */
  readonly ownNs: bigint;
  /** The most important reason, when something was not stored. */
  readonly reason?: NotStoredReason;
}

/** The shape of `--json`: names and units are a promise (docs/reference/cli.md). */
export interface SummaryJson {
  readonly processes: number;
  readonly replayed: number;
  readonly ran: number;
  readonly notStored: number;
  readonly savedMs: number;
  readonly wallMs: number;
  readonly ownMs: number;
  readonly reason?: NotStoredReason;
}

const NS_PER_MS = 1_000_000n;
const NS_PER_S = 1_000_000_000n;

/** Two significant places where they matter: "42 ms", "6.1 s", "3 min 20 s". Rounded down: a saving is never overstated. */
export function duration(ns: bigint): string {
  if (ns < NS_PER_S) return `${ns / NS_PER_MS} ms`;
  if (ns < 60n * NS_PER_S) return `${ns / NS_PER_S}.${(ns / (NS_PER_S / 10n)) % 10n} s`;
  return `${ns / (60n * NS_PER_S)} min ${(ns / NS_PER_S) % 60n} s`;
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export function summaryLine(run: RunCounters): string {
  const counts = `${run.replayed} replayed, ${run.ran} run, ${run.notStored} not stored`;
  const saved = run.replayed > 0 ? `; saved ${duration(run.savedNs)}` : "";
  const why = run.reason === undefined ? "" : `; not stored: "${run.reason.program}", because ${run.reason.text}`;
  return `fathom: ${plural(run.processes, "process", "processes")}; ${counts}${saved}${why}`;
}

export function summaryJson(run: RunCounters): SummaryJson {
  return {
    processes: run.processes,
    replayed: run.replayed,
    ran: run.ran,
    notStored: run.notStored,
    savedMs: Number(run.savedNs / NS_PER_MS),
    wallMs: Number(run.wallNs / NS_PER_MS),
    ownMs: Number(run.ownNs / NS_PER_MS),
    ...(run.reason === undefined ? {} : { reason: run.reason }),
  };
}
