// The cause of one miss in one line, while the run goes on: `fathom run` prints it
// beside the task. Only what is certain: the verdict that let it run gave it.

import type { Digest } from "../base/digest.ts";
import { toText } from "../base/path.ts";
import type { Entry } from "../cache/entry.ts";
import type { Roots } from "../cache/roots.ts";
import { isReadByLibc } from "../cache/environment.ts";
import { passedText, refusalText } from "./outcome.ts";
import { ownDoingText } from "./own-doing.ts";
import { commandChanges } from "./predecessor.ts";
import type { ProcessDifference, ProcessMiss, Trace, TracedProcess } from "./trace.ts";
import { changedVariables, digestsOf } from "./variables.ts";
import { cut, differenceText, inOrder, ownPaths } from "./words.ts";

/** Of a line that is read in passing. */
const SHOWN_MAX = 2;
const LINE_CHARACTERS_MAX = 240;
/** Source: CAUSE_BYTES_MAX in native/supervisor/supervisor.h, with its NUL. */
const LINE_BYTES_MAX = 511;

export interface InlineGround {
  /** The task that wrote a path last in this run. */
  readonly writerOf: (at: string) => string | null;
  /** Of these outputs of its own, those that are there now, and are all that differs; else null. */
  readonly foundOwn: (own: ReadonlySet<string>) => readonly string[] | null;
  readonly roots: Roots;
  readonly salt: Buffer;
  readonly entry: (strongKey: Digest) => Entry | null;
  /** Newest first. */
  readonly earlier: () => Iterable<Trace>;
}

export function inlineCause(miss: ProcessMiss, env: readonly string[], ground: InlineGround): string {
  const text = textOf(miss, env, ground).replace(/[\0-\x1f]/g, "?");
  // Bytes, since the supervisor hands it on.
  return Buffer.from(cut(text, LINE_CHARACTERS_MAX), "utf8").subarray(0, LINE_BYTES_MAX).toString("latin1");
}

function textOf(miss: ProcessMiss, env: readonly string[], ground: InlineGround): string {
  switch (miss.kind) {
    case "gone": return "its entry is not in the store any more";
    case "not-replayed": return `its entry could not be put in place (${miss.code})`;
    case "verified": return "chosen by --verify";
    case "differs": break;
  }
  const own = ownPaths(ground.entry(miss.strongKey));
  const found = ground.foundOwn(own);
  if (found !== null) return ownDoingText(found);
  const ordered = inOrder(miss.differences, own);
  const shown = ordered.slice(0, SHOWN_MAX).map((difference) => {
    const text = differenceText(difference, variablesOf(difference, miss.strongKey, env, ground));
    const writer = difference.kind === "variable" ? null : ground.writerOf(difference.name);
    return writer === null ? text : `${text} (written by ${toText(writer)})`;
  });
  const rest = miss.total - shown.length;
  return `${shown.join("; ")}${rest > 0 ? `; and ${String(rest)} more` : ""}`;
}

/** Null: that run is not kept, or its variables cannot be compared. */
function variablesOf({ kind }: ProcessDifference, strongKey: string, env: readonly string[], { roots, salt, earlier }: InlineGround): readonly string[] | null {
  if (kind !== "all-variables" && kind !== "libc-variables") return null;
  for (const trace of earlier()) {
    const before = trace.traced.find(({ fate }) => (fate.kind === "stored" || fate.kind === "replayed") && fate.strongKey === strongKey);
    if (before === undefined) continue;
    if (before.variables === null || trace.salt !== salt.toString("hex")) return null;
    const changed = changedVariables(before.variables, digestsOf(env, roots, salt)).map(({ name }) => name);
    return kind === "all-variables" ? changed : changed.filter(isReadByLibc);
  }
  return null;
}

export interface NewTask {
  readonly task: string;
  /** With roots as tokens. */
  readonly words: readonly string[];
  readonly folder: string | null;
}

/** Why the store knew nothing of a task's command. `earlier`: newest first. */
export function newCause({ task, words, folder }: NewTask, earlier: Iterable<Trace>, roots: Pick<Roots, "locateText"> | null): string {
  let before: TracedProcess | null = null;
  for (const trace of earlier) {
    const root = trace.traced.find(({ parent }) => parent === 0)?.image;
    const steps = trace.traced.filter((process) => process.task === task && process.parent === root);
    for (const process of steps) {
      const isSame = process.cwd === folder && process.argv.length === words.length && process.argv.every((word, index) => word === words[index]);
      const cause = isSame ? storedCause(process) : null;
      if (cause !== null) return cut(cause, LINE_CHARACTERS_MAX);
    }
    // Of a script with others before and after it nobody knows which one this was.
    if (steps.length === 1) before ??= steps[0] ?? null;
  }
  if (before === null || roots === null || folder === null) return "new: no recorded run has it";
  const [change] = commandChanges(before, { ...before, argv: words, cwd: folder }, roots);
  return cut(change === undefined ? "new: no recorded run has it" : `its command is new: ${change.text}`, LINE_CHARACTERS_MAX);
}

/** The same command was there before, and nothing is stored of it. Null: nobody knows why. */
function storedCause({ fate }: TracedProcess): string | null {
  switch (fate.kind) {
    case "refused": return `last time it could not be stored: ${refusalText(fate)}`;
    case "passed": {
      const text = fate.reason === "trivial" ? "it takes less than 10 ms, and running it is as cheap as asking" : passedText(fate.reason);
      return text === null ? null : fate.reason === "trivial" ? text : `last time it was not stored: ${text}`;
    }
    case "unknown": return null;
    case "stored": case "replayed": case "planned": return "what was stored of it is not in the store any more";
  }
}
