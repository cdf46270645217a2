// How rustc finds crates: it lists the directories of -L and looks at those names
// that belong to a crate it needs. Cargo compiles several crates into one such
// directory at once, so all of its names are never the same twice. Of a unit in
// which nothing ran but rustc and linkers, only the names count that belong to
// the libraries it relied on: a crate that is needed and not found is an error,
// and such a unit is not stored. Source: rustc_metadata, "locator".

import { resolve } from "node:path";
import { isAbsPath, type AbsPath } from "../base/path.ts";
import type { Subject } from "./facts.ts";
import { areOverwriters, isListed, type ProgramList } from "./programs.ts";

const SEARCHERS: ProgramList = { reason: "takes from the directories it searches only names of crates that it needs", names: new Set(["rustc"]) };

/** What stands before the path in -L. */
const KIND = /^(?:dependency|crate|native|framework|all)=/;

const NOWHERE: ReadonlySet<AbsPath> = new Set();

/** Directories in which only the names of libraries count. */
export function searchedBy(programs: readonly string[], argv: readonly string[], cwd: AbsPath): ReadonlySet<AbsPath> {
  const [program = ""] = programs;
  if (!isListed(SEARCHERS, program) || !areOverwriters(programs)) return NOWHERE;
  const searched = new Set<AbsPath>();
  for (const [at, argument] of argv.entries()) {
    const value = argv[at - 1] === "-L" ? argument : argument.startsWith("-L") ? argument.slice(2) : "";
    const path = resolve(cwd, value.replace(KIND, ""));
    if (value !== "" && isAbsPath(path)) searched.add(path);
  }
  return searched;
}

/** A crate's name has neither "-" nor "."; behind it cargo puts a hash. */
const LIBRARY = /\/lib([^-./]+)(?:-[^./]*)?\.(?:rlib|rmeta|so)$/;

/** The crates among what a unit relied on, by name. */
export function librariesAmong(subjects: readonly Subject[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { kind, name } of subjects) {
    const crate = kind === "content" || kind === "timed" ? LIBRARY.exec(name)?.[1] : undefined;
    if (crate !== undefined) found.add(crate);
  }
  return found;
}

/** Of a listing (u8 d_type, name, NUL)* what rustc may take for one of these crates. Where there is an .rmeta it reads that first, and the .rlib beside it may still be on its way. */
export function candidatesIn(names: string, crates: ReadonlySet<string>): string {
  const candidates = names.split("\0").filter((entry) => crates.has(/^.lib([^-.]+)[-.]/s.exec(entry)?.[1] ?? ""));
  const all = new Set(candidates.map((entry) => entry.slice(1)));
  return candidates.filter((entry) => !entry.endsWith(".rlib") || !all.has(`${entry.slice(1, -".rlib".length)}.rmeta`)).map((entry) => `${entry}\0`).join("");
}
