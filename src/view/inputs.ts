// What a past step was given, as the layer that a view stands on: of what is not so in
// the workspace any more.

import type { Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { lookLike } from "./like.ts";
import { keptOf, type View } from "./view.ts";

/** `path`: from the workspace's root. */
export type Input =
  | { readonly kind: "file"; readonly path: string; readonly content: Buffer; readonly permissions: number; readonly mtimeNs: bigint | null }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "directory" | "absent"; readonly path: string };

export interface InputContext {
  readonly disk: Disk;
  readonly native: Native;
}

/** Nobody has been in the view. */
export function layInputs(view: View, inputs: readonly Input[], context: InputContext): Result<void, Failure> {
  const { disk } = context;
  const made = disk.makeDirectory(keptOf(view), 0o755);
  if (!made.ok) return made;
  const directories = new Set<string>([""]);
  for (const input of inputs) {
    const above = ensure(view, parentOf(input.path), directories, context);
    const laid = above.ok ? lay(view, input, directories, context) : above;
    if (!laid.ok) return laid;
  }
  for (const path of [...directories].reverse()) {
    const like = lookLike(at(view.workspace, path), at(keptOf(view), path), context);
    if (!like.ok) return like;
  }
  return ok(undefined);
}

const parentOf = (path: string): string => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
const at = (root: AbsPath, path: string): AbsPath => (path === "" ? root : absPath(`${root}/${path}`));

function ensure(view: View, path: string, directories: Set<string>, context: InputContext): Result<void, Failure> {
  if (directories.has(path)) return ok(undefined);
  const above = ensure(view, parentOf(path), directories, context);
  const made = above.ok ? context.disk.makeDirectory(at(keptOf(view), path), 0o755) : above;
  if (made.ok) directories.add(path);
  return made;
}

function lay(view: View, input: Input, directories: Set<string>, context: InputContext): Result<void, Failure> {
  const { disk, native } = context;
  const to = at(keptOf(view), input.path);
  switch (input.kind) {
    case "directory": return ensure(view, input.path, directories, context);
    case "link": return disk.symlink(input.target, to);
    case "file": {
      const made = disk.createFile(to, input.content, input.permissions);
      const set = made.ok ? disk.setPermissions(to, input.permissions) : made;
      return set.ok && input.mtimeNs !== null ? disk.setModified(to, input.mtimeNs) : set;
    }
    case "absent": {
      // Below what was not there either.
      if (disk.signatures([to])[0] !== null) return ok(undefined);
      const made = native.makeWhiteout(to);
      return made === 0 ? ok(undefined) : fail({ code: "view-damaged", message: `Cannot keep "${toText(input.path)}" out of a view: the system makes no such device (${String(-made)})` });
    }
  }
}
