// What one image changed, and which of some names it looked at, out of the bytes of
// its ledger.

import { posix } from "node:path";
import { isAbsPath, type AbsPath } from "../base/path.ts";
import { FIELDS, type LedgerRecord } from "../ledger/layout.ts";
import { decoded, eachRecord } from "./ledger-records.ts";
import type { ChangeKind } from "./trace.ts";

export interface LedgerChange {
  readonly how: ChangeKind;
  readonly path: AbsPath;
}

const CHANGES: ReadonlySet<number> = new Set((["wrote", "removed", "made-dir", "made-link", "linked", "renamed", "changed"] as const).map((kind) => FIELDS[kind].id));
const LOOKS: ReadonlySet<number> = new Set((["opened", "stated", "missing", "readlink", "listed", "typed", "env"] as const).map((kind) => FIELDS[kind].id));
/** Mode, of what CHANGED says. Source: native/ledger.def. */
const MODE = 1;

/** `watched`: absolute paths, and "$NAME" for variables. */
export function readChanges(chunks: readonly Buffer[], watched: ReadonlySet<string>): { readonly changes: readonly LedgerChange[]; readonly looked: readonly string[] } {
  const changes = new Map<string, ChangeKind>();
  const looked = new Set<string>();
  eachRecord(chunks, (raw) => {
    const isChange = CHANGES.has(raw.kind);
    if (!isChange && (watched.size === 0 || !LOOKS.has(raw.kind))) return;
    const record = decoded(raw);
    if (record !== null && isChange) note(record, changes);
    else if (record !== null) look(record, watched, looked);
  });
  return { changes: pathsOf(changes), looked: [...looked] };
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

function look(record: LedgerRecord, watched: ReadonlySet<string>, looked: Set<string>): void {
  const name = record.kind === "env" ? `$${record.name}` : "path" in record ? plain(record.path) : "";
  if (watched.has(name)) looked.add(name);
}

/** Ledgers have paths as programs gave them. By name only: a link on the way stays what it is. */
export const plain = (path: string): string => (!path.startsWith("/") || isAbsPath(path) ? path : posix.resolve(path));
