// Which packages of the workspace a package depends on. A dependency is on a member
// when the package manager would link it there: by protocol, by path, or by a range
// that the member's version satisfies. A range that it does not satisfy is installed
// from the registry, and is nobody's order.

import semver from "semver";
import type { AbsPath } from "../base/path.ts";
import type { Package, Workspace } from "./discover.ts";
import { below, type Dependency } from "./manifest.ts";

/** "npm:b@^1" -> b, ^1. "npm:@s/b" -> @s/b, "". */
const ALIAS = /^npm:(@?[^@]+)(?:@(.*))?$/;
const PATH_PROTOCOL = /^(?:file|link|portal):(.*)$/;

class Members {
  readonly #byName: ReadonlyMap<string, Package>;
  readonly #byFolder: ReadonlyMap<AbsPath, Package>;

  constructor({ packages }: Workspace) {
    this.#byName = new Map(packages.map((each) => [each.name, each]));
    this.#byFolder = new Map(packages.map((each) => [each.folder, each]));
  }

  of(from: Package, { name, spec }: Dependency): Package | null {
    const path = PATH_PROTOCOL.exec(spec)?.[1];
    if (path !== undefined) return this.#at(from, path);
    if (spec.startsWith("workspace:")) return this.#inWorkspace(from, name, spec.slice("workspace:".length));
    if (/^\.{1,2}\//.test(spec)) return this.#at(from, spec);
    const alias = ALIAS.exec(spec);
    if (alias !== null) return this.#satisfying(alias[1] ?? name, alias[2] ?? "*");
    return this.#satisfying(name, spec);
  }

  /** "workspace:*", "workspace:^", "workspace:^1.0.0", "workspace:../b", "workspace:b@*". */
  #inWorkspace(from: Package, name: string, rest: string): Package | null {
    if (/^\.{0,2}\//.test(rest)) return this.#at(from, rest);
    const alias = /^(@?[^@]+)@/.exec(rest)?.[1];
    return this.#byName.get(alias ?? name) ?? null;
  }

  #at(from: Package, path: string): Package | null {
    const folder = path.startsWith("/") ? below("/" as AbsPath, path) : below(from.folder, path);
    return folder === null ? null : (this.#byFolder.get(folder) ?? null);
  }

  #satisfying(name: string, range: string): Package | null {
    const member = this.#byName.get(name);
    if (member === undefined) return null;
    const { version } = member.manifest;
    // Tags ("latest") and "" mean whatever there is; a member without a version satisfies only those.
    if (semver.validRange(range) === null) return /^[a-z][\w.-]*$/i.test(range) ? member : null;
    if (range === "" || range === "*") return member;
    return version !== null && semver.satisfies(version, range, { includePrerelease: true }) ? member : null;
  }
}

/** Of each package the names of those that it depends on directly, itself never. In the order in which they are written. */
export function linksOf(workspace: Workspace): ReadonlyMap<string, readonly string[]> {
  const members = new Members(workspace);
  const links = new Map<string, readonly string[]>();
  for (const from of workspace.packages) {
    const names = new Set<string>();
    for (const dependency of from.manifest.dependencies) {
      const to = members.of(from, dependency);
      if (to !== null && to !== from) names.add(to.name);
    }
    links.set(from.name, [...names]);
  }
  return links;
}
