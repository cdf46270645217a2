// In which folder a build tool works: where it was started, and from there what its
// own words say ("make -C src"). Its rules are known by that folder.

import { posix } from "node:path";
import { toText } from "../base/path.ts";
import type { Roots } from "../cache/roots.ts";
import type { TracedProcess } from "./trace.ts";

/** Letters of options without a value may stand before it in one word: "-skC src". Of make and ninja. */
const CHANGE = /^(?:-[bBdeikLnpqrRsStvw]*C(.*)|--directory(?:=(.*))?)$/;

export function buildFolder({ cwd, argv }: Pick<TracedProcess, "cwd" | "argv">, roots: Pick<Roots, "locate" | "locateText">): string {
  let folder = toText(roots.locate(cwd) ?? cwd);
  for (const [index, word] of argv.entries()) {
    const told = index === 0 ? null : CHANGE.exec(word);
    const value = told === null ? undefined : told[1] || told[2] || argv[index + 1];
    if (value !== undefined) folder = posix.resolve(folder, toText(roots.locateText(value) ?? value));
  }
  return folder;
}
