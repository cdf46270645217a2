// From the folder one stands in to the workspace: its root, its package manager and
// its packages. A folder with a package.json that no workspace above names is a
// workspace of one package.

import type { Disk } from "../base/disk.ts";
import { isWithin, join, parentOf, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { isSignature } from "../base/signature.ts";
import { readManifest, shown, textAt, type Manifest } from "./manifest.ts";
import { foldersOf } from "./patterns.ts";
import { parseYaml } from "./yaml.ts";

export type Manager = "npm" | "pnpm" | "yarn" | "bun";

export interface Package {
  /** Of package.json; the path below the root where that has none, or one that another package has too. */
  readonly name: string;
  readonly folder: AbsPath;
  readonly manifest: Manifest;
}

export interface Workspace {
  readonly root: AbsPath;
  readonly manager: Manager;
  /** Yarn's Plug'n'Play: there is no node_modules, and only yarn finds the programs of a script. */
  readonly isPnp: boolean;
  /** Sorted by folder. The root first, where it is a package like the others: see `rootPackage`. */
  readonly packages: readonly Package[];
  /** Its scripts are run when asked for by name ("//#build"), or when it is the only package. */
  readonly rootPackage: Package;
}

const PNPM_FILE = "pnpm-workspace.yaml";

function pnpmPatterns(disk: Disk, folder: AbsPath): Result<readonly string[] | null, Failure> {
  const path = join(folder, PNPM_FILE);
  const text = textAt(disk, path);
  if (!text.ok || text.value === null) return text.ok ? ok(null) : text;
  const parsed = parseYaml(text.value);
  if (!parsed.ok) return fail({ code: "workspace-invalid", message: `Cannot read "${toText(path)}": ${parsed.failure}` });
  const { value } = parsed;
  const packages: unknown = typeof value === "object" && value !== null && "packages" in value ? value.packages : [];
  if (Array.isArray(packages) && packages.every((item): item is string => typeof item === "string")) return ok(packages);
  return fail({ code: "workspace-invalid", message: `Cannot use "${toText(path)}": "packages" must be a list of patterns` });
}

/** Null: this folder is the root of no workspace of several packages. */
function patternsAt(disk: Disk, folder: AbsPath, manifest: Manifest | null): Result<readonly string[] | null, Failure> {
  const pnpm = pnpmPatterns(disk, folder);
  if (!pnpm.ok || pnpm.value !== null) return pnpm;
  return ok(manifest?.workspaces ?? null);
}

const LOCK_FILES: readonly (readonly [name: string, manager: Manager])[] = [
  ["pnpm-lock.yaml", "pnpm"], ["bun.lock", "bun"], ["bun.lockb", "bun"], ["yarn.lock", "yarn"], ["package-lock.json", "npm"],
];

function managerOf(disk: Disk, root: AbsPath, manifest: Manifest): Manager {
  const named = /^(npm|pnpm|yarn|bun)@/.exec(manifest.packageManager ?? "")?.[1];
  if (named === "npm" || named === "pnpm" || named === "yarn" || named === "bun") return named;
  const found = disk.signatures([join(root, PNPM_FILE), ...LOCK_FILES.map(([name]) => join(root, name))]).map(isSignature);
  if (found[0] === true) return "pnpm";
  return LOCK_FILES.find((_, index) => found[index + 1] === true)?.[1] ?? "npm";
}

const packageOf = (manifest: Manifest, root: AbsPath): Package => ({ name: manifest.name ?? shown(manifest.folder, root), folder: manifest.folder, manifest });

const isByPath = (spec: string): boolean => /^(?:(?:file|link|portal):|(?:workspace:)?\.{0,2}\/)/.test(spec);

/** Fixtures and examples share names in real workspaces. Such packages are named by their folders, where nobody depends on one of them by its name. */
function toldApart(packages: readonly Package[], root: AbsPath): Result<readonly Package[], Failure> {
  const byName = new Map<string, Package[]>();
  for (const each of packages) byName.set(each.name, [...(byName.get(each.name) ?? []), each]);
  const shared = new Map([...byName].filter(([, all]) => all.length > 1));
  if (shared.size === 0) return ok(packages);
  for (const { folder, manifest } of packages) {
    for (const { name, spec } of manifest.dependencies) {
      const [first, second] = isByPath(spec) ? [] : (shared.get(name) ?? []);
      if (first === undefined || second === undefined) continue;
      return fail({
        code: "package-twice", message: `Cannot tell two packages apart: "${shown(first.folder, root)}" and "${shown(second.folder, root)}" are both named "${name}", and "${shown(folder, root)}" depends on it`,
        advice: `Give one of them another name in its package.json, or name the folder that is meant: "file:..."`,
      });
    }
  }
  return ok(packages.map((each) => (shared.has(each.name) ? { ...each, name: shown(each.folder, root) } : each)));
}

function members(disk: Disk, manifest: Manifest, patterns: readonly string[]): Result<Package[], Failure> {
  const root = manifest.folder;
  const packages: Package[] = [];
  const left = foldersOf(patterns, root, disk);
  const seen = new Set<AbsPath>([root]);
  for (let folder = left.shift(); folder !== undefined; folder = left.shift()) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    const found = readManifest(disk, folder);
    if (!found.ok) return found;
    if (found.value === null) continue;
    packages.push(packageOf(found.value, root));
    // Of yarn: a member may have members of its own.
    if (found.value.workspaces !== null) left.push(...foldersOf(found.value.workspaces, folder, disk));
  }
  return ok(packages);
}

