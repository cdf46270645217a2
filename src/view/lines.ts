// Text as lines, one character a byte: merged three ways, and shown as a unified
// diff. The only file that imports node-diff3.

import { diffIndices, merge } from "node-diff3";

/** Larger files are compared as a whole: nobody reads the diff, and finding it takes seconds. */
export const TEXT_BYTES_MAX = 1024 * 1024;
const LINES_MAX = 20_000;
/** Source: git looks for a NUL in the first 8000 bytes (buffer_is_binary). */
const BINARY_AT_MAX = 8000;
const CONTEXT_LINES = 3;

/** Null: it is not text, or too large. */
export function textOf(bytes: Buffer): string | null {
  return bytes.length > TEXT_BYTES_MAX || bytes.subarray(0, BINARY_AT_MAX).includes(0) ? null : bytes.toString("latin1");
}

/** Each with its end. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Null: the two changed the same lines. */
export function mergedText(view: string, before: string, now: string): string | null {
  const [ours, base, theirs] = [linesOf(view), linesOf(before), linesOf(now)];
  if (Math.max(ours.length, base.length, theirs.length) > LINES_MAX) return null;
  const merged = merge(ours, base, theirs, { excludeFalseConflicts: true });
  return merged.conflict ? null : merged.result.join("");
}

interface Hunk {
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  readonly lines: readonly string[];
}

const shown = (mark: string, line: string): string => (line.endsWith("\n") ? `${mark}${line.slice(0, -1)}` : `${mark}${line}\n\\ No newline at end of file`);
/** Of no lines the place is that of the line before. */
const rangeText = ([at, count]: readonly [number, number]): string => `${String(count === 0 ? at : at + 1)}${count === 1 ? "" : `,${String(count)}`}`;

/** As `diff -u` shows it, without the two lines of names. Empty: no difference. */
export function unifiedDiff(before: string, after: string): readonly string[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  if (Math.max(old.length, fresh.length) > LINES_MAX) return [`(more than ${String(LINES_MAX)} lines)`];
  const hunks: Hunk[] = [];
  let group: { from: number; freshFrom: number; to: number; freshTo: number; lines: string[] } | null = null;
  const close = (): void => {
    if (group === null) return;
    const tail = old.slice(group.to, group.to + CONTEXT_LINES);
    hunks.push({ before: [group.from, group.to + tail.length - group.from], after: [group.freshFrom, group.freshTo + tail.length - group.freshFrom], lines: [...group.lines, ...tail.map((line) => shown(" ", line))] });
    group = null;
  };
  for (const { buffer1: [at, count], buffer2: [freshAt, freshCount] } of diffIndices(old, fresh)) {
    if (group !== null && at - group.to > 2 * CONTEXT_LINES) close();
    const from: number = group?.to ?? Math.max(0, at - CONTEXT_LINES);
    group ??= { from, freshFrom: freshAt - (at - from), to: from, freshTo: freshAt, lines: [] };
    group.lines.push(...old.slice(from, at).map((line) => shown(" ", line)), ...old.slice(at, at + count).map((line) => shown("-", line)), ...fresh.slice(freshAt, freshAt + freshCount).map((line) => shown("+", line)));
    group.to = at + count;
    group.freshTo = freshAt + freshCount;
  }
  close();
  return hunks.flatMap(({ before: was, after: is, lines }) => [`@@ -${rangeText(was)} +${rangeText(is)} @@`, ...lines.flatMap((line) => line.split("\n"))]);
}
