// Variables of processes, so that a later run can say which of them differs: names
// in the clear, of values a short digest with a salt of the workspace's own. What
// never counts as a fact (terminals, sessions, Fathom's own) is not there either.

import { sha256 } from "../base/digest.ts";
import { toBuffer } from "../base/path.ts";
import { Environment, isQuestion, isVolatile } from "../cache/environment.ts";
import { ABSENT } from "../cache/facts.ts";
import type { Roots } from "../cache/roots.ts";
import { VARIABLE_BYTES, type TraceEncoder } from "./encode.ts";

/** Kept for comparing with the next process, and for finding the same variable again: 8 MB at most. */
const KNOWN_BYTES_MAX = 8 * 1024 * 1024;

export class Variables {
  readonly #encoder: Pick<TraceEncoder, "pair" | "environment">;
  readonly #roots: Roots;
  readonly #salt: Buffer;
  readonly #pairs = new Map<string, number>();
  /** By the number of the pair. */
  readonly #names: string[] = [];
  #pairBytes = 0;
  readonly #environments = new Map<string, number>();
  #environmentBytes = 0;
  #last: { readonly variables: readonly string[]; readonly number: number } = { variables: [], number: 0 };

  constructor(encoder: Pick<TraceEncoder, "pair" | "environment">, roots: Roots, salt: Buffer) {
    this.#encoder = encoder;
    this.#roots = roots;
    this.#salt = salt;
  }

  /** The number of an environment; 0: it is not kept. */
  environment(variables: readonly string[]): number {
    if (isSame(variables, this.#last.variables)) return this.#last.number;
    const number = this.#known(variables);
    this.#last = { variables, number };
    return number;
  }

  #known(variables: readonly string[]): number {
    const pairs: number[] = [];
    for (const variable of variables) {
      const pair = this.#pairs.get(variable) ?? this.#pair(variable);
      if (pair === null) return 0;
      if (pair !== UNCOUNTED) pairs.push(pair);
    }
    const key = pairs.join(" ");
    const known = this.#environments.get(key);
    if (known !== undefined) return known;
    if (this.#environmentBytes + key.length > KNOWN_BYTES_MAX) return 0;
    this.#environmentBytes += key.length;
    const number = this.#encoder.environment(this.#once(pairs));
    this.#environments.set(key, number);
    return number;
  }

  /** The first of two with one name counts, as in getenv(3). */
  #once(pairs: readonly number[]): ReadonlySet<number> {
    const seen = new Set<string>();
    return new Set(pairs.filter((pair) => {
      const name = this.#names[pair] ?? "";
      return !seen.has(name) && seen.add(name).size > 0;
    }));
  }

  /** Null: there were too many different ones. */
  #pair(variable: string): number | null {
    this.#pairBytes += variable.length;
    if (this.#pairBytes > KNOWN_BYTES_MAX) return null;
    const name = nameOf(variable);
    const counts = name !== "" && !isVolatile(name) && !isQuestion(name);
    const digest = counts ? variableDigest(variable, this.#roots, this.#salt) : null;
    const pair = digest === null ? UNCOUNTED : this.#encoder.pair(name, digest);
    if (pair !== UNCOUNTED) this.#names[pair] = name;
    this.#pairs.set(variable, pair);
    return pair;
  }
}

/** A variable that is never a fact. */
const UNCOUNTED = -1;

/** Null: it counts as not set. */
export function variableDigest(variable: string, roots: Roots, salt: Buffer): string | null {
  const name = nameOf(variable);
  const state = new Environment([variable], roots).variable(name);
  if (state === ABSENT) return null;
  return sha256(Buffer.concat([salt, toBuffer(`${name}\0${state}`)])).toString("hex", 0, VARIABLE_BYTES);
}

export interface VariableChange {
  readonly name: string;
  readonly what: "set" | "unset" | "value";
}

/** Sorted by name. */
export function changedVariables(was: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): readonly VariableChange[] {
  const changes: VariableChange[] = [];
  for (const [name, before] of was) {
    const after = now.get(name);
    if (before !== after) changes.push({ name, what: after === undefined ? "unset" : "value" });
  }
  for (const name of now.keys()) if (!was.has(name)) changes.push({ name, what: "set" });
  return changes.sort((one, other) => (one.name < other.name ? -1 : 1));
}

const nameOf = (variable: string): string => variable.slice(0, Math.max(0, variable.indexOf("=")));

const isSame = (one: readonly string[], other: readonly string[]): boolean => one.length === other.length && one.every((value, index) => value === other[index]);

/** Of an environment that is in no trace yet. */
export function digestsOf(variables: readonly string[], roots: Roots, salt: Buffer): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  const seen = new Set<string>();
  for (const variable of variables) {
    const name = nameOf(variable);
    if (name === "" || seen.has(name) || isVolatile(name) || isQuestion(name)) continue;
    seen.add(name);
    const digest = variableDigest(variable, roots, salt);
    if (digest !== null) digests.set(name, digest);
  }
  return digests;
}
