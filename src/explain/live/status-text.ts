// The answer of `fathom status`, as lines and as JSON: docs/reference/cli.md has the words.

import { plural } from "../words.ts";
import type { Standing, StandingProcess } from "./standing.ts";

/** The last run of the same command. */
export interface Earlier {
  readonly run: string;
  readonly wallMs: number;
  readonly processes: number;
}

export interface Status {
  readonly pid: number;
  readonly command: string;
  readonly elapsedMs: number;
  /** Seen so far; null: not known. */
  readonly processes: number | null;
  readonly earlier: Earlier | null;
  readonly standing: Standing;
  readonly samples: number;
  readonly spanMs: number;
  /** What this machine does not tell. */
  readonly missing: readonly string[];
}

const LINES_MAX = 12;

const seconds = (ms: number): string => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${String(Math.round(ms / 1000))} s`);

export function statusLines(status: Status, isAll: boolean): readonly string[] {
  const { pid, command, standing, samples, spanMs, missing } = status;
  const shown = [...standing.processes].sort((a, b) => rank(a) - rank(b) || b.cpuMs - a.cpuMs || a.pid - b.pid);
  const kept = isAll ? shown : shown.slice(0, LINES_MAX);
  return [
    standing.sentence,
    ...kept.map(processLine),
    ...(kept.length < shown.length ? [`  ... and ${plural(shown.length - kept.length, "more process", "more processes")}: --all`] : []),
    `  ${progressText(status)}`,
    `  "${command}" (${String(pid)}); ${String(samples)} looks, the last two ${seconds(spanMs)} apart; ${GRADES[standing.certainty]}`,
    ...missing.map((each) => `  unavailable: ${each}`),
  ];
}

const GRADES: Readonly<Record<Standing["certainty"], string>> = {
  confirmed: "confirmed: it was seen to move", consistent: "consistent with all that the kernel tells", guess: "a guess: whether somebody will wake it cannot be seen",
};

/** Who is stuck, then who runs. */
const rank = ({ isStuck, moves }: StandingProcess): number => (isStuck ? 0 : moves ? 1 : 2);

const processLine = ({ pid, command, does, cpuMs, aliveMs, isStuck }: StandingProcess): string => `  ${String(pid)} "${command}" ${does}${isStuck ? "" : `; ${seconds(cpuMs)} of processor time in ${seconds(aliveMs)}`}`;

/** Milliseconds; null: nothing is known, or it takes longer already. */
export const remainingMs = ({ elapsedMs, earlier }: Pick<Status, "elapsedMs" | "earlier">): number | null => (earlier === null || earlier.wallMs <= elapsedMs ? null : earlier.wallMs - elapsedMs);

function progressText(status: Status): string {
  const { elapsedMs, processes, earlier } = status;
  const so = `for ${seconds(elapsedMs)}${processes === null ? "" : `, ${plural(processes, "process", "processes")} so far`}`;
  if (earlier === null) return `${so}; no earlier run of this command that succeeded is recorded, so how long it will take is not known`;
  const left = remainingMs(status);
  return `${so}; last time ${seconds(earlier.wallMs)} and ${plural(earlier.processes, "process", "processes")} (run ${earlier.run})${left === null ? ": it takes longer now" : `: about ${seconds(left)} to go`}`;
}

export function statusJson(status: Status): object {
  const { pid, command, elapsedMs, processes, earlier, standing, samples, spanMs, missing } = status;
  const { verdict, certainty, sentence, circles, ends } = standing;
  return {
    pid, command, verdict, certainty, sentence, elapsedMs: Math.floor(elapsedMs), processesSoFar: processes, estimate: earlier === null ? null : { ...earlier, remainingMs: remainingMs(status) },
    processes: standing.processes.map((process) => ({ ...process, aliveMs: Math.floor(process.aliveMs) })), circles, ends, samples, spanMs, unavailable: missing,
  };
}
