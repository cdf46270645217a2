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
  readonly #pairs = new Map<string, number | null>();
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
    const key = variables.filter((variable) => !isVolatile(nameOf(variable))).join("\0");
    const known = this.#environments.get(key);
    if (known !== undefined) return known;
    if (this.#environmentBytes + key.length > KNOWN_BYTES_MAX) return 0;
    this.#environmentBytes += key.length;
    const pairs = new Set<number>();
    const seen = new Set<string>();
    for (const variable of variables) {
      const name = nameOf(variable);
      if (name === "" || seen.has(name)) continue; // The first of two counts, as in getenv(3).
      seen.add(name);
      const pair = this.#pair(name, variable);
      if (pair !== null) pairs.add(pair);
    }
    const number = this.#encoder.environment(pairs);
    this.#environments.set(key, number);
    return number;
  }

  #pair(name: string, variable: string): number | null {
    const known = this.#pairs.get(variable);
    if (known !== undefined) return known;
    let pair: number | null = null;
    if (!isVolatile(name) && !isQuestion(name) && this.#pairBytes + variable.length <= KNOWN_BYTES_MAX) {
      const digest = variableDigest(variable, this.#roots, this.#salt);
      pair = digest === null ? null : this.#encoder.pair(name, digest);
    }
    this.#pairBytes += variable.length;
    if (this.#pairBytes <= KNOWN_BYTES_MAX) this.#pairs.set(variable, pair);
    return pair;
  }
}

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
  const names = [...new Set([...was.keys(), ...now.keys()])].sort();
  return names.flatMap((name): VariableChange[] => {
    const [before, after] = [was.get(name), now.get(name)];
    if (before === after) return [];
    return [{ name, what: before === undefined ? "set" : after === undefined ? "unset" : "value" }];
  });
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
