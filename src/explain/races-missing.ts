// Files that a target is made from and that its rule does not name: when such a file
// changes, the build tool does not know that the target is to be made again. What was
// read is what the store knows of the units that ran; what the rule names, however
// far away, is the tool's own word.

import { byteOrder, toText } from "../base/path.ts";
import { readsOf } from "./races-accesses.ts";
import { textOf, type Declared, type TaskTarget } from "./declared.ts";
import { OWN_CACHES } from "./races-benign.ts";
import type { Forest } from "./races-forest.ts";
import type { Ground } from "./ground.ts";
import { CHANGES, DID } from "./touch.ts";
import type { TracedProcess } from "./trace.ts";

export interface MissingInput {
  readonly target: TaskTarget;
  readonly task: TracedProcess;
  /** Tokens. */
  readonly paths: readonly string[];
}

/** What compilers write for the build tool to read. */
const DEPENDENCIES = /\.(d|dep|P|Po|Plo|Tpo)$/;
/** What CMake writes together with the rules. */
const WITH_RULES = /\/CMakeFiles\/.*\/cmake_clean(_target)?\.cmake$/;

export interface MissingInputs {
  readonly found: readonly MissingInput[];
  /** Units of these targets of which the store has no entry any more. */
  readonly lost: number;
}

export function missingInputs(forest: Forest, declared: Declared, ground: Pick<Ground, "records" | "roots">): MissingInputs {
  const byTarget = new Map<string, { readonly target: TaskTarget; readonly tasks: TracedProcess[] }>();
  for (const process of forest.trace.traced) {
    const target = declared.targetOf(process);
    if (target === null || target.target.isPhony) continue;
    const key = `${target.graph.folder}\0${target.name}`;
    const known = byTarget.get(key);
    if (known === undefined) byTarget.set(key, { target, tasks: [process] });
    else known.tasks.push(process);
  }
  const found: MissingInput[] = [];
  let lost = 0;
  for (const { target, tasks } of byTarget.values()) {
    const [task] = tasks;
    const all = tasks.flatMap((each) => [...forest.below(each)]);
    // A recipe that starts a build tool has that one's rules beside its own.
    if (task === undefined || all.some((process) => forest.isScheduler(process))) continue;
    const made = new Set(writtenBy(all, ground));
    if (![...made].some((at) => textOf(at, ground.roots) === target.name)) continue;
    const reads = readsOf(all, ground);
    lost += reads.lost;
    const paths = [...reads.paths].filter((at) => at.startsWith("\x01W/") && !made.has(at) && !DEPENDENCIES.test(at) && !WITH_RULES.test(at) && !OWN_CACHES.test(toText(at)))
      .filter((at) => !isScope(at, reads.paths, all))
      .filter((at) => { const path = textOf(at, ground.roots); return !target.graph.ownFiles.has(path) && target.graph.learned.get(target.name)?.has(path) !== true && !declared.waitsFor(target, path); });
    if (paths.length === 0) continue;
    const reader = tasks.find((each) => { const own = readsOf(forest.below(each), ground).paths; return paths.some((at) => own.has(at)); });
    found.push({ target, task: reader ?? task, paths: paths.sort(byteOrder) });
  }
  return { found, lost };
}

/** Node looks in it for what kind of module a script is, whatever that one does with it: nobody names it for that. */
function isScope(at: string, reads: ReadonlySet<string>, processes: readonly TracedProcess[]): boolean {
  const folder = at.endsWith("/package.json") ? at.slice(0, -"package.json".length) : null;
  return folder !== null && processes.some(({ program }) => /\/node$/.test(program)) && [...reads].some((path) => path.startsWith(folder) && /\.[cm]?[jt]s$/.test(path));
}

/** Tokens, some of them twice: what the trace tells first, for reading entries takes longer. Not what was only removed: "clean" makes nothing. */
export function* writtenBy(processes: Iterable<TracedProcess>, { records }: Pick<Ground, "records">): Generator<string> {
  const all = [...processes];
  for (const { changes, touched } of all) {
    for (const { at, how } of changes) if (how !== "removed") yield at;
    for (const { at, did } of touched) if ((did & CHANGES & ~DID.removed) !== 0) yield at;
  }
  for (const { fate } of all) {
    const entry = fate.kind === "stored" || fate.kind === "replayed" ? records.entry(fate.strongKey) : null;
    for (const { at, kind } of entry?.effects ?? []) if (kind !== "absent") yield at;
  }
}
