// What one image changed, and which of some names it looked at, out of the bytes of
// its ledger. Most records are looks at what nobody asks about: those are stepped
// over by their heads. Damage ends the reading: a trace may know less, never more.

import { posix } from "node:path";
import { isAbsPath, type AbsPath } from "../base/path.ts";
import { wordsOf, WORD_BYTES } from "../ledger/decode.ts";
import { ALIGN_BYTES, FIELDS, HEAD_BYTES, readRecord, type LedgerRecord } from "../ledger/layout.ts";
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
  for (const chunk of chunks) {
    const words = wordsOf(chunk);
    for (let at = 0; at + HEAD_BYTES <= chunk.length;) {
      const size = words[at / WORD_BYTES] ?? 0;
      if (size < HEAD_BYTES || size % ALIGN_BYTES !== 0 || at + size > chunk.length) break;
      const kind = (words[at / WORD_BYTES + 1] ?? 0) & 0xffff;
      const isChange = CHANGES.has(kind);
      if (isChange || (watched.size > 0 && LOOKS.has(kind))) {
        const record = readRecord(kind, chunk.readUInt16LE(at + 6), 0, chunk, at + HEAD_BYTES, at + size);
        if (record !== null && isChange) note(record, changes);
        else if (record !== null) look(record, watched, looked);
      }
      at += size;
    }
  }
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
