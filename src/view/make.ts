// Makes views, makes them ready to be entered, empties them and removes them. None
// of it takes longer for a larger workspace.

import type { Clock } from "../base/clock.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, isWithin, join, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { removeStubborn, removeTree } from "../base/scratch.ts";
import { mtimeNsOf, permissionsOf } from "../base/signature.ts";
import { dropBase } from "./base.ts";
import { forgetBefore } from "./before.ts";
import { dropTree } from "./copy.ts";
import { dropOutputs } from "./outputs.ts";
import { begin, seenOf, upperOf, viewNamed, workOf, writeView, type View } from "./view.ts";

export interface MakeContext {
  readonly disk: Disk;
  readonly native: Native;
  readonly clock: Clock;
}

/** What keeps a workspace from having views at all; null: nothing. */
export function obstacle(workspace: AbsPath, disk: Disk): Failure | null {
  const of = `Cannot make a view of "${toText(workspace)}"`;
  if (workspace === "/") return { code: "view-no-place", message: `${of}: it is all there is`, advice: "Go to the folder of a project" };
  if (!disk.isLocal(workspace)) return { code: "view-network", message: `${of}: it is on a network file system, whose times are those of another machine`, advice: "Copy it to a local disk" };
  const [inside] = mountsBelow(workspace, disk);
  if (inside === undefined) return null;
  return { code: "view-mounts-inside", message: `${of}: "${toText(inside)}" in it is a file system of its own, which an overlay does not show`, advice: "Unmount it, or run the command without a view" };
}

/** Source: proc_pid_mountinfo(5): the fifth field is the mount point, with octal escapes. */
function mountsBelow(workspace: AbsPath, disk: Disk): readonly string[] {
  const read = disk.readFile(absPath("/proc/self/mountinfo"));
  const points = read.ok ? read.value.toString("latin1").split("\n").map((line) => line.split(" ")[4] ?? "") : [];
  return points.map((point) => point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))).filter((point) => point !== workspace && isWithin(point, workspace));
}

/** Of others than the user, where only he is known inside: it can be read there, and not changed. Looks no deeper than the root. Null: none seen. */
export function foreignName(workspace: AbsPath, user: number, group: number, { disk, native }: Pick<MakeContext, "disk" | "native">): AbsPath | null {
  if (user === 0) return null;
  const isForeign = (path: AbsPath): boolean => {
    const owner = native.owner(path);
    return typeof owner !== "number" && (owner.readUInt32LE(0) !== user || owner.readUInt32LE(4) !== group);
  };
  return [workspace, ...[...namesIn(disk.list(workspace) ?? "")].map(({ name }) => join(workspace, name))].find(isForeign) ?? null;
}

export type ViewKind = Pick<View, "tier" | "isPinned" | "hides" | "isLazy" | "fixedTimeS">;

export function makeView(views: AbsPath, name: string, workspace: AbsPath, kind: ViewKind, { disk, native, clock }: MakeContext): Result<View, Failure> {
  const folder = viewNamed(views, name);
  if (!folder.ok) return folder;
  const above = disk.ensureDirectory(views);
  if (!above.ok) return above;
  const made = disk.makeDirectory(folder.value, 0o700);
  if (!made.ok && made.failure.code === "eexist") return fail({ code: "view-exists", message: `Cannot make a view "${name}": there is one already`, advice: `Choose another name, or "fathom view discard ${name}"` });
  if (!made.ok) return made;
  const view: View = { name, folder: folder.value, workspace, createdNs: clock.realtimeNs(), ...kind };
  const begun = begin(disk, view);
  const upper = begun.ok ? makeUpper(view, disk, native) : begun;
  const written = upper.ok ? writeView(disk, view) : upper;
  return written.ok ? ok(view) : written;
}

/** The overlay's root is this directory: it looks like the workspace's. */
function makeUpper(view: View, disk: Disk, native: Native): Result<void, Failure> {
  const upper = upperOf(view);
  const [root] = disk.signatures([view.workspace]);
  if (root === undefined || root === null || root === "error") return fail({ code: "no-folder", message: `Cannot make a view of "${toText(view.workspace)}": it is gone` });
  const made = disk.makeDirectory(upper, permissionsOf(root));
  if (!made.ok) return made.failure.code === "eexist" ? ok(undefined) : made;
  const owner = native.owner(view.workspace);
  if (typeof owner !== "number") native.setOwner(upper, owner.readUInt32LE(0), owner.readUInt32LE(4));
  return disk.setModified(upper, mtimeNsOf(root));
}

/**
 * An overlay that was mounted with "volatile" is not mounted again while its work directory is the old one
 * (Documentation/filesystems/overlayfs.rst). Nobody is in it: what was written is in the kernel's memory or on the disk.
 */
export function makeReady(view: View, disk: Disk): Result<void, Failure> {
  removeStubborn(toText(workOf(view)));
  const made = disk.makeDirectory(workOf(view), 0o700);
  return made.ok || made.failure.code === "eexist" ? ok(undefined) : made;
}

/** Its changes are in the workspace: it begins anew from what that is now. May be called again after a crash. */
export function spendView(view: View, { disk, native }: Pick<MakeContext, "disk" | "native">): Result<void, Failure> {
  const spent = join(view.folder, "spent");
  const isMoved = disk.isThere(spent);
  const moved = isMoved || !disk.isThere(upperOf(view)) ? ok(undefined) : disk.rename(upperOf(view), spent);
  if (!moved.ok) return moved;
  forgetBefore(disk, view);
  dropBase(view, disk);
  dropTree(view, disk);
  dropOutputs(view, disk);
  removeTree(toText(seenOf(view)));
  const begun = begin(disk, view);
  const made = begun.ok ? makeUpper(view, disk, native) : begun;
  if (made.ok) removeStubborn(toText(spent));
  return made;
}

/** At once for who looks for its name; what it holds goes then. */
export function discardView(view: Pick<View, "folder" | "name">, disk: Disk, views: AbsPath): Result<void, Failure> {
  const away = join(views, `.gone-${view.name}-${String(process.pid)}`);
  const moved = disk.rename(view.folder, away);
  if (!moved.ok) return moved;
  removeStubborn(toText(away));
  return ok(undefined);
}
