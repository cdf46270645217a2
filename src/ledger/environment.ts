// Which variables a unit relied on. A descendant's variable counts when it came
// in from outside: when it has the value that the unit's root was started with.

import { byteOrder } from "../base/path.ts";
import type { EnvironmentUse } from "./footprint.ts";
import type { ImageStart } from "./image.ts";
import { EXEC_UNTAPPED, type LedgerRecord } from "./layout.ts";

/** "NAME=value", or "NAME" where it was not set. Null: any variable may have been read. */
export type VariablesRead = ReadonlySet<string> | null;

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

export function variablesReadBy(names: readonly string[] | null, env: readonly string[]): VariablesRead {
  if (names === null) return null;
  const values = valuesOf(env);
  return new Set(names.map((name) => values.get(name) ?? name));
}

/** The names that one image was seen to read; null where that is not known. */
export function namesReadIn(start: ImageStart, records: readonly LedgerRecord[]): string[] | null {
  if ((start.flags & EXEC_UNTAPPED) !== 0) return null;
  const names: string[] = [];
  for (const record of records) {
    if (record.kind === "env-all") return null;
    if (record.kind === "env") names.push(record.name);
  }
  return names;
}

/** Reads of all images of a unit whose root was started with `env`, its own included. */
export function variablesFrom(outside: readonly string[], reads: readonly VariablesRead[]): VariablesRead {
  const values = valuesOf(outside);
  const kept = new Set<string>();
  for (const read of reads) {
    if (read === null) return null;
    for (const entry of read) {
      const name = nameOf(entry);
      if ((values.get(name) ?? name) === entry) kept.add(entry);
    }
  }
  return kept;
}

export function environmentUse(variables: VariablesRead): EnvironmentUse {
  if (variables === null) return { kind: "all" };
  return { kind: "names", names: [...variables].map(nameOf).sort(byteOrder) };
}
