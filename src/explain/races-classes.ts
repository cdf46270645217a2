// What kind of fault a conflict is, by what both did, and what mends it. The class is a
// guess at the cause by its form; who, where and when is not.

import type { ConflictClass } from "./races-answer.ts";
import type { Declared } from "./declared.ts";
import type { DeclaredGraph } from "./declared-graph.ts";
import type { Conflict } from "./races-conflicts.ts";
import type { Forest } from "./races-forest.ts";
import { CHANGES, DID } from "./touch.ts";
import type { TracedProcess } from "./trace.ts";

/** What a compiler names in the dependencies that it writes. */
const HEADER = /\.(h|hh|hpp|hxx|inc|inl)$/;
const has = (did: number, bits: number): boolean => (did & bits) !== 0;

export function classOf(conflict: Conflict, forest: Forest, declared: Declared): ConflictClass {
  if (ruleOfBoth(conflict, declared) !== null) return "several-targets";
  const { writing, using, writer, other } = conflict;
  if (!has(writing.did, CHANGES)) return "listing";
  if (has(using.did, CHANGES)) return classOfTwo(conflict, forest);
  if (has(writing.did, DID.made) && !has(writing.did, DID.removed) && !has(using.did, DID.read | DID.listed | DID.sought)) return "made-twice";
  if (!has(using.did, DID.read | DID.listed) && has(using.did, DID.sought)) return has(writing.did, DID.removed) && !has(writing.did, DID.wrote | DID.updated | DID.published) ? "removed-while-used" : "absence";
  if (!has(using.did, DID.read)) return "time-only";
  if (has(writing.did, DID.removed) && !has(writing.did, DID.created) && !isMovedOnto(conflict)) return "removed-while-used";
  return isReadMeanwhile(conflict) && forest.overlap(writer, other) ? "read-while-written" : "missing-edge";
}

/** The one rule with several targets whose recipe both belong to; null: it is none. In one of static patterns ("a.o b.o: %.o: %.c") each target has prerequisites of its own. */
export function ruleOfBoth({ writer, other }: Pick<Conflict, "writer" | "other">, declared: Declared): string | null {
  const [one, two] = [declared.targetOf(writer)?.target ?? null, declared.targetOf(other)?.target ?? null];
  if (one === null || two === null || one.isOfPattern || two.isOfPattern || one.place !== two.place) return null;
  return one.waitsFor.join("\0") === two.waitsFor.join("\0") ? one.place : null;
}

/** Replaced: removed and then made, or another file got the name. */
const isMovedOnto = ({ writing }: Conflict): boolean => has(writing.did, DID.published | DID.wrote);

function classOfTwo({ writing, using, path, writer, other }: Conflict, forest: Forest): ConflictClass {
  if (has(writing.did, DID.made) && has(using.did, DID.made)) return "made-twice";
  if (isSame(writer, other)) return "several-targets";
  if (sharesFolder(writer, other, forest)) return "same-directory";
  const isPassing = (did: number): boolean => has(did, DID.removed) && has(did, DID.created | DID.wrote | DID.published);
  if (path.startsWith("\x01T") || isPassing(writing.did) || isPassing(using.did)) return "shared-temporary-name";
  const isRemoving = (did: number): boolean => has(did, DID.removed) && !has(did, DID.wrote | DID.updated | DID.published | DID.made);
  return isRemoving(writing.did) || isRemoving(using.did) ? "removed-while-used" : "double-write";
}

/** The same command twice. */
const isSame = (one: TracedProcess, other: TracedProcess): boolean => one.cwd === other.cwd && one.argv.length === other.argv.length && one.argv.every((word, at) => word === other.argv[at]);

/** Build tools below both work in one and the same folder. */
function sharesFolder(one: TracedProcess, other: TracedProcess, forest: Forest): boolean {
  const folders = (task: TracedProcess): ReadonlySet<string> => new Set([...forest.below(task)].filter((process) => forest.isScheduler(process)).map(({ cwd }) => cwd));
  const first = folders(one);
  return [...folders(other)].some((folder) => first.has(folder));
}

/** It was opened while the writer still had it open, as far as that is known: from its first change to the end of the process. */
function isReadMeanwhile({ writing, using }: Conflict): boolean {
  return writing.accesses.some(({ process, touch }) => touch.changed !== null && !has(touch.did, DID.published) &&
    using.accesses.some(({ touch: { looked } }) => looked !== null && touch.changed !== null && looked[1] > touch.changed[0] && (process.order === null || process.order.ended === 0 || looked[0] < process.order.ended)));
}

/** `other` and `writer` are named as a person would find them. */
export function suggestionFor(kind: ConflictClass, { paths, writer, other }: { readonly paths: readonly string[]; readonly writer: string; readonly other: string }): string {
  const path = paths[0] ?? "";
  switch (kind) {
    case "missing-edge": case "read-while-written": return `Make ${other} wait for ${writer}: name "${path}" among what it depends on`;
    case "double-write": return `Let one of the two make "${path}", and the other one wait for it; or give each a name of its own`;
    case "several-targets": return "One rule with several targets runs once for each of them: make it a grouped target (\"a b &: ...\", GNU make 4.3), or let the others depend on one of them";
    case "same-directory": return "Two builds work in one folder at the same time: start it once, and let both wait for that";
    case "shared-temporary-name": return `Give each its own name in place of "${path}", such as from mktemp, or the target's name with a suffix`;
    case "made-twice": return `Make "${path}" with "mkdir -p", or once in a rule of its own that both wait for`;
    case "removed-while-used": return `Let ${writer} and ${other} not run at the same time: whichever is to come later has to wait for the other, such as in a make of its own`;
    case "listing": return `Name what is in "${path}" one by one, or wait for all that make something there`;
    case "absence": return `Make ${other} wait for ${writer}, or let it not look for "${path}"`;
    case "time-only": return `Make ${other} wait for ${writer}: it compares the time of "${path}"`;
  }
}

/** What compiles: it can tell what it reads. */
const COMPILES = /(^|\/)(cc1(plus|obj|objplus)?|clang[-+.\d]*)$/;

/** `paths` and `target` as the tool's own files would name them. */
export function suggestionForMissing(tool: DeclaredGraph["tool"], paths: readonly string[], target: string, readers: Iterable<TracedProcess>): string {
  const name = `Name ${paths.map((path) => `"${path}"`).join(", ")} among ${tool === "make" ? "the prerequisites" : "the inputs"} of "${target}"`;
  const isToldByCompiler = paths.every((path) => HEADER.test(path)) && [...readers].some(({ program }) => COMPILES.test(program));
  if (!isToldByCompiler) return name;
  return `${name}, or let the compiler ${tool === "make" ? "write them (gcc -MMD, and include the .d files)" : "tell them (gcc -MMD -MF $out.d, depfile = $out.d, deps = gcc)"}`;
}
