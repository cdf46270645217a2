// What of views is said, as lines and as JSON. Paths are shown from the workspace's root.

import { digestOf } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import { absPath, toText, type AbsPath } from "../base/path.ts";
import { conflictText, type Change, type Conflict, type Decision } from "../view/decide.ts";
import { effectsOf, type Effect } from "../view/effects.ts";
import { textOf, unifiedDiff } from "../view/lines.ts";
import type { Seen } from "../view/seen.ts";
import type { Stale } from "../view/stale.ts";
import { typeOf } from "../base/signature.ts";
import { plural } from "../explain/words.ts";

/** What fits on a screen, with a question below it. */
const LINES_MAX = 30;
/** Names in one sentence. */
const NAMES_MAX = 5;

const KINDS = ["added", "modified", "renamed", "deleted", "mode", "rewritten", "conflict"] as const;

function effectLine(effect: Effect): string {
  const name = effect.kind.padEnd(9);
  switch (effect.kind) {
    case "renamed": return `  ${name} ${toText(effect.from)} -> ${toText(effect.path)}`;
    case "conflict": return `  ${name} ${toText(effect.path)} (${effect.reason})`;
    case "added": case "modified": case "deleted": case "mode": case "rewritten": return `  ${name} ${toText(effect.path)}`;
  }
}

export function effectLines(effects: readonly Effect[], isWhole: boolean): readonly string[] {
  // What has the content that it had is in the count.
  const told = effects.filter(({ kind }) => kind !== "rewritten");
  const shown = isWhole ? told : told.slice(0, LINES_MAX);
  return [...shown.map(effectLine), ...(told.length > shown.length ? [`  ... and ${String(told.length - shown.length)} more`] : [])];
}

/** "2 added, 1 modified". */
export function countText(effects: readonly Effect[]): string {
  const counts = KINDS.map((kind) => ({ kind, count: effects.filter((effect) => effect.kind === kind).length })).filter(({ count }) => count > 0);
  const word = (kind: Effect["kind"], count: number): string => (kind === "mode" ? "with another mode" : kind === "rewritten" ? "written again with the same content" : kind === "conflict" && count > 1 ? "conflicts" : kind);
  return counts.length === 0 ? "nothing changed" : counts.map(({ kind, count }) => `${String(count)} ${word(kind, count)}`).join(", ");
}

export function seenText({ isWhole, reads }: Seen): string {
  return isWhole ? `read ${plural(reads.length, "file", "files")} of the workspace` : `read at least ${plural(reads.length, "file", "files")} of the workspace: not all of it was seen`;
}

/** Null: nothing that is there now was changed outside. */
export function outsideText({ changedOutside }: Seen, disk: Disk): string | null {
  const there = changedOutside.filter((path) => disk.isThere(absPath(path)));
  if (there.length === 0) return null;
  const more = there.length > NAMES_MAX ? ` and ${String(there.length - NAMES_MAX)} more` : "";
  return `changed outside the workspace, where a view keeps nothing back: ${there.slice(0, NAMES_MAX).map((path) => `"${toText(path)}"`).join(", ")}${more}`;
}

/** Of a view that stands on what the workspace was. */
export function meanwhileText(changed: readonly string[]): string {
  const more = changed.length > NAMES_MAX ? ` and ${String(changed.length - NAMES_MAX)} more` : "";
  return `changed in the workspace while the command ran, which may have seen it so or as it was: ${changed.slice(0, NAMES_MAX).map((path) => `"${toText(path)}"`).join(", ")}${more}`;
}

export function staleText(stale: readonly Stale[]): string | null {
  if (stale.length === 0) return null;
  const by = [...new Set(stale.flatMap(({ by: view }) => (view === null ? [] : [`"${view}"`])))];
  const more = stale.length > NAMES_MAX ? ` and ${String(stale.length - NAMES_MAX)} more` : "";
  const whose = by.length === 0 ? "" : ` (by the commit of ${by.join(", ")})`;
  return `built on what has changed since${whose}: ${stale.slice(0, NAMES_MAX).map(({ path }) => `"${toText(path)}"`).join(", ")}${more}. Nothing conflicts, but what was made of it may be wrong now`;
}

export function conflictLines(conflicts: readonly Conflict[]): readonly string[] {
  const more = conflicts.length > LINES_MAX ? [`  ... and ${String(conflicts.length - LINES_MAX)} more`] : [];
  return [...conflicts.slice(0, LINES_MAX).map((conflict) => `  ${conflictText(conflict)}`), ...more];
}

export const conflictJson = ({ path, reason }: Conflict): object => ({ path: toText(path), reason });

/** Of the files that are text, as `diff -u`; of the others one line. */
export function* diffLines({ changes }: Decision, workspace: AbsPath, disk: Disk): Generator<string> {
  for (const change of changes) {
    const [old, fresh] = [contentBefore(change, workspace, disk), contentAfter(change, disk)];
    if (old === undefined || fresh === undefined) continue;
    const name = toText(change.path);
    const [before, after] = [old === null ? "" : textOf(old), fresh === null ? "" : textOf(fresh)];
    if (before === null || after === null) yield `Binary or large: ${name}${fresh === null ? " (deleted)" : old === null ? " (added)" : ""}`;
    else {
      const lines = unifiedDiff(before, after);
      if (lines.length === 0) continue;
      yield `--- ${old === null ? "/dev/null" : `a/${name}`}`;
      yield `+++ ${fresh === null ? "/dev/null" : `b/${name}`}`;
      for (const line of lines) yield toText(line);
    }
  }
}

/** Null: nothing is there. Undefined: nothing to compare. */
function contentBefore(change: Change, workspace: AbsPath, disk: Disk): Buffer | null | undefined {
  if (change.kind !== "put" && change.kind !== "remove") return undefined;
  if (change.before === null) return null;
  if (typeOf(change.before) !== "file") return undefined;
  const read = disk.readFile(absPath(`${workspace}/${change.path}`));
  return read.ok ? read.value : undefined;
}

function contentAfter(change: Change, disk: Disk): Buffer | null | undefined {
  if (change.kind === "remove") return null;
  if (change.kind !== "put" || typeOf(change.signature) !== "file") return undefined;
  if (change.merged !== null) return change.merged;
  const read = disk.readFile(change.from);
  return read.ok ? read.value : undefined;
}

export function effectJson(effect: Effect): object {
  const { kind, path } = effect;
  return { kind, path: toText(path), ...(effect.kind === "renamed" ? { from: toText(effect.from) } : {}), ...(effect.kind === "conflict" ? { reason: effect.reason } : {}) };
}

export interface ViewFacts {
  readonly decision: Decision;
  readonly seen: Seen;
  readonly stale: readonly Stale[];
}

/** The same object for `try`, `view diff` and `view commit`. */
export function factsJson({ decision, seen, stale }: ViewFacts, workspace: AbsPath, disk: Disk): object {
  return {
    effects: effectsOf(decision, workspace, disk).map(effectJson),
    reads: seen.reads.map(toText), missing: seen.missing.map(toText), sawAll: seen.isWhole,
    changedOutside: seen.changedOutside.map(toText), replayed: seen.replayed, ran: seen.ran,
    stale: stale.map(({ path, by }) => ({ path: toText(path), by })),
  };
}

/** A short name that no other view has. */
export const freshName = (kind: string, nowNs: bigint, pid: number): string => `${kind}-${digestOf(Buffer.from(`${String(nowNs)} ${String(pid)}`)).slice(0, 6)}`;
