// In which folder a build tool works, and by which file: where it was started, and from
// there what its own words say ("make -C src -f rules.mk"). Its rules are known by these.

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
