// Which Fathoms run on this machine: a supervisor is found by what nobody else has, its
// program and the listener of a filter. So it leaves no file behind that could be stale.

import type { Proc } from "../../base/proc.ts";
import { isAbsPath, type AbsPath } from "../../base/path.ts";
import { below, type Sample } from "./sample.ts";

export interface RunningFathom {
  readonly pid: number;
  /** Of the command and of what the command left behind. */
  readonly roots: readonly number[];
  /** The supervisor, its guardian and the engine. */
  readonly ours: ReadonlySet<number>;
  readonly cwd: AbsPath | null;
  readonly command: readonly string[];
  readonly startedTicks: number;
  /** Seen so far; null: not to be read. */
  readonly processes: number | null;
}

const PROGRAM = /\/fathom( \(deleted\))?$/;
/** Its name is that alone (native/supervisor/guardian.c). */
const GUARDIAN = "fathom-guardian";
const LISTENER = "anon_inode:seccomp notify";
const LEDGERS = /^\/memfd:fathom-ledgers/;
const ENGINE = "/dist/bundle/engine.js";
/** Of `processes` in struct arena_head (native/arena.h). */
const PROCESSES_AT = 16;

export function runningFathoms(sample: Sample, proc: Proc): readonly RunningFathom[] {
  const found: RunningFathom[] = [];
  for (const { pid, name, startedTicks } of sample.processes.values()) {
    if (name !== "fathom" || !PROGRAM.test(proc.link(`${String(pid)}/exe`) ?? "")) continue;
    const files = proc.files(pid);
    if (!files.some(({ target }) => target === LISTENER)) continue;
    const command = wordsOf(pid, proc);
    // A trial is a part of the run that it is for.
    if (command[1] === "--trial") continue;
    const children = [...sample.processes.values()].filter(({ parent }) => parent === pid).map((child) => child.pid);
    const engines = children.filter((child) => (wordsOf(child, proc)[1] ?? "").endsWith(ENGINE));
    const guardians = children.filter((child) => sample.processes.get(child)?.name === GUARDIAN);
    const ours = new Set([pid, ...guardians, ...engines.flatMap((engine) => [engine, ...below(engine, sample)])]);
    const cwd = proc.link(`${String(pid)}/cwd`);
    const ledgers = files.find(({ target }) => LEDGERS.test(target));
    const head = ledgers === undefined ? null : proc.content(pid, ledgers.number, PROCESSES_AT + 8);
    found.push({
      pid, roots: children.filter((child) => !ours.has(child)), ours, cwd: cwd !== null && isAbsPath(cwd) ? cwd : null, command, startedTicks,
      processes: head?.length === PROCESSES_AT + 8 ? Number(head.readBigUInt64LE(PROCESSES_AT)) : null,
    });
  }
  return found;
}

const wordsOf = (pid: number, proc: Proc): readonly string[] => (proc.text(`${String(pid)}/cmdline`) ?? "").split("\0").slice(0, -1);
