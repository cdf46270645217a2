// The numbers that a trace writes for words. Append only; never renumber.

import type { Change } from "../cache/differences.ts";
import { kindCode, kindOf, type SubjectKind } from "../cache/facts.ts";
import type { Passed } from "../run/tracing.ts";
import type { ChangeKind } from "./trace.ts";

export const TAG = { began: 1, ended: 2, came: 3, missed: 4, changed: 5, looked: 6, touched: 7, took: 8, used: 9, failed: 10, unplanned: 11 } as const;
export const FATE = { planned: 1, replayed: 2, stored: 3, refused: 4, passed: 5 } as const;
export const MISS = { differs: 1, gone: 2, "not-replayed": 3, verified: 4 } as const;

export const COUNTERS = { unread: 0, error: 1, read: 2 } as const;

/** By position. */
export const CHANGE_KINDS: readonly ChangeKind[] = ["wrote", "removed", "made", "renamed", "mode"];

const PASSED: readonly Passed[] = [
  "comparator", "failed", "temporary-name", "trivial", "handed-on", "part", "bound", "uncached", "barren", "not-storing", "deviation", "unknown-end",
];
const CHANGES: readonly Change[] = [
  "appeared", "gone", "content", "permissions", "time", "names", "target", "type", "unreadable", "set", "unset", "value", "place", "owner",
];

/** From 1 on: 0 is no word. */
const codesOf = <Word>(words: readonly Word[]): ReadonlyMap<Word, number> => new Map(words.map((word, index) => [word, index + 1]));

export const PASSED_CODES = codesOf(PASSED);
export const CHANGE_CODES = codesOf(CHANGES);
export const SUBJECT_CODES: { get(kind: SubjectKind): number | undefined } = { get: (kind) => kindCode(kind) };

export const passedOf = (code: number): Passed | undefined => PASSED[code - 1];
export const changeFrom = (code: number): Change | undefined => CHANGES[code - 1];
export const subjectOf = (code: number): SubjectKind | undefined => kindOf(code);
