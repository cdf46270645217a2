// Makes what was laid in a view without its bytes a change of the view like any other:
// before it is committed, and where nothing serves it. Nobody is in the view.

import type { Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, join, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { Contents } from "./fuse/content.ts";
import { lookLike } from "./like.ts";
import { dropOutputs, laidIn, LaidList, type Laid } from "./outputs.ts";
import type { Upper } from "./upper.ts";
import { upperOf, type View } from "./view.ts";

export interface BringContext {
  readonly disk: Disk;
  readonly native: Native;
  readonly upper: Upper;
  readonly contents: Contents;
}

/** What of it is still to be seen: the rest was written over or removed. */
export const standing = (view: View, { disk, upper }: Pick<BringContext, "disk" | "upper">): readonly Laid[] => laidIn(view, disk).filter(({ path }) => !upper.covers(path));

/** Cut short, it may be called again. Failure: "output-lost", "view-damaged"; what was brought before is in the view. */
export async function bring(view: View, context: BringContext): Promise<Result<void, Failure>> {
  const { disk, upper } = context;
  const list = new LaidList(view, disk);
  list.refresh();
  if (list.isDamaged) return fail({ code: "view-damaged", message: `Cannot bring the outputs that were replayed in the view "${view.name}": the list of them is not what this version writes`, advice: "Run the command again in a new view" });
  for (const file of [...list.byPath.values()].filter(({ path }) => !upper.covers(path))) {
    const content = await context.contents.of(file);
    const above = content.ok ? ensure(view, file.path.split("/").slice(0, -1), context) : content;
    const placed = content.ok && above.ok ? place(view, file, content.value, disk) : above;
    if (!placed.ok) return placed;
  }
  dropOutputs(view, disk);
  return ok(undefined);
}

function place(view: View, { path, permissions, mtimeNs }: Laid, content: AbsPath, disk: Disk): Result<void, Failure> {
  const staged = join(view.folder, "brought");
  disk.removeFile(staged);
  const copied = disk.copyFile(content, staged, permissions);
  const timed = copied.ok ? disk.setModified(staged, mtimeNs) : copied;
  return timed.ok ? disk.rename(staged, absPath(`${upperOf(view)}/${path}`)) : timed;
}

/** Directories on the way look as those that they lie over. */
function ensure(view: View, names: readonly string[], { disk, native }: BringContext): Result<void, Failure> {
  for (const [index] of names.entries()) {
    const path = names.slice(0, index + 1).join("/");
    const at = absPath(`${upperOf(view)}/${path}`);
    const made = disk.makeDirectory(at, 0o755);
    if (!made.ok && made.failure.code !== "eexist") return made;
    const like = made.ok ? lookLike(absPath(`${view.workspace}/${path}`), at, { disk, native }) : ok(undefined);
    if (!like.ok) return like;
  }
  return ok(undefined);
}
