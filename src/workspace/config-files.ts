// Whether a workspace has a configuration, and where: one bulk call. Where there is
// none, nothing else is paid for one.

import type { Disk } from "../base/disk.ts";
import { join, type AbsPath } from "../base/path.ts";
import type { Package, Workspace } from "./discover.ts";

const FILE = "fathom.json";
const AT_ROOT = [FILE, "fathom.config.ts", "fathom.config.mts", "fathom.config.mjs", "fathom.config.js"];

export interface ConfigFiles {
  /** fathom.json or programs of the root; one of them is right. */
  readonly root: readonly AbsPath[];
  readonly packages: readonly (readonly [Package, AbsPath])[];
}

/** Null: there is none. What cannot be looked at is there, and will be said to be unreadable. */
export function configFilesOf(disk: Disk, { root, packages }: Workspace): ConfigFiles | null {
  const atRoot = AT_ROOT.map((name) => join(root, name));
  const own = packages.filter(({ folder }) => folder !== root).map((each) => [each, join(each.folder, FILE)] as const);
  const states = disk.signatures([...atRoot, ...own.map(([, path]) => path)]);
  if (states.every((state) => state === null)) return null;
  return { root: atRoot.filter((_, at) => states[at] !== null), packages: own.filter((_, at) => states[atRoot.length + at] !== null) };
}
