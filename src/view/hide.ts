// Names that are not there in a view: whiteouts in a layer over what the view stands
// on. Laid before each command, since names may have come to the workspace. What was
// hidden is neither overwritten nor removed by a commit: who did not see it did not
// mean it.

import { namesIn, type Disk, type Name } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { removeStubborn } from "../base/scratch.ts";
import { typeOf } from "../base/signature.ts";
import { lookLike } from "./like.ts";
import { hiddenOf, keptOf, type View } from "./view.ts";

const STATE = ".fathom";

export interface HideContext {
  readonly disk: Disk;
  readonly native: Native;
  /** Of a path from the workspace's root. */
  readonly isHidden: (path: string) => boolean;
}

/** Nobody is in the view. */
export function layHidden(view: View, context: HideContext): Result<void, Failure> {
  removeStubborn(toText(hiddenOf(view)));
  if (view.hides.length === 0) return ok(undefined);
  return hideIn(view, "", context);
}

const below = (directory: string, name: string): string => (directory === "" ? name : `${directory}/${name}`);
const at = (root: AbsPath, path: string): AbsPath => (path === "" ? root : absPath(`${root}/${path}`));

interface Standing {
  readonly path: string;
  readonly type: Name["type"];
}

/** What the view stands on: the workspace, with what that was laid over it. */
function standsOn(view: View, path: string, disk: Disk): readonly Standing[] {
  const names = new Map<string, Name["type"]>();
  for (const root of [view.workspace, keptOf(view)]) for (const { name, type } of namesIn(disk.list(at(root, path)) ?? "")) names.set(name, type);
  // A device in the layer is a whiteout; whoever has devices in his workspace can look at them.
  return [...names].map(([name, type]) => ({ path: below(path, name), type })).filter((each) => each.path !== STATE && each.type !== "device");
}

/** A directory of the layer is made for one in which something is hidden, and looks like that. */
function hideIn(view: View, path: string, context: HideContext): Result<void, Failure> {
  const { disk, native, isHidden } = context;
  for (const each of standsOn(view, path, disk)) {
    if (isHidden(each.path)) {
      const above = ensureLike(view, path, context);
      const made = above.ok ? native.makeWhiteout(at(hiddenOf(view), each.path)) : 0;
      if (!above.ok) return above;
      if (made !== 0) return fail({ code: "view-damaged", message: `Cannot hide "${toText(each.path)}" from the view "${view.name}": the system makes no such device (${String(-made)})` });
    } else if (each.type === "directory") {
      const done = hideIn(view, each.path, context);
      if (!done.ok) return done;
    }
  }
  return path === "" || disk.isThere(at(hiddenOf(view), path)) ? finishLike(view, path, context) : ok(undefined);
}

function ensureLike(view: View, path: string, context: HideContext): Result<void, Failure> {
  const { disk } = context;
  if (disk.isThere(at(hiddenOf(view), path))) return ok(undefined);
  const above = path === "" ? ok(undefined) : ensureLike(view, path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "", context);
  return above.ok ? disk.makeDirectory(at(hiddenOf(view), path), 0o700) : above;
}

function finishLike(view: View, path: string, context: HideContext): Result<void, Failure> {
  const { disk } = context;
  const to = at(hiddenOf(view), path);
  const from = path !== "" && disk.isThere(at(keptOf(view), path)) ? at(keptOf(view), path) : at(view.workspace, path);
  const made = ensureLike(view, path, context);
  return made.ok ? lookLike(from, to, context) : made;
}

/** What a commit may not touch, because it was hidden. */
export class Hidden {
  readonly #root: AbsPath;
  readonly #disk: Pick<Disk, "signatures">;
  readonly #isAny: boolean;

  constructor(view: Pick<View, "folder">, disk: Pick<Disk, "signatures" | "isThere">) {
    this.#root = hiddenOf(view);
    this.#disk = disk;
    this.#isAny = disk.isThere(this.#root);
  }

  /** It, or a directory that it is in. */
  has(path: string): boolean {
    if (!this.#isAny) return false;
    const ways = path.split("/").map((_, index, parts) => at(this.#root, parts.slice(0, index + 1).join("/")));
    return this.#disk.signatures(ways).some((found) => found !== null && found !== "error" && typeOf(found) === "device");
  }

  /** It, or something in it. */
  hasIn(path: string): boolean {
    return this.#isAny && (this.has(path) || this.#disk.signatures([at(this.#root, path)])[0] !== null);
  }
}
