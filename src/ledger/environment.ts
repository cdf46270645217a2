// Which variables a unit relied on. A descendant's variable counts when it came
// in from outside: when it has the value that the unit's root was started with.

import { byteOrder } from "../base/path.ts";
import type { EnvironmentUse } from "./footprint.ts";
import type { ImageStart } from "./image.ts";
import { EXEC_UNTAPPED, STREAM, type LedgerRecord } from "./layout.ts";
import { isUnameAsked, machineQuestions } from "./machine.ts";

export interface VariablesRead {
  /** Any variable may have been read. */
  readonly isAll: boolean;
  /** "NAME=value", or "NAME" where it was not set. */
  readonly entries: ReadonlySet<string>;
}

/** The first of two equal names counts, as for getenv(3). */
function valuesOf(env: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const entry of env) {
    const cut = entry.indexOf("=", 1);
    const name = cut < 0 ? entry : entry.slice(0, cut);
    if (!values.has(name)) values.set(name, entry);
  }
  return values;
}

const nameOf = (read: string): string => {
  const cut = read.indexOf("=", 1);
  return cut < 0 ? read : read.slice(0, cut);
};

export function variablesReadBy({ kind, names }: EnvironmentUse, env: readonly string[]): VariablesRead {
  const values = valuesOf(env);
  return { isAll: kind === "all", entries: new Set(names.map((name) => values.get(name) ?? name)) };
}

/** Questions about stdout and stderr, by descriptor. Source: native/ledger.h */
export const OUTPUT_IS_NULL = [null, "\x01stdout-is-null", "\x01stderr-is-null"] as const;

/**
 * What one image was seen to read. What it says to /dev/null is not recorded, so it is an answer only for who says it there.
 * `programs`: its names, as programNames gives them.
 */
export function readsIn(start: ImageStart, programs: readonly string[], records: readonly LedgerRecord[]): EnvironmentUse {
  let isAll = (start.flags & EXEC_UNTAPPED) !== 0;
  const names: string[] = [];
  const asks: number[] = [];
  for (const [fd, name] of OUTPUT_IS_NULL.entries()) if (name !== null && start.streams[fd]?.kind === STREAM.null) names.push(name);
  for (const [at, record] of records.entries()) {
    if (record.kind === "env-all") isAll = true;
    if (record.kind === "env") {
      if (isUnameAsked(record.name)) asks.push(at);
      else names.push(record.name);
    }
  }
  names.push(...machineQuestions(start, programs, records, asks));
  return { kind: isAll ? "all" : "names", names };
}

/** Reads of all images of a unit whose root was started with `env`, its own included. */
export function variablesFrom(outside: readonly string[], reads: readonly VariablesRead[]): VariablesRead {
  const values = valuesOf(outside);
  const entries = new Set<string>();
  for (const read of reads) {
    for (const entry of read.entries) {
      const name = nameOf(entry);
      if ((values.get(name) ?? name) === entry) entries.add(entry);
    }
  }
  return { isAll: reads.some(({ isAll }) => isAll), entries };
}

export const environmentUse = ({ isAll, entries }: VariablesRead): EnvironmentUse => ({
  kind: isAll ? "all" : "names",
  names: [...entries].map(nameOf).sort(byteOrder),
});

/** One for all. */
export const together = (variables: readonly VariablesRead[]): VariablesRead => ({
  isAll: variables.some(({ isAll }) => isAll),
  entries: new Set(variables.flatMap(({ entries }) => [...entries])),
});
