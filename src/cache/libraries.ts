// How rustc finds the crates that a crate it was given needs: it lists the
// directories of "-L dependency=", and takes the files whose names begin as that
// crate has recorded: lib, the name, "-" and a hash. Cargo compiles several crates
// into one such directory at once, so all of its names are never the same twice. Of
// a unit in which nothing ran but rustc and linkers, only the names count that
// begin as those of the libraries it relied on: a crate that is needed and not
// found is an error, and such a unit is not stored. Directories of any other "-L"
// are searched for whatever the source names, and all of their names count.
// Source: rustc_metadata, "locator" and "creader".

import { resolve } from "node:path";
import { isAbsPath, type AbsPath } from "../base/path.ts";
import type { Subject } from "./facts.ts";
import { areOverwriters, isListed, type ProgramList } from "./programs.ts";

const SEARCHERS: ProgramList = { reason: "takes from the directories it searches only names that it knows", names: new Set(["rustc"]) };

const SEARCHED = /^(?:-L)?dependency=(.+)$/s;

const NOWHERE: ReadonlySet<AbsPath> = new Set();

/** Directories in which only the names of libraries count. */
export function searchedBy(programs: readonly string[], argv: readonly string[], cwd: AbsPath): ReadonlySet<AbsPath> {
  const [program = ""] = programs;
  if (!isListed(SEARCHERS, program) || !areOverwriters(programs)) return NOWHERE;
  const searched = new Set<AbsPath>();
  const others = new Set<AbsPath>();
  for (const [at, argument] of argv.entries()) {
    if (argv[at - 1] !== "-L" && !argument.startsWith("-L")) continue;
    const dependency = SEARCHED.exec(argument)?.[1];
    const path = resolve(cwd, dependency ?? argument.replace(/^-L/, "").replace(/^(?:crate|native|framework|all)=/, ""));
    if (isAbsPath(path)) (dependency === undefined ? others : searched).add(path);
  }
  for (const path of others) searched.delete(path);
  return searched;
}

/** What the names of a library's files have in common: "serde-0a1b2c". */
const LIBRARY = /\/lib([^./]+)\.(?:rlib|rmeta|so)$/;

/** The libraries among what a unit relied on. */
export function librariesAmong(subjects: readonly Subject[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { kind, name } of subjects) {
    const library = kind === "content" || kind === "timed" ? LIBRARY.exec(name)?.[1] : undefined;
    if (library !== undefined) found.add(library);
  }
  return found;
}

/** Where one has no hash, any hash will do. */
const belongs = (stem: string, libraries: ReadonlySet<string>): boolean => libraries.has(stem) || libraries.has(stem.replace(/-.*$/s, ""));

/** Of a listing (u8 d_type, name, NUL)* what rustc may take for one of these. Where there is an .rmeta it reads that first, and the .rlib beside it may still be on its way. */
export function candidatesIn(names: string, libraries: ReadonlySet<string>): string {
  const candidates = names.split("\0").filter((entry) => belongs(/^.lib([^.]+)\./s.exec(entry)?.[1] ?? "", libraries));
  const all = new Set(candidates.map((entry) => entry.slice(1)));
  return candidates.filter((entry) => !entry.endsWith(".rlib") || !all.has(`${entry.slice(1, -".rlib".length)}.rmeta`)).map((entry) => `${entry}\0`).join("");
}
