// A name in the store means a complete thing: everything is made under a name
// that nobody looks up and then renamed. There are no locks. Somebody may clear
// the store in between; then a directory is missing, and it is all done again.

import { pid } from "node:process";
import type { Disk, DiskFailure } from "../base/disk.ts";
import { PUBLISH_ATTEMPTS_MAX, STAGING_NAMES_MAX } from "../base/limits.ts";
import { absPath, nameOf, parentOf, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { damagedPath, stagingPath } from "./layout.ts";

/** Makes the thing under the name it is given, which must not exist yet. */
export type Stage<F> = (staged: AbsPath) => Result<unknown, F>;

/** One step further: what failed and would not fail again is tried again. */
const isGone = (failure: Failure): boolean => failure.code === "enoent";

export class Publisher {
  readonly #disk: Disk;
  readonly #root: AbsPath;
  #count = 0;

  constructor(disk: Disk, root: AbsPath) {
    this.#disk = disk;
    this.#root = root;
  }

  /** A name for this process in `folder`; another process with our number (a killed one, or in another container) may have it. */
  #freshName(folder: AbsPath, prefix: string): AbsPath {
    return absPath(`${folder}/${prefix}${String(pid)}-${String(this.#count++)}`);
  }

  /** Tries names until one is free. */
  take<F extends Failure>(folder: AbsPath, prefix: string, act: Stage<F>): Result<AbsPath, F> {
    for (let tries = 1; ; tries++) {
      const name = this.#freshName(folder, prefix);
      const done = act(name);
      if (done.ok) return ok(name);
      if (done.failure.code !== "eexist" || tries === STAGING_NAMES_MAX) return done;
    }
  }

  #staged<F extends Failure>(stage: Stage<F>): Result<AbsPath, F | DiskFailure> {
    const folder = stagingPath(this.#root);
    return this.take<F | DiskFailure>(folder, "", (name) => {
      const made = stage(name);
      // What was half made has no name that anybody looks up; it is only in the way (a full disk).
      if (!made.ok && made.failure.code !== "eexist") this.#disk.removeFile(name);
      return made;
    });
  }

  publish<F extends Failure>(target: AbsPath, stage: Stage<F>): Result<void, F | DiskFailure> {
    for (let attempt = 1; ; attempt++) {
      const done = this.#publishOnce(target, stage);
      if (done.ok || !isGone(done.failure) || attempt === PUBLISH_ATTEMPTS_MAX) return done;
      for (const folder of [stagingPath(this.#root), parentOf(target)]) {
        const made = this.#disk.ensureDirectory(folder);
        if (!made.ok) return made;
      }
    }
  }

  #publishOnce<F extends Failure>(target: AbsPath, stage: Stage<F>): Result<void, F | DiskFailure> {
    const staged = this.#staged(stage);
    if (!staged.ok) return staged;
    const first = this.#disk.rename(staged.value, target);
    if (first.ok) return first;
    if (isGone(first.failure) && this.#disk.ensureDirectory(parentOf(target)).ok) {
      const second = this.#disk.rename(staged.value, target);
      if (second.ok) return second;
    }
    this.#disk.removeFile(staged.value);
    return first;
  }

  /** Moves what is damaged to where nobody looks it up; where that fails, removes it. Another process may have done so. */
  setAside(path: AbsPath): void {
    const folder = damagedPath(this.#root);
    if (this.#disk.ensureDirectory(folder).ok) {
      const moved = this.take(folder, `${nameOf(path).slice(0, 100)}-`, (name) =>
        this.#disk.signatures([name])[0] === null ? this.#disk.rename(path, name) : taken(name));
      if (moved.ok) return;
    }
    this.#disk.removeFile(path);
  }
}

const taken = (name: AbsPath): Result<never, DiskFailure> => fail({ code: "eexist", message: `Cannot use "${name}": it is taken`, path: name });
