// What compilers told a make whose rules CMake wrote: they leave a file beside what they
// make, and CMake puts these into Makefiles at the beginning of the next build. Make's data
// base does not have them until then.

import { posix } from "node:path";
import type { DeclaredGraph } from "./declared-graph.ts";

/** CMake's own, one in the folder of each target; it includes what it learned by that name. */
const LEARNED_HERE = /\/compiler_depend\.make$/;

/** `read`: a file as text, or null. */
export function withCMakeDepends(graph: DeclaredGraph, read: (path: string) => string | null): DeclaredGraph {
  const folders = [...graph.ownFiles].filter((file) => LEARNED_HERE.test(file)).map((file) => posix.dirname(file));
  if (folders.length === 0) return graph;
  const learned = new Map(graph.learned);
  for (const target of graph.targets.keys()) {
    const text = folders.some((folder) => target.startsWith(`${folder}/`)) ? read(`${target}.d`) : null;
    if (text !== null) learned.set(target, inputsIn(text, graph.folder));
  }
  return { ...graph, learned };
}

/** "a.o: a.c b\ b.h \", as gcc and clang write it for make. */
function inputsIn(text: string, folder: string): ReadonlySet<string> {
  const plain = text.replaceAll("\\\n", " ");
  const words = plain.slice(plain.indexOf(": ") + 1).match(/(?:\\.|[^\s\\])+/g) ?? [];
  return new Set(words.map((word) => posix.resolve(folder, word.replaceAll(/\\([ #\\])/g, "$1").replaceAll("$$", "$"))));
}
