// Puts a view on what the workspace is now: what merges is merged in the view, and
// from then on what the workspace has now is what it was. Nobody is in the view.

import type { Disk } from "../base/disk.ts";
import { absPath } from "../base/path.ts";
import type { Failure, Result } from "../base/result.ts";
import { dropBase } from "./base.ts";
import { forgetBefore, type Before } from "./before.ts";
import { dropTree } from "./copy.ts";
import type { Decision } from "./decide.ts";
import { begin, type View } from "./view.ts";

/** Of a decision without conflicts. Cut short, it may be begun again: what is merged twice is equal. */
export function rebase(view: View, { changes, touched }: Decision, before: Before, disk: Disk): Result<void, Failure> {
  for (const change of changes) {
    if (change.kind !== "put" || change.merged === null) continue;
    const staged = absPath(`${view.folder}/merged`);
    const written = disk.writeFile(staged, change.merged, change.permissions);
    const placed = written.ok ? disk.rename(staged, change.from) : written;
    if (!placed.ok) return placed;
  }
  forgetBefore(disk, view);
  dropBase(view, disk);
  dropTree(view, disk);
  const begun = begin(disk, view);
  return begun.ok ? before.again(touched, view.workspace) : begun;
}

