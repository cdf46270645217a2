// Which packages are meant: the syntax of pnpm's and turbo's --filter.
//
//   name   @scope/*   ./folder   {folder}   [since]   name{folder}[since]
//   ...x   x and what depends on it        x...   x and what it depends on
//   ^ between "..." and x: without x itself        !x: not these
//   x...[since]   those of x that changed, or of which a dependency did (as turbo)
//
// scripts/selection.ts compares it with both.

import picomatch from "picomatch";
import { isWithin, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { packageAround, type Package, type Workspace } from "./discover.ts";
import { ROOT_NAME } from "./graph.ts";
import { below, shown } from "./manifest.ts";
import { perhaps } from "./nearest.ts";

export interface Selector {
  readonly text: string;
  readonly isExclusion: boolean;
  readonly withDependents: boolean;
  readonly withDependencies: boolean;
  /** Of a selector with "...": without those that it names, where nothing else that it names leads to them. */
  readonly withoutSelf: boolean;
  readonly name: string | null;
  readonly folder: string | null;
  /** Changed since this commit, or in this range: "main", "HEAD~2...HEAD". */
  readonly since: string | null;
  /** With `since`: also where only something that it depends on changed. */
  readonly sinceBelow: boolean;
}

const PARTS = /^([^{}[\]]*?)(?:\{([^{}]*)\})?(?:(\.{3})?\[([^[\]]+)\])?$/;
/** A path may have braces and brackets of its own. */
const PATH_PARTS = /^(\.{1,2}(?:\/.*?)?)()(?:(\.{3})?\[([^[\]]+)\])?$/;

export function parseSelector(text: string): Result<Selector, Failure> {
  const isExclusion = text.startsWith("!");
  let rest = isExclusion ? text.slice(1) : text;
  const withDependents = rest.startsWith("...");
  if (withDependents) rest = rest.slice(3);
  const withoutSelfBefore = withDependents && rest.startsWith("^");
  if (withoutSelfBefore) rest = rest.slice(1);
  const withDependencies = rest.endsWith("...") && !rest.endsWith("/...");
  if (withDependencies) rest = rest.slice(0, -3);
  const withoutSelfAfter = withDependencies && rest.endsWith("^");
  if (withoutSelfAfter) rest = rest.slice(0, -1);
  const isFolder = /^\.{1,2}(\/|$)/.test(rest);
  const parts = (isFolder ? PATH_PARTS : PARTS).exec(rest);
  const [, word = "", braced = "", below, since] = parts ?? [];
  if (parts === null || (word === "" && braced === "" && (since === undefined || below !== undefined))) {
    return fail({ code: "filter-invalid", message: `Cannot understand --filter="${text}"`, advice: "For instance: --filter=web, --filter=\"./packages/*\", --filter=\"...[main]\", --filter=\"!docs\"" });
  }
  return ok({
    text, isExclusion, withDependents, withDependencies, withoutSelf: withoutSelfBefore || withoutSelfAfter,
    name: word === "" || isFolder ? null : word, folder: isFolder ? word : braced === "" ? null : braced, since: since ?? null, sinceBelow: below !== undefined,
  });
}

/** Files that differ: paths of the workspace that a person or a commit changed. */
export type ChangedSince = (since: string) => Result<readonly AbsPath[], Failure>;

export interface Selecting {
  readonly workspace: Workspace;
  readonly links: ReadonlyMap<string, readonly string[]>;
  /** The folder that relative selectors begin from. */
  readonly from: AbsPath;
  readonly changedSince: ChangedSince;
}

/** As pnpm and turbo: "*" is any text, slashes too, and nothing else is special. */
function namedBy(pattern: string, packages: readonly Package[]): readonly Package[] {
  const matching = (text: string): readonly Package[] => {
    const expression = new RegExp(`^${text.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")).join(".*")}$`);
    return packages.filter(({ name, manifest }) => expression.test(name) || expression.test(manifest.name ?? name));
  };
  const found = matching(pattern);
  if (found.length > 0 || pattern.includes("/")) return found;
  // Without its scope, where only one has it.
  const scoped = matching(`@*/${pattern}`);
  return scoped.length === 1 ? scoped : [];
}

/** The folder itself, and not what is below it, as pnpm and turbo: that is "folder/**". */
function inFolder(pattern: string, packages: readonly Package[], from: AbsPath): readonly Package[] {
  if (!/[*?[\]{}]/.test(pattern)) {
    const folder = below(from, pattern);
    return packages.filter((each) => each.folder === folder);
  }
  const [, up = "", rest = ""] = /^((?:\.{1,2}\/+)*)(.*?)\/*$/.exec(pattern) ?? [];
  const base = below(from, up);
  const matches = picomatch(rest);
  return base === null ? [] : packages.filter((each) => each.folder !== base && isWithin(each.folder, base) && matches(shown(each.folder, base)));
}

function changed(since: string, packages: readonly Package[], { workspace, changedSince }: Selecting): Result<readonly Package[], Failure> {
  const files = changedSince(since);
  if (!files.ok) return files;
  const owners = new Set<Package>();
  for (const file of files.value) {
    const owner = packageAround(workspace, file);
    // What belongs to no package may be read by each of them; what was observed tells which, later.
    if (owner === null) return ok(packages);
    owners.add(owner);
  }
  return ok(packages.filter((each) => owners.has(each)));
}

/** Everything that can be reached, without where it began. */
function reach(begin: readonly string[], next: (name: string) => readonly string[]): Set<string> {
  const found = new Set<string>();
  const left = [...begin];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    for (const each of next(name)) {
      if (found.has(each)) continue;
      found.add(each);
      left.push(each);
    }
  }
  return found;
}

export function dependentsOf(links: ReadonlyMap<string, readonly string[]>): (name: string) => readonly string[] {
  const back = new Map<string, string[]>();
  for (const [from, names] of links) for (const to of names) back.set(to, [...(back.get(to) ?? []), from]);
  return (name) => back.get(name) ?? [];
}

/** The root is meant by its name, as "//", and as its folder; by no pattern. */
function candidates({ name, folder }: Selector, { workspace, from }: Selecting): readonly Package[] {
  const { packages, rootPackage, root } = workspace;
  if (packages.includes(rootPackage)) return packages;
  const isOfMember = packages.some((each) => each.name === name);
  if (name === ROOT_NAME || (name === rootPackage.name && !isOfMember) || (folder !== null && below(from, folder) === root)) return [{ ...rootPackage, name: ROOT_NAME }];
  return packages;
}

function adviceFor({ name, folder, text }: Selector, { workspace, from }: Selecting): string {
  const above = folder === null ? null : below(from, folder);
  if (folder !== null && above !== null && workspace.packages.some((each) => isWithin(each.folder, above))) return `For the packages below that folder: --filter="${text.replace(folder, `${folder.replace(/\/+$/, "")}/**`)}"`;
  const names = workspace.packages.map((each) => each.name);
  return perhaps(name ?? "", names, `The packages are ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", ..." : ""}`);
}

function meant(selector: Selector, selecting: Selecting): Result<readonly Package[], Failure> {
  const { workspace, from } = selecting;
  let found = candidates(selector, selecting);
  if (selector.name !== null && found[0]?.name !== ROOT_NAME) found = namedBy(selector.name, found);
  if (selector.folder !== null) found = inFolder(selector.folder, found, from);
  if (found.length > 0) return ok(found);
  return fail({ code: "filter-matches-nothing", message: `Cannot find what --filter="${selector.text}" means in "${toText(workspace.root)}"`, advice: adviceFor(selector, selecting) });
}

function changedOf(selector: Selector, found: readonly Package[], selecting: Selecting): Result<readonly Package[], Failure> {
  if (selector.since === null) return ok(found);
  if (!selector.sinceBelow) return changed(selector.since, found, selecting);
  const all = changed(selector.since, selecting.workspace.packages, selecting);
  if (!all.ok) return all;
  const names = new Set(all.value.map(({ name }) => name));
  return ok(found.filter(({ name }) => names.has(name) || [...reach([name], (each) => selecting.links.get(each) ?? [])].some((other) => names.has(other))));
}

function matching(selector: Selector, selecting: Selecting): Result<Set<string>, Failure> {
  const { links } = selecting;
  const named = meant(selector, selecting);
  if (!named.ok) return named;
  const found = changedOf(selector, named.value, selecting);
  if (!found.ok) return found;
  const own = found.value.map(({ name }) => name);
  const names = new Set(selector.withoutSelf ? [] : own);
  if (selector.withDependencies) for (const name of reach(own, (each) => links.get(each) ?? [])) names.add(name);
  // As pnpm and turbo: "...x..." are the dependents, and the dependencies of all of them.
  if (selector.withDependents) {
    const dependents = reach(own, dependentsOf(links));
    for (const name of dependents) names.add(name);
    if (selector.withDependencies) for (const name of reach([...dependents], (each) => links.get(each) ?? [])) names.add(name);
  }
  return ok(names);
}

/** Names of the chosen packages, in the order of the workspace. No filter: all of them. */
export function select(filters: readonly string[], selecting: Selecting): Result<readonly string[], Failure> {
  const selectors: Selector[] = [];
  for (const text of filters) {
    const parsed = parseSelector(text);
    if (!parsed.ok) return parsed;
    selectors.push(parsed.value);
  }
  const all = selecting.workspace.packages.map(({ name }) => name);
  const chosen = new Set(selectors.every(({ isExclusion }) => isExclusion) ? all : []);
  for (const selector of [...selectors.filter(({ isExclusion }) => !isExclusion), ...selectors.filter(({ isExclusion }) => isExclusion)]) {
    const found = matching(selector, selecting);
    if (!found.ok) return found;
    for (const name of found.value) {
      if (selector.isExclusion) chosen.delete(name);
      else chosen.add(name);
    }
  }
  return ok([ROOT_NAME, ...all].filter((name) => chosen.has(name)));
}