function workspaceAt(disk: Disk, manifest: Manifest, patterns: readonly string[]): Result<Workspace, Failure> {
  const root = manifest.folder;
  const found = members(disk, manifest, patterns);
  if (!found.ok) return found;
  const rootPackage = packageOf(manifest, root);
  const apart = toldApart(found.value.length === 0 ? [rootPackage] : found.value, root);
  if (!apart.ok) return apart;
  const packages = apart.value;
  const manager = managerOf(disk, root, manifest);
  return ok({ root, manager, isPnp: manager === "yarn" && disk.isThere(join(root, ".pnp.cjs")), packages, rootPackage });
}

const isMember = (workspace: Workspace, folder: AbsPath): boolean => workspace.packages.some((each) => isWithin(folder, each.folder));

/** The workspace that `start` is in: the nearest one above that names it; else the nearest package alone. */
export function discover(disk: Disk, start: AbsPath): Result<Workspace, Failure> {
  let nearest: Manifest | null = null;
  for (let folder = start; ; folder = parentOf(folder)) {
    const manifest = readManifest(disk, folder);
    if (!manifest.ok) return manifest;
    const patterns = patternsAt(disk, folder, manifest.value);
    if (!patterns.ok) return patterns;
    if (patterns.value !== null) {
      // pnpm's root needs no package.json; without one there are no scripts of its own.
      const root = manifest.value ?? emptyManifest(folder);
      const workspace = workspaceAt(disk, root, patterns.value);
      if (!workspace.ok || nearest === null || isMember(workspace.value, nearest.folder)) return workspace;
    }
    nearest ??= manifest.value;
    if (folder === "/") break;
  }
  if (nearest !== null) return workspaceAt(disk, nearest, []);
  return fail({
    code: "no-workspace", message: `Cannot find a package.json in "${toText(start)}" or above it`,
    advice: "Stand in a package or a workspace; to run any other command: fathom -- <command>",
  });
}

const emptyManifest = (folder: AbsPath): Manifest => ({
  path: join(folder, "package.json"), folder, name: null, version: null, scripts: new Map(), dependencies: [], workspaces: null, packageManager: null, json: {},
});

/** The package that a folder belongs to: the innermost one around it. Null: none but the root. */
export function packageAround({ packages }: Workspace, folder: AbsPath): Package | null {
  let found: Package | null = null;
  for (const each of packages) if (isWithin(folder, each.folder) && (found === null || each.folder.length > found.folder.length)) found = each;
  return found;
}
