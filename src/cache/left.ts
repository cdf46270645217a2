// What a task has left here since the tree was last that of one of its versions
// alone: the one that is replayed next may take it away. Only what they made
// where nothing was is theirs; what they changed or removed was somebody's before,
// and cannot be given back. Of a command that is no task nobody knows whether the
// same with another variable is a version of it, or makes what is wanted as well.

import { EFFECTS_LEFT_MAX, NAME_BYTES_MAX } from "./limits.ts";
import { decodeEffect, decodeToken, encodeEffect, type Effect, type Entry } from "./entry.ts";
import type { Token } from "./roots.ts";
import type { Reader, Writer } from "./wire.ts";

export interface Left {
  /** Whose. Empty: nothing is left of any. */
  readonly task: string;
  /** As it was written last. Absences are never among these. */
  readonly made: readonly Effect[];
  /** What was there before and was changed, removed or moved. */
  readonly changed: readonly Token[];
}

export const NOTHING_LEFT: Left = { task: "", made: [], changed: [] };

/** What an entry has just done here. */
export interface Change {
  /** Null: it is no task. */
  readonly task: string | null;
  readonly entry: Pick<Entry, "effects" | "moves">;
  /** Where nothing was. */
  readonly created: ReadonlySet<Token>;
  /** What was taken away of what was left; null: nothing was. */
  readonly taken: ReadonlySet<Token> | null;
}

/** Null: more than is kept, or not one task's, so that nothing is ever taken away. */
export function leftAfter(before: Left | null, { task, entry, created, taken }: Change): Left | null {
  if (before === null || task === null) return before?.task === "" ? before : null;
  if (before.task !== "" && before.task !== task) return null;
  const own = new Set([...created, ...before.made.map(({ at }) => at)]);
  for (const at of before.changed) own.delete(at); // Removed before, and made again.
  const made = new Map<Token, Effect>(before.made.flatMap((effect) => (taken?.has(effect.at) === true ? [] : [[effect.at, effect]])));
  const changed = new Set<Token>(taken === null ? before.changed : []);
  for (const effect of entry.effects) {
    if (!own.has(effect.at)) changed.add(effect.at);
    else if (effect.kind === "absent") made.delete(effect.at);
    else made.set(effect.at, effect);
  }
  for (const { from, to } of entry.moves) changed.add(from).add(to);
  return made.size + changed.size > EFFECTS_LEFT_MAX ? null : { task, made: [...made.values()], changed: [...changed] };
}

export function encodeLeft(writer: Writer, left: Left | null): void {
  writer.u8(left === null ? 0 : 1);
  if (left === null) return;
  writer.text(left.task).u32(left.made.length);
  for (const effect of left.made) encodeEffect(writer, effect);
  writer.u32(left.changed.length);
  for (const at of left.changed) writer.text(at);
}

export function decodeLeft(reader: Reader): Left | null {
  if (reader.u8() === 0) return null;
  const task = reader.text(NAME_BYTES_MAX);
  const made: Effect[] = [];
  const changed: Token[] = [];
  for (let count = reader.count(EFFECTS_LEFT_MAX, 3); count > 0 && !reader.isDamaged; count--) made.push(decodeEffect(reader));
  for (let count = reader.count(EFFECTS_LEFT_MAX, 4); count > 0 && !reader.isDamaged; count--) changed.push(decodeToken(reader));
  return { task, made, changed };
}
