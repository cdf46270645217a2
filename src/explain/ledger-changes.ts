// What one image changed: what is left of it at the end, under the last name.

import { isAbsPath, type AbsPath } from "../base/path.ts";
import type { LedgerRecord } from "../ledger/layout.ts";
import { plain } from "./ledger-reading.ts";
import type { ChangeKind } from "./trace.ts";

export interface LedgerChange {
  readonly how: ChangeKind;
  readonly path: AbsPath;
}

/** Mode, of what CHANGED says. Source: native/ledger.def. */
const MODE = 1;

export function changesOf(records: readonly LedgerRecord[]): readonly LedgerChange[] {
  const changes = new Map<string, ChangeKind>();
  for (const record of records) note(record, changes);
  return pathsOf(changes);
}

/** As the supervisor tells them in few words: a letter and the path, in the order in which they were made. */
export function changesFrom(told: readonly string[]): readonly LedgerChange[] {
  const changes = new Map<string, ChangeKind>();
  for (const each of told) {
    const path = plain(each.slice(1));
    const how = LETTERS.get(each.charAt(0));
    if (how === "removed") gone(path, changes);
    else if (how !== undefined) changes.set(path, how);
  }
  return pathsOf(changes);
}

/** Source: native/protocol.def. */
const LETTERS: ReadonlyMap<string, ChangeKind> = new Map([["w", "wrote"], ["r", "removed"], ["m", "made"], ["n", "renamed"]]);

const pathsOf = (changes: ReadonlyMap<string, ChangeKind>): readonly LedgerChange[] => [...changes].flatMap(([text, how]) => (isAbsPath(text) ? [{ how, path: text }] : []));

function note(record: LedgerRecord, changes: Map<string, ChangeKind>): void {
  switch (record.kind) {
    case "wrote": changes.set(plain(record.path), "wrote"); return;
    case "made-dir": case "made-link": changes.set(plain(record.path), "made"); return;
    case "linked": changes.set(plain(record.to), "made"); return;
    case "removed": gone(plain(record.path), changes); return;
    case "renamed":
      gone(plain(record.from), changes);
      changes.set(plain(record.to), "renamed");
      return;
    case "changed": {
      const path = plain(record.path);
      if ((record.what & MODE) !== 0 && !changes.has(path)) changes.set(path, "mode");
      return;
    }
    default: return;
  }
}

/** What it made itself and removed again is nobody's business. */
function gone(path: string, changes: Map<string, ChangeKind>): void {
  if (changes.get(path) === undefined) changes.set(path, "removed");
  else changes.delete(path);
}
