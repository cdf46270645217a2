// In which folder a build tool works, and by which file: where it was started, and from
// there what its own words say ("make -C src -f rules.mk"). Its rules are known by these.
// What it was asked for stands among the same words.

import { posix } from "node:path";
import { toText } from "../base/path.ts";
import type { Roots } from "../cache/roots.ts";
import type { TracedProcess } from "./trace.ts";

/** Letters of options without a value may stand before it in one word: "-skC src". Of make and ninja. */
const CHANGE = /^(?:-[bBdeikLnpqrRsStvw]*C(.*)|--directory(?:=(.*))?)$/;
const FILE = /^(?:-[bBdeikLnpqrRsStvw]*f(.*)|--(?:make)?file(?:=(.*))?)$/;

export function buildFolder({ cwd, argv }: Pick<TracedProcess, "cwd" | "argv">, roots: Pick<Roots, "locate" | "locateText">): string {
  let folder = toText(roots.locate(cwd) ?? cwd);
  for (const [index, word] of argv.entries()) {
    const told = index === 0 ? null : CHANGE.exec(word);
    const value = told === null ? undefined : told[1] || told[2] || argv[index + 1];
    if (value !== undefined) folder = posix.resolve(folder, toText(roots.locateText(value) ?? value));
  }
  return folder;
}

/** Null: none was named. */
export function namedMakefile({ argv }: Pick<TracedProcess, "argv">, folder: string, roots: Pick<Roots, "locateText">): string | null {
  for (const [index, word] of argv.entries()) {
    const told = index === 0 ? null : FILE.exec(word);
    const value = told === null ? undefined : told[1] || told[2] || argv[index + 1];
    if (value !== undefined) return posix.resolve(folder, toText(roots.locateText(value) ?? value));
  }
  return null;
}

/** What GNU make takes where none is named. */
export const MAKEFILES = ["GNUmakefile", "makefile", "Makefile"];

/** Of make: the next word is its value. */
const TAKES_WORD = /^(?:-[bBdeikLnpqrRsStvw]*[CfIoWE]|--(?:directory|(?:make)?file|include-dir|old-file|assume-old|what-if|new-file|assume-new|eval))$/;
const TAKES_NUMBER = /^-[bBdeikLnpqrRsStvw]*[jl]$/;

/** What make was asked for by name. */
export function goalsOf({ argv }: Pick<TracedProcess, "argv">, folder: string, roots: Pick<Roots, "locateText">): readonly string[] {
  const goals: string[] = [];
  for (let at = 1; at < argv.length; at += 1) {
    const [word = "", next = ""] = argv.slice(at, at + 2);
    if (TAKES_WORD.test(word) || (TAKES_NUMBER.test(word) && /^[\d.]+$/.test(next))) at += 1;
    else if (!word.startsWith("-") && !word.includes("=")) goals.push(posix.resolve(folder, toText(roots.locateText(word) ?? word)));
  }
  return goals;
}
