// Which packages are meant: the syntax of pnpm's and turbo's --filter.
//
//   name   @scope/*   ./folder   {folder}   [since]   name{folder}[since]
//   ...x   x and what depends on it        x...   x and what it depends on
//   ^ between "..." and x: without x itself        !x: not these

import picomatch from "picomatch";
import { isWithin, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { packageAround, type Package, type Workspace } from "./discover.ts";
import { below, shown } from "./manifest.ts";
import { perhaps } from "./nearest.ts";

export interface Selector {
  readonly text: string;
  readonly isExclusion: boolean;
  readonly withDependents: boolean;
  readonly withDependencies: boolean;
  /** Of a selector with "...": without those that it names. */
  readonly withoutSelf: boolean;
  readonly name: string | null;
  readonly folder: string | null;
  /** Changed since this commit, or in this range: "main", "HEAD~2...HEAD". */
  readonly since: string | null;
}

const PARTS = /^([^{}[\]]*)(?:\{([^{}]*)\})?(?:\[([^[\]]+)\])?$/;

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
  const parts = PARTS.exec(rest);
  const [, word = "", braced, since] = parts ?? [];
  if (parts === null || rest === "") {
    return fail({ code: "filter-invalid", message: `Cannot understand --filter="${text}"`, advice: "For instance: --filter=web, --filter=\"./packages/*\", --filter=\"...[main]\", --filter=\"!docs\"" });
  }
  const isFolder = /^\.{1,2}(\/|$)/.test(word);
  return ok({
    text, isExclusion, withDependents, withDependencies, withoutSelf: withoutSelfBefore || withoutSelfAfter,
    name: word === "" || isFolder ? null : word, folder: braced ?? (isFolder ? word : null), since: since ?? null,
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

function namedBy(pattern: string, packages: readonly Package[]): readonly Package[] {
  const exact = packages.filter(({ name }) => name === pattern);
  if (exact.length > 0) return exact;
  if (/[*?[\]{}]/.test(pattern)) {
    const matches = picomatch(pattern.includes("/") ? pattern : `{${pattern},@*/${pattern}}`);
    return packages.filter(({ name }) => matches(name));
  }
  // As pnpm: a name without its scope, where only one has it.
  const scoped = pattern.includes("/") ? [] : packages.filter(({ name }) => name.endsWith(`/${pattern}`));
  return scoped.length === 1 ? scoped : [];
}

function inFolder(pattern: string, packages: readonly Package[], { from, workspace }: Selecting): readonly Package[] {
  const isGlob = /[*?[\]{}]/.test(pattern);
  const base = pattern.startsWith(".") ? from : workspace.root;
  if (!isGlob) {
    const folder = below(base, pattern);
    return folder === null ? [] : packages.filter((each) => isWithin(each.folder, folder));
  }
  const matches = picomatch(pattern.replace(/^\.\//, "").replace(/\/$/, ""));
  return packages.filter((each) => matches(shown(each.folder, base)));
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

function matching(selector: Selector, selecting: Selecting): Result<Set<string>, Failure> {
  const { workspace, links } = selecting;
  let found: readonly Package[] = workspace.packages;
  if (selector.name !== null) found = namedBy(selector.name, found);
  if (selector.folder !== null) found = inFolder(selector.folder, found, selecting);
  if (found.length === 0) {
    const names = workspace.packages.map(({ name }) => name);
    const advice = perhaps(selector.name ?? "", names, `The packages are ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", ..." : ""}`);
    return fail({ code: "filter-matches-nothing", message: `Cannot find what --filter="${selector.text}" means in "${toText(workspace.root)}"`, advice });
  }
  if (selector.since !== null) {
    const since = changed(selector.since, found, selecting);
    if (!since.ok) return since;
    found = since.value;
  }
  const own = found.map(({ name }) => name);
  const names = new Set(selector.withoutSelf ? [] : own);
  if (selector.withDependencies) for (const name of reach(own, (each) => links.get(each) ?? [])) names.add(name);
  // As pnpm and turbo: "...x..." are the dependents, and the dependencies of all of them.
  if (selector.withDependents) {
    const dependents = reach(own, dependentsOf(links));
    for (const name of dependents) names.add(name);
    if (selector.withDependencies) for (const name of reach([...dependents], (each) => links.get(each) ?? [])) names.add(name);
  }
  if (selector.withoutSelf) for (const name of own) names.delete(name);
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
  return ok(all.filter((name) => chosen.has(name)));
}
