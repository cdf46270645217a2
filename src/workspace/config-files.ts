// Whether a workspace has a configuration, and where: the cheapest look there is.
// Where there is none, nothing else is paid for one.

import type { Disk } from "../base/disk.ts";
import { join, type AbsPath } from "../base/path.ts";
import type { Package, Workspace } from "./discover.ts";

const FILE = "fathom.json";
/** At the root of a workspace; also what native/supervisor/roots.c takes for the mark of one. */
export const ROOT_FILES = [FILE, "fathom.config.ts", "fathom.config.mts", "fathom.config.mjs", "fathom.config.js"];

export interface ConfigFiles {
  /** fathom.json or programs of the root; one of them is right. */
  readonly root: readonly AbsPath[];
  readonly packages: readonly (readonly [Package, AbsPath])[];
}

/** Null: there is none. */
export function configFilesOf(disk: Disk, { root, packages }: Workspace): ConfigFiles | null {
  const isThere = (path: AbsPath): boolean => disk.isThere(path);
  const atRoot = ROOT_FILES.map((name) => join(root, name)).filter(isThere);
  const own = packages.filter(({ folder }) => folder !== root).map((each) => [each, join(each.folder, FILE)] as const).filter(([, path]) => isThere(path));
  return atRoot.length === 0 && own.length === 0 ? null : { root: atRoot, packages: own };
}
