// Why an entry did not hold: the first fact that differs, in words a message
// can be made of.

import type { State, Subject } from "./facts.ts";
import { ABSENT, OTHER, UNKNOWN } from "./facts.ts";

export type Change =
  | "appeared" | "gone" | "content" | "permissions" | "owner" | "time" | "names" | "target" | "type" | "unreadable"
  | "set" | "unset" | "value" | "place";

export interface Difference {
  /** A token, a variable's name, or a root's letter; "" for the environment as a whole. */
  readonly name: string;
  readonly kind: Subject["kind"];
  readonly what: Change;
}

/** With both answers: the names in a directory are told apart by theirs. */
export interface Detailed extends Difference {
  readonly was: State;
  readonly now: State;
}

/** All of them, in order of the set. */
export function allDifferences(subjects: readonly Subject[], was: readonly State[], now: readonly State[]): Detailed[] {
  return subjects.flatMap((subject, index) => {
    const [before, after] = [was[index], now[index]];
    if (before === undefined || after === undefined || before === after) return [];
    return [{ name: subject.name, kind: subject.kind, what: changeOf(subject, before, after), was: before, now: after }];
  });
}

/** In order of the set; null when nothing differs. */
export function firstDifference(subjects: readonly Subject[], was: readonly State[], now: readonly State[]): Difference | null {
  for (const [index, subject] of subjects.entries()) {
    const before = was[index];
    const after = now[index];
    if (before === undefined || after === undefined || before === after) continue;
    return { name: subject.name, kind: subject.kind, what: changeOf(subject, before, after) };
  }
  return null;
}

function changeOf(subject: Subject, was: State, now: State): Change {
  if (now === UNKNOWN) return "unreadable";
  switch (subject.kind) {
    case "missing": return "appeared";
    case "denied": return now === ABSENT ? "gone" : "appeared";
    case "variable": return was === ABSENT ? "set" : now === ABSENT ? "unset" : "value";
    case "libc-variables": case "all-variables": return "value";
    case "root": return "place";
    default: break;
  }
  if (now === ABSENT) return "gone";
  if (now === OTHER || now[0] !== was[0]) return "type";
  switch (subject.kind) {
    case "listed": case "searched": return "names";
    case "link": return "target";
    case "type": return "type";
    case "permissions": return "permissions";
    default: break;
  }
  // "F", digest (32 bytes), permissions (2), time (8), owner: see timedState.
  if (was.slice(0, 33) !== now.slice(0, 33)) return "content";
  if (was.slice(33, 35) !== now.slice(33, 35)) return "permissions";
  return was.slice(35, 43) === now.slice(35, 43) ? "owner" : "time";
}
