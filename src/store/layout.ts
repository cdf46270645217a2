// Where things are below the root of a store. Pure; the document is
// docs/reference/store-format.md, and the supervisor relies on `keys/<weak key>`
// and `sets/<weak key>`.

import { assert } from "../base/assert.ts";
import type { Digest } from "../base/digest.ts";
import { absPath, type AbsPath } from "../base/path.ts";

/** Raised when an older Fathom would misread what a newer one writes. */
export const STORE_VERSION = 1;

const KIND = /^[a-z]{1,32}$/;
const RESERVED = new Set(["blobs", "damaged", "index", "tmp"]);
const NAME = /^[A-Za-z0-9]{3}[A-Za-z0-9._-]{0,197}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,199}){0,3}$/;

/** Kinds whose names are looked up by the supervisor as they are; all others are spread over 256 directories or so. */
const FLAT = new Set(["keys", "sets"]);

export const versionPath = (root: AbsPath): AbsPath => absPath(`${root}/version`);
export const stagingPath = (root: AbsPath): AbsPath => absPath(`${root}/tmp`);
export const damagedPath = (root: AbsPath): AbsPath => absPath(`${root}/damaged`);
export const indexPath = (root: AbsPath): AbsPath => absPath(`${root}/index`);
export const blobPath = (root: AbsPath, digest: Digest): AbsPath => absPath(`${root}/blobs/${digest.slice(0, 2)}/${digest.slice(2)}`);

export const isFlat = (kind: string): boolean => FLAT.has(kind);

export function kindPath(root: AbsPath, kind: string): AbsPath {
  assert(KIND.test(kind) && !RESERVED.has(kind), `"${kind}" is a kind of record`);
  return absPath(`${root}/${kind}`);
}

export function recordPath(root: AbsPath, kind: string, name: string): AbsPath {
  assert(NAME.test(name), `"${name}" is the name of a record`);
  return absPath(`${kindPath(root, kind)}/${isFlat(kind) ? name : `${name.slice(0, 2)}/${name.slice(2)}`}`);
}
