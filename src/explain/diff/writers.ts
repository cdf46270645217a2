// Who wrote a path last before a moment of a run, for many questions about one run: what
// lastWriter of evidence.ts tells, found through an index.

import type { Ground } from "../ground.ts";
import type { Trace, TracedProcess } from "../trace.ts";

interface Written {
  readonly at: string;
  readonly process: TracedProcess;
}

const lastOf = (token: string): string => token.slice(token.lastIndexOf("/") + 1);

export class Writers {
  readonly #trace: Trace;
  readonly #records: Ground["records"];
  readonly #isSamePlace: Ground["isSamePlace"];
  #seen: ReadonlyMap<string, readonly Written[]> | null = null;
  #replayed: ReadonlyMap<string, readonly Written[]> | null = null;

  constructor(trace: Trace, records: Ground["records"], isSamePlace: Ground["isSamePlace"]) {
    this.#trace = trace;
    this.#records = records;
    this.#isSamePlace = isSamePlace;
  }

  last(at: string, beforeUs: number): TracedProcess | null {
    this.#seen ??= indexed(this.#trace.traced.flatMap((process) => process.changes.map((change) => ({ at: change.at, process }))));
    const seen = this.#among(this.#seen, at, beforeUs);
    if (seen !== null) return seen;
    this.#replayed ??= indexed(this.#trace.traced.flatMap((process) => {
      const entry = process.fate.kind === "replayed" ? this.#records.entry(process.fate.strongKey) : null;
      return entry?.effects.map((effect) => ({ at: effect.at, process })) ?? [];
    }));
    return this.#among(this.#replayed, at, beforeUs);
  }

  /** A ledger has paths as programs gave them, with links in them. */
  #among(index: ReadonlyMap<string, readonly Written[]>, at: string, beforeUs: number): TracedProcess | null {
    const found = index.get(lastOf(at))?.findLast((written) => written.process.startedUs < beforeUs && (written.at === at || this.#isSamePlace(written.at, at)));
    return found?.process ?? null;
  }
}

/** By the last name, in the order in which they started. */
function indexed(written: readonly Written[]): ReadonlyMap<string, readonly Written[]> {
  const index = new Map<string, Written[]>();
  for (const each of [...written].sort((one, other) => one.process.startedUs - other.process.startedUs)) {
    const known = index.get(lastOf(each.at));
    if (known === undefined) index.set(lastOf(each.at), [each]);
    else known.push(each);
  }
  return index;
}
