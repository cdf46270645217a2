// Whether a file is still what its writer would make: what that one relied on is
// compared with what is there now. A tool that compares times may not know: a file
// that comes back older than what was made of it has another content.

import type { Digest } from "../base/digest.ts";
import type { Entry } from "../cache/entry.ts";
import { contentOf, decodeStates } from "../cache/facts.ts";
import type { Ground } from "./ground.ts";
import type { Trace, TracedProcess } from "./trace.ts";

/** So many files are read for one answer. */
const COMPARED_MAX = 4096;

export interface Since {
  /** Tokens of the workspace that are not what the writer read. */
  readonly inputs: readonly string[];
  /** The file itself is not what the writer left. */
  readonly isOther: boolean;
}

/** The innermost unit around a process that is stored and made that file. */
function madeBy(at: string, writer: TracedProcess, trace: Trace, ground: Ground): Entry | null {
  const byImage = new Map(trace.traced.map((process) => [process.image, process]));
  for (let process: TracedProcess | undefined = writer; process !== undefined; process = byImage.get(process.parent)) {
    const { fate } = process;
    const entry = fate.kind === "stored" || fate.kind === "replayed" ? ground.records.entry(fate.strongKey) : null;
    if (entry?.effects.some((effect) => effect.at === at) === true) return entry;
  }
  return null;
}

/** Null: not known. */
export function since(at: string, writer: TracedProcess, trace: Trace, ground: Ground): Since | null {
  const entry = madeBy(at, writer, trace, ground);
  const set = entry === null ? null : ground.records.set(entry.weakKey, entry.set);
  const states = entry === null || set === null ? null : decodeStates(entry.states, set.subjects.length);
  if (entry === null || set === null || states === null) return null;
  const own = new Set<string>(entry.effects.map((effect) => effect.at));
  const asked: { readonly at: string; readonly was: Digest }[] = [];
  for (const [index, { name, kind }] of set.subjects.entries()) {
    const state = states[index];
    const was = state === undefined || (kind !== "content" && kind !== "timed") ? null : contentOf(state);
    if (was !== null && name.startsWith("\x01W") && !own.has(name) && asked.length < COMPARED_MAX) asked.push({ at: name, was });
  }
  const effect = entry.effects.find((each) => each.at === at);
  const [itself, ...now] = ground.contentNow([at, ...asked.map((each) => each.at)]);
  return {
    inputs: asked.filter(({ was }, index) => now[index] !== was).map((each) => each.at),
    isOther: effect?.kind === "file" && itself !== effect.content,
  };
}
