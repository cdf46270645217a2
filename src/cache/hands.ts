// The changes that a replay makes, one at a time, so that a failure can be
// cleaned up: temporary names are removed, moved directories go back, directories
// that were made go, and those that were opened for writing are closed again. What
// takes room on the disk is staged before anything is given its name.

import type { Disk } from "../base/disk.ts";
import { absPath, parentOf, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { isSignature, permissionsOf, typeOf } from "../base/signature.ts";

type Done = Result<void, Failure>;

/** What an owner needs to change names in a directory. */
const WRITABLE = 0o300;

export class Hands {
  readonly removed: AbsPath[] = [];
  readonly #disk: Disk;
  readonly #runId: string;
  readonly #moved: { readonly from: AbsPath; readonly to: AbsPath }[] = [];
  readonly #permissions = new Map<AbsPath, number>();
  readonly #staged = new Set<AbsPath>();
  readonly #made: AbsPath[] = [];
  static #names = 0;

  /** `runId`: part of temporary names; differs between Fathoms that run at the same time. */
  constructor(disk: Disk, runId: string) {
    this.#disk = disk;
    this.#runId = runId;
  }

  move(from: AbsPath, to: AbsPath): Done {
    const done = this.#disk.rename(from, to);
    if (done.ok) this.#moved.push({ from, to });
    return done;
  }

  /** Makes something under a name that nobody looks up, then gives it its own: whoever looks sees all of it or nothing. */
  place(path: AbsPath, make: (temporary: AbsPath) => Result<unknown, Failure>): Done {
    const staged = this.stage(path, make);
    return staged.ok ? this.name(staged.value, path) : staged;
  }

  /** The first half of `place`. The directories above the path need not be there yet. */
  stage(path: AbsPath, make: (temporary: AbsPath) => Result<unknown, Failure>): Result<AbsPath, Failure> {
    const temporary = absPath(`${this.#folderFor(path).replace(/^\/$/, "")}/.fathom-${this.#runId}-${String(Hands.#names++)}`);
    this.#staged.add(temporary);
    const made = make(temporary);
    return made.ok ? ok(temporary) : made;
  }

  /** The second half. */
  name(temporary: AbsPath, path: AbsPath): Done {
    const named = this.#disk.rename(temporary, path);
    if (named.ok) this.#staged.delete(temporary);
    return named;
  }

  /** The nearest directory above that is there: on the same file system as any that will be made in it. */
  #folderFor(path: AbsPath): AbsPath {
    for (let folder = parentOf(path); ; folder = parentOf(folder)) {
      const [found] = this.#disk.signatures([folder]);
      const isUsable = found !== null && found !== undefined && (found === "error" || typeOf(found) !== "file");
      if (isUsable || folder === parentOf(folder)) return folder;
    }
  }

  remove(path: AbsPath): Done {
    const done = this.#disk.removeFile(path);
    if (done.ok) this.removed.push(path);
    return done.ok || done.failure.code === "enoent" ? ok(undefined) : done;
  }

  /** Leaves a directory that is not empty: what is in it is nobody's that we know. */
  removeIfEmpty(path: AbsPath): Done {
    const done = this.#disk.removeDirectory(path);
    if (done.ok) this.removed.push(path);
    return done.ok || ["enoent", "enotempty", "eexist"].includes(done.failure.code) ? ok(undefined) : done;
  }

  /** Lets names be changed in these directories until `finish`: in `own` ones, whose permissions are part of what is replayed. In any other one the command would be refused. */
  open(directories: readonly AbsPath[], own: ReadonlySet<AbsPath>): Done {
    for (const [index, found] of this.#disk.signatures(directories).entries()) {
      const path = directories[index];
      if (path === undefined || !isSignature(found) || typeOf(found) !== "directory") continue;
      const permissions = permissionsOf(found);
      if (((permissions & WRITABLE) === WRITABLE && this.#disk.otherOwner(path) === "") || this.#disk.isWritable(path)) continue;
      if (!own.has(path)) return fail({ code: "replay-denied", message: `Cannot replay to "${toText(path)}": names in it may not be changed` });
      const done = this.#disk.setPermissions(path, permissions | WRITABLE);
      if (!done.ok) return done;
      this.#permissions.set(path, permissions);
    }
    return ok(undefined);
  }

  makeDirectory(path: AbsPath, permissions: number): Done {
    const done = this.#disk.makeDirectory(path, permissions | WRITABLE);
    if (!done.ok) return done;
    this.#permissions.set(path, permissions);
    this.#made.push(path);
    return done;
  }

  /** Permissions that a directory has when everything in it is done. */
  setLater(path: AbsPath, permissions: number): void {
    this.#permissions.set(path, permissions);
  }

  /** The deepest first: a directory that may not be searched hides what is below it. */
  finish(): Done {
    const directories = [...this.#permissions].sort(([a], [b]) => b.length - a.length);
    this.#permissions.clear();
    for (const [path, permissions] of directories) {
      const done = this.#disk.setPermissions(path, permissions);
      if (!done.ok && done.failure.code !== "enoent") return done;
    }
    return ok(undefined);
  }

  /** After a failure, as well as can be: the command itself runs next. Where nothing was named yet, nothing of it is seen. */
  cleanUp(): void {
    for (const temporary of this.#staged) this.#disk.removeFile(temporary);
    for (const path of this.#made.reverse()) this.#disk.removeDirectory(path);
    for (const { from, to } of this.#moved.reverse()) this.#disk.rename(to, from);
    this.finish();
  }
}

export const parentsOf = (paths: Iterable<AbsPath>): AbsPath[] => [...new Set([...paths].map(parentOf))];
