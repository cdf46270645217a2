// Which process of an earlier run this one was, where its command is another now. No
// rule of a build is known here: it is the one most like it that has no counterpart
// in the present run. That is a guess with reasons, and is called consistent, not certain.

import { toText } from "../base/path.ts";
import type { Roots } from "../cache/roots.ts";
import type { Evidence } from "./answer.ts";
import { mostLike } from "./lost.ts";
import type { Trace, TracedProcess } from "./trace.ts";
import { pathText } from "./words.ts";

/** Less than half in common is another command. */
const LIKENESS_MIN = 0.5;
/** All but one word of five: older runs are not asked as well. */
const LIKENESS_ENOUGH = 0.8;

/** The one most like it of all earlier runs, in the newest of those that have one. */
export function predecessorOf(process: TracedProcess, trace: Trace, earlier: Iterable<Trace>): { readonly process: TracedProcess; readonly trace: Trace } | null {
  let found: { readonly process: TracedProcess; readonly trace: Trace; readonly likeness: number } | null = null;
  for (const before of earlier) {
    const alike = mostLike(process, trace, before);
    if (alike === null || alike.likeness < LIKENESS_MIN || (found !== null && alike.likeness <= found.likeness)) continue;
    found = { ...alike, trace: before };
    if (found.likeness >= LIKENESS_ENOUGH) break;
  }
  return found;
}

const evidence = (kind: Evidence["kind"], name: string, what: Evidence["what"], text: string): Evidence => ({ kind, name, what, text, readBy: [], writtenBy: null, names: null });

/** What of two commands is not the same, in the order in which it stands there. */
export function commandChanges(was: TracedProcess, now: TracedProcess, roots: Pick<Roots, "locateText">): readonly Evidence[] {
  const shown = (argument: string): string => `"${toText(roots.locateText(argument) ?? argument)}"`;
  const changes: Evidence[] = [];
  if (was.program !== now.program) changes.push(evidence("argument", pathText(now.program), "replaced", `the program is "${pathText(now.program)}", not "${pathText(was.program)}"`));
  if (was.cwd !== now.cwd) changes.push(evidence("directory", pathText(now.cwd), "replaced", `it runs in "${pathText(now.cwd)}", not in "${pathText(was.cwd)}"`));
  for (const { removed, added } of argumentChanges(was.argv, now.argv)) {
    if (removed.length === 1 && added.length === 1) changes.push(evidence("argument", toText(added[0] ?? ""), "replaced", `the argument ${shown(added[0] ?? "")} was ${shown(removed[0] ?? "")}`));
    else {
      for (const argument of removed) changes.push(evidence("argument", toText(argument), "removed", `the argument ${shown(argument)} is gone`));
      for (const argument of added) changes.push(evidence("argument", toText(argument), "added", `the argument ${shown(argument)} is new`));
    }
  }
  if (was.isSlight || now.isSlight) return changes;
  if (was.umask !== now.umask) changes.push(evidence("umask", now.umask.toString(8), "replaced", `the umask is ${now.umask.toString(8).padStart(4, "0")}, not ${was.umask.toString(8).padStart(4, "0")}`));
  for (const [index, stream] of (["stdout", "stderr"] as const).entries()) {
    if (was.roles[index] !== now.roles[index]) changes.push(evidence("streams", stream, "replaced", `its ${stream} is ${roleText(now.roles[index])}, not ${roleText(was.roles[index])}`));
  }
  return changes;
}

function roleText(role: number | undefined): string {
  switch (role) {
    case 0: return "closed";
    case 2: return "a terminal";
    default: return "a file, a pipe or /dev/null";
  }
}

/** Where two lists differ, between what they have in common. The first words are compared with the last ones cut off. */
function argumentChanges(was: readonly string[], now: readonly string[]): readonly { readonly removed: readonly string[]; readonly added: readonly string[] }[] {
  if (was.length === now.length && was.every((argument, index) => argument === now[index])) return [];
  const rows = was.length + 1;
  const columns = now.length + 1;
  const lengths = new Uint16Array(rows * columns);
  for (let row = was.length - 1; row >= 0; row -= 1) {
    for (let column = now.length - 1; column >= 0; column -= 1) {
      lengths[row * columns + column] = was[row] === now[column]
        ? (lengths[(row + 1) * columns + column + 1] ?? 0) + 1
        : Math.max(lengths[(row + 1) * columns + column] ?? 0, lengths[row * columns + column + 1] ?? 0);
    }
  }
  const changes: { removed: string[]; added: string[] }[] = [];
  let open: { removed: string[]; added: string[] } | null = null;
  for (let row = 0, column = 0; row < was.length || column < now.length;) {
    if (row < was.length && column < now.length && was[row] === now[column]) {
      open = null;
      row += 1;
      column += 1;
      continue;
    }
    if (open === null) changes.push(open = { removed: [], added: [] });
    const down = row < was.length ? (lengths[(row + 1) * columns + column] ?? 0) : -1;
    const right = column < now.length ? (lengths[row * columns + column + 1] ?? 0) : -1;
    if (down >= right) open.removed.push(was[row++] ?? "");
    else open.added.push(now[column++] ?? "");
  }
  return changes;
}
