// For tests: workspaces in few words.

import { assert } from "../base/assert.ts";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import type { Result } from "../base/result.ts";
import { discover, type Workspace } from "./discover.ts";

export type Files = Readonly<Record<string, unknown>>;

/** Paths below /w; objects are written as JSON. */
export function diskWith(files: Files): FakeDisk {
  return new FakeDisk(Object.fromEntries(Object.entries(files).map(([path, content]) => [`/w/${path}`, typeof content === "string" ? content : JSON.stringify(content)])));
}

export function valueOf<T>(result: Result<T, unknown>): T {
  assert(result.ok, `this is a value: ${JSON.stringify(result)}`);
  return result.value;
}

export const workspaceOf = (disk: FakeDisk, from = "/w"): Workspace => valueOf(discover(disk, absPath(from)));

/** c depends on b, b on a; web on c; docs on nothing. Each builds. */
export const CHAIN: Files = {
  "package.json": { name: "root", workspaces: ["packages/*", "apps/*"], scripts: { lint: "eslint ." } },
  "packages/a/package.json": { name: "@s/a", version: "1.2.0", scripts: { build: "tsc" } },
  "packages/b/package.json": { name: "@s/b", version: "1.0.0", scripts: { build: "tsc", test: "node --test" }, dependencies: { "@s/a": "workspace:*" } },
  "packages/c/package.json": { name: "@s/c", version: "2.0.0", devDependencies: { "@s/b": "^1.0.0" } },
  "apps/web/package.json": { name: "web", scripts: { build: "vite build", dev: "vite" }, dependencies: { "@s/c": "*", react: "^19.0.0" } },
  "apps/docs/package.json": { name: "docs", scripts: { build: "vite build" } },
};
