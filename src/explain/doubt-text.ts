// What a person reads for each reason not to store a unit. The codes are listed
// in docs/reference/failures.md.

import { toText } from "../base/path.ts";
import type { Doubt } from "../ledger/footprint.ts";
import { REASONS } from "../ledger/layout.ts";

const TEXTS: ReadonlyMap<string, string> = new Map([
  ...[...REASONS.values()].map(({ code, text }) => [code, text] as const),
  ["appeared-during-run", "a file that it looked for appeared while it ran"],
  ["blob-missing", "the store was emptied while it was stored"],
  ["changed-after-run", "something else changed what it made before that could be stored"],
  ["changed-during-run", "a file that it used changed while it ran"],
  ["coarse-times", "a file that it used is new, and its file system keeps times in whole seconds"],
  ["changed-while-stored", "one of its files changed while it was stored"],
  ["directory-move", "it moved a directory in a way that cannot be replayed"],
  ["foreign-change", "something else changed its files while it ran"],
  ["hard-link", "it changed a file that has other names"],
  ["incomplete", "part of what it did is not known"],
  ["inherited-descriptor", "it was given an open file that cannot be observed"],
  ["input-overwritten", "it overwrote a file that it had read"],
  ["killed", "it, or a program that it started, was killed"],
  ["left-running", "it left a process running"],
  ["listing-lost", "what it saw in a directory is not known"],
  ["output-too-large", "it printed more than is kept"],
  ["path-loop", "it followed a loop of links"],
  ["path-too-long", "it used a path longer than the system allows"],
  ["program-changed", "its program changed while it ran"],
  ["program-gone", "its program is gone"],
  ["foreign-program", "it is a program of another kind, and what runs it is not known"],
  ["special-file", "it made a pipe, a socket or a device"],
  ["stdin", "it read its standard input"],
  ["store-write-failed", "the store could not be written"],
  ["too-much", "it did more than is kept"],
  ["unreadable", "one of its files cannot be read"],
  ["unknown-end", "nobody saw how it ended"],
]);

export function doubtText({ code, detail }: Doubt): string {
  const text = TEXTS.get(code) ?? code;
  return detail === "" || detail === text ? text : `${text} (${toText(detail)})`;
}
