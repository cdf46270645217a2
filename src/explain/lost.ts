// Processes of an earlier run that have no counterpart in the present one, to be asked
// which of them is most like a process that is new. Made once for two runs.

import { Alikes, programName, type Alike } from "./likeness.ts";
import type { Trace, TracedProcess } from "./trace.ts";
import { grouped, indexOf } from "./trace-index.ts";

class Lost {
  readonly #byProgram: ReadonlyMap<string, readonly TracedProcess[]>;
  readonly #indexed = new Map<string, Alikes>();

  constructor(before: Trace, now: Trace) {
    const present = indexOf(now);
    this.#byProgram = grouped(before.traced.filter(({ weakKey }) => present.withWeakKey(weakKey).length === 0), programName);
  }

  mostLike(process: TracedProcess): Alike | null {
    const name = programName(process);
    const processes = this.#byProgram.get(name);
    if (processes === undefined) return null;
    const index = this.#indexed.get(name) ?? new Alikes(processes);
    this.#indexed.set(name, index);
    return index.mostLike(process, ({ cwd, task }) => cwd === process.cwd || (process.task !== null && task === process.task));
  }
}

const LOST = new WeakMap<Trace, WeakMap<Trace, Lost>>();

/** Null: there is none of its program and its place. */
export function mostLike(process: TracedProcess, now: Trace, before: Trace): Alike | null {
  const known = LOST.get(now) ?? new WeakMap<Trace, Lost>();
  LOST.set(now, known);
  const lost = known.get(before) ?? new Lost(before, now);
  known.set(before, lost);
  return lost.mostLike(process);
}
