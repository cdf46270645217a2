// What is in a view without its bytes, for a supervisor that leads calls into it: files
// of the right size, mode and time with nothing in them, in a layer. It asks for the
// bytes when somebody opens one (native/redirect/bring.c). Laid anew before each command,
// and gone after it.

import { removeStubborn } from "../base/scratch.ts";
import type { Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, toText, type AbsPath } from "../base/path.ts";
import { ok, type Failure, type Result } from "../base/result.ts";
import { lookLike } from "./like.ts";
import { servedOf, type Laid } from "./outputs.ts";
import { keptOf, type View } from "./view.ts";

export interface HollowContext {
  readonly disk: Disk;
  readonly native: Native;
}

/** Nobody is in the view. */
export function layHollow(view: View, laid: readonly Laid[], context: HollowContext): Result<void, Failure> {
  const { disk } = context;
  dropHollow(view);
  if (laid.length === 0) return ok(undefined);
  const directories = new Set<string>();
  const made = ensure(view, "", directories, disk);
  if (!made.ok) return made;
  for (const file of laid) {
    const above = ensure(view, parentOf(file.path), directories, disk);
    const placed = above.ok ? place(at(servedOf(view), file.path), file, disk) : above;
    if (!placed.ok) return placed;
  }
  for (const path of [...directories].reverse()) {
    const like = lookLike(groundOf(view, path, disk), at(servedOf(view), path), context);
    if (!like.ok) return like;
  }
  return ok(undefined);
}

export function dropHollow(view: Pick<View, "folder">): void {
  removeStubborn(toText(servedOf(view)));
}

const parentOf = (path: string): string => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
const at = (root: AbsPath, path: string): AbsPath => (path === "" ? root : absPath(`${root}/${path}`));

/** What the directory lies over. */
function groundOf(view: View, path: string, disk: Disk): AbsPath {
  const kept = at(keptOf(view), path);
  return path !== "" && disk.isThere(kept) ? kept : at(view.workspace, path);
}

/** Those above before those in them. */
function ensure(view: View, path: string, directories: Set<string>, disk: Disk): Result<void, Failure> {
  if (directories.has(path)) return ok(undefined);
  const above = path === "" ? ok(undefined) : ensure(view, parentOf(path), directories, disk);
  const made = above.ok ? disk.makeDirectory(at(servedOf(view), path), 0o755) : above;
  if (made.ok) directories.add(path);
  return made;
}

function place(to: AbsPath, { sizeBytes, permissions, mtimeNs }: Laid, disk: Disk): Result<void, Failure> {
  const made = disk.createFile(to, Buffer.alloc(0), 0o600);
  const sized = made.ok ? disk.setLength(to, sizeBytes) : made;
  const set = sized.ok ? disk.setPermissions(to, permissions) : sized;
  return set.ok ? disk.setModified(to, mtimeNs) : set;
}
