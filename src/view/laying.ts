// Leaves outputs of a replay in a view without their bytes. An overlay remembers that
// a name was not there, and asks no layer again; but a name that was made and removed
// in it, it forgets. So the name is made and removed first, and then laid in the layer
// (outputs.ts), from where the overlay finds it. Nothing of this is taken for granted:
// what is not to be seen afterwards, exactly as it was laid, is the replay's to copy.

import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { absPath, isWithin, join, parentOf, type AbsPath } from "../base/path.ts";
import { ctimeNsOf, isSignature, modeOf, mtimeNsOf, sizeBytesOf, type Signature } from "../base/signature.ts";
import type { Known } from "../cache/known.ts";
import type { Layer, Outgoing } from "../cache/layer.ts";
import { encodeGone, encodeLaid, inodeOf, LAID_MAX, LaidList, laidOf, type Laid } from "./outputs.ts";
import type { View } from "./view.ts";

export interface LayingContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly known: Known;
  /** Part of temporary names. */
  readonly runId: string;
}

const REGULAR = 0o100000;

export class Laying implements Layer {
  readonly #view: Pick<View, "folder" | "workspace">;
  readonly #context: LayingContext;
  readonly #list: LaidList;

  constructor(view: Pick<View, "folder" | "workspace">, context: LayingContext) {
    this.#view = view;
    this.#context = context;
    this.#list = new LaidList(view, context.disk);
    this.#list.refresh();
    this.#learn([...this.#list.byPath.values()]);
  }

  /** For a moment there is an empty file, as when the command itself had begun to write it. */
  clear(path: AbsPath): boolean {
    const { disk } = this.#context;
    return isWithin(path, this.#view.workspace) && !this.#list.isDamaged && this.#list.lines < LAID_MAX && disk.createFile(path, Buffer.alloc(0), 0o600).ok && disk.removeFile(path).ok;
  }

  lay(files: readonly Outgoing[]): ReadonlyMap<AbsPath, Signature> {
    const { disk, clock } = this.#context;
    const ctimeNs = clock.realtimeNs();
    const relative = (path: AbsPath): string => path.slice(this.#view.workspace.length + 1);
    const laid = files.map((file, index): Laid => ({ ...file, path: relative(file.path), ctimeNs, inode: inodeOf(this.#list.lines + index) }));
    if (!disk.appendFile(laidOf(this.#view), Buffer.from(laid.map(encodeLaid).join(""), "utf8")).ok) return new Map();
    this.#list.refresh();
    // Who lists a directory anew must find them: the overlay reads its layers again when it was changed itself.
    for (const folder of new Set(files.map(({ path }) => parentOf(path)))) this.#stir(folder);
    const there = this.#learn(laid);
    const missing = laid.filter(({ path }) => !there.has(absPath(`${this.#view.workspace}/${path}`)));
    if (missing.length > 0) disk.appendFile(laidOf(this.#view), Buffer.from(missing.map(({ path }) => encodeGone(path)).join(""), "utf8"));
    this.#list.refresh();
    return there;
  }

  #stir(folder: AbsPath): void {
    const name = join(folder, `.fathom-${this.#context.runId}-laid`);
    if (this.#context.disk.createFile(name, Buffer.alloc(0), 0o600).ok) this.#context.disk.removeFile(name);
  }

  /** Those that are there, as they were laid; their content is known without being read. */
  #learn(laid: readonly Laid[]): ReadonlyMap<AbsPath, Signature> {
    const { disk, known } = this.#context;
    const there = new Map<AbsPath, Signature>();
    const paths = laid.map(({ path }) => absPath(`${this.#view.workspace}/${path}`));
    for (const [index, found] of disk.signatures(paths).entries()) {
      const [path, each] = [paths[index], laid[index]];
      if (path === undefined || each === undefined || !isSignature(found) || !isAsLaid(each, found)) continue;
      known.learnDigest(path, found, each.digest);
      there.set(path, found);
    }
    return there;
  }
}

/** No other file has such a number, and nobody sets the time of a status. */
function isAsLaid({ inode, sizeBytes, permissions, mtimeNs, ctimeNs }: Laid, found: Signature): boolean {
  const number = Buffer.from(found.slice(8, 16), "latin1").readBigUInt64LE();
  return number === BigInt(inode) && modeOf(found) === (REGULAR | permissions) && sizeBytesOf(found) === sizeBytes && mtimeNsOf(found) === mtimeNs && ctimeNsOf(found) === ctimeNs;
}
