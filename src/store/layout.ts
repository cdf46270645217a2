// Where things are below the root of a store. Pure; the document is
// docs/reference/store-format.md, and the supervisor relies on `keys/<weak key>`.
// One directory for each kind, however many names: ext4 puts every new directory
// into another block group, which made storing a unit cost three times as much.

import { assert } from "../base/assert.ts";
import type { Digest } from "../base/digest.ts";
import { absPath, type AbsPath } from "../base/path.ts";

/** Raised when an older Fathom would misread what a newer one writes. */
export const STORE_VERSION = 1;

const KIND = /^[a-z]{1,32}$/;
const RESERVED = new Set(["blobs", "damaged", "index", "tmp"]);
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

export const versionPath = (root: AbsPath): AbsPath => absPath(`${root}/version`);
export const stagingPath = (root: AbsPath): AbsPath => absPath(`${root}/tmp`);
export const damagedPath = (root: AbsPath): AbsPath => absPath(`${root}/damaged`);
export const indexPath = (root: AbsPath): AbsPath => absPath(`${root}/index`);
export const blobsPath = (root: AbsPath): AbsPath => absPath(`${root}/blobs`);
export const blobPath = (root: AbsPath, digest: Digest): AbsPath => absPath(`${blobsPath(root)}/${digest}`);

export const isKind = (name: string): boolean => KIND.test(name) && !RESERVED.has(name);

export function kindPath(root: AbsPath, kind: string): AbsPath {
  assert(isKind(kind), `"${kind}" is a kind of record`);
  return absPath(`${root}/${kind}`);
}

export function recordPath(root: AbsPath, kind: string, name: string): AbsPath {
  assert(NAME.test(name), `"${name}" is the name of a record`);
  return absPath(`${kindPath(root, kind)}/${name}`);
}
