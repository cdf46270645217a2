// The first thing in which a unit that ran again did not do what its entry says.
// Every doubt whether the two began in the same state ends the comparison: an
// entry must not be blamed for what somebody changed meanwhile.

import { byteOrder } from "../base/path.ts";
import { ok, type Failure, type Result } from "../base/result.ts";
import type { Store } from "../store/store.ts";
import type { Effect, Entry } from "./entry.ts";
import { isAboutPath, type Fact, type State, type Subject } from "./facts.ts";
import { decodeOutput } from "./output.ts";
import type { Token } from "./roots.ts";
import type { Checked } from "./verify.ts";

export type Deviation =
  | { readonly kind: "exit-code"; readonly expected: number; readonly found: number }
  /** It did not make, or did not remove, what the entry has. */
  | { readonly kind: "missing" | "unexpected"; readonly at: Token }
  | { readonly kind: "type" | "content" | "permissions" | "target" | "names" | "time"; readonly at: Token }
  /** A directory that was moved. */
  | { readonly kind: "moves" }
  /** The position in what went to that stream. */
  | { readonly kind: "output"; readonly stream: 1 | 2; readonly atByte: number }
  /** Each stream has the same bytes; which came first differs. */
  | { readonly kind: "output-order" };

/** What of an entry is compared; instead of the name of the output its bytes, which may be of another store. */
export interface Done extends Pick<Entry, "exitCode" | "moves" | "effects"> {
  /** As encodeOutput gives them. */
  readonly output: Buffer;
}

export function doneOf({ exitCode, moves, effects, output }: Entry, store: Pick<Store, "getBlob">): Result<Done, Failure> {
  const bytes = output === null ? ok(Buffer.alloc(0)) : store.getBlob(output);
  return bytes.ok ? ok({ exitCode, moves, effects, output: bytes.value }) : bytes;
}

const nameOf = ({ kind, name }: Subject): string => `${kind}\0${name}`;

/** A fact that was not the same for both, of those that both know; null when there is none. Whether there is something at a path is known to all that speak of it. */
export function changedFact(before: Pick<Checked, "subjects" | "states">, facts: readonly Fact[]): Subject | null {
  const states = new Map<string, State | undefined>(before.subjects.map((subject, index) => [nameOf(subject), before.states[index]]));
  const absences = new Map(before.subjects.filter(isAboutPath).map(({ kind, name }) => [name, kind === "missing"]));
  const changed = facts.find(({ subject, state }) => {
    const wasMissing = isAboutPath(subject) ? absences.get(subject.name) : undefined;
    if (wasMissing !== undefined && wasMissing !== (subject.kind === "missing")) return true;
    return states.has(nameOf(subject)) && states.get(nameOf(subject)) !== state;
  });
  return changed?.subject ?? null;
}

/** Null: the same. The order of times of writing is not compared: two files are written within one tick or not. */
export function firstDeviation(expected: Done, found: Done): Deviation | null {
  if (expected.exitCode !== found.exitCode) return { kind: "exit-code", expected: expected.exitCode, found: found.exitCode };
  const moves = ({ moves: list }: Done): string => list.map(({ from, to }) => `${from}\0${to}\0`).join("");
  if (moves(expected) !== moves(found)) return { kind: "moves" };
  return effectDeviation(expected, found) ?? outputDeviation(expected.output, found.output);
}

function effectDeviation(expected: Done, found: Done): Deviation | null {
  const before = new Map(expected.effects.map((effect) => [effect.at, effect]));
  const after = new Map(found.effects.map((effect) => [effect.at, effect]));
  for (const at of [...new Set([...before.keys(), ...after.keys()])].sort(byteOrder)) {
    const kind = changeOf(before.get(at), after.get(at));
    if (kind !== null) return { kind, at };
  }
  return null;
}

type Change = Extract<Deviation, { readonly at: Token }>["kind"];

function changeOf(expected: Effect | undefined, found: Effect | undefined): Change | null {
  if (found === undefined || expected === undefined) return found === undefined ? "missing" : "unexpected";
  if (expected.kind === "absent" && found.kind !== "absent") return "unexpected";
  if (expected.kind !== "absent" && found.kind === "absent") return "missing";
  switch (expected.kind) {
    case "absent": return null;
    case "directory": return found.kind !== "directory" ? "type" : expected.permissions === found.permissions ? null : "permissions";
    case "link": return found.kind !== "link" ? "type" : expected.target === found.target ? null : "target";
    case "file": break;
  }
  if (found.kind !== "file") return "type";
  if (expected.content !== found.content) return "content";
  if (expected.permissions !== found.permissions) return "permissions";
  if (expected.group !== found.group) return "names";
  const isSet = expected.time.kind === "set" && found.time.kind === "set";
  return isSet && expected.time.mtimeNs !== found.time.mtimeNs ? "time" : null;
}

function outputDeviation(expected: Buffer, found: Buffer): Deviation | null {
  if (expected.equals(found)) return null;
  for (const stream of [1, 2] as const) {
    const [before, after] = [streamOf(expected, stream), streamOf(found, stream)];
    if (!before.equals(after)) return { kind: "output", stream, atByte: firstDifferentByte(before, after) };
  }
  return { kind: "output-order" };
}

function streamOf(output: Buffer, stream: 1 | 2): Buffer {
  const chunks = decodeOutput(output);
  return Buffer.concat(chunks.ok ? chunks.value.filter((chunk) => chunk.stream === stream).map(({ bytes }) => bytes) : []);
}

function firstDifferentByte(before: Buffer, after: Buffer): number {
  const at = before.findIndex((byte, index) => byte !== after[index]);
  return at === -1 ? before.length : at;
}
