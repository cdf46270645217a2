// A directory of a layer is one that the workspace has as well, and looks like it:
// of several layers the topmost says how a directory looks.

import type { Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import type { AbsPath } from "../base/path.ts";
import { ok, type Failure, type Result } from "../base/result.ts";
import { mtimeNsOf, permissionsOf } from "../base/signature.ts";

const OWNER_BYTES = 8;

/** Owner, permissions and time; nothing where there is nothing to look like. */
export function lookLike(from: AbsPath, to: AbsPath, { disk, native }: { readonly disk: Disk; readonly native: Native }): Result<void, Failure> {
  const [state] = disk.signatures([from]);
  if (state === undefined || state === null || state === "error") return ok(undefined);
  const [theirs, ours] = [native.owner(from), native.owner(to)];
  if (typeof theirs !== "number" && typeof ours !== "number" && theirs.compare(ours, 0, OWNER_BYTES, 0, OWNER_BYTES) !== 0) native.setOwner(to, theirs.readUInt32LE(0), theirs.readUInt32LE(4));
  const set = disk.setPermissions(to, permissionsOf(state));
  return set.ok ? disk.setModified(to, mtimeNsOf(state)) : set;
}
