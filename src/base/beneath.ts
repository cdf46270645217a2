// Names below a folder that somebody else may change at any moment: each is
// reached through a descriptor of its directory, to which no link leads (openat2).
// What was looked at and what is changed is then in one and the same directory.

import { closeSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import type { Native } from "./native.ts";
import { absPath, toText, type AbsPath } from "./path.ts";
import { fail, type Failure, type Result } from "./result.ts";

/** Source: errno(3). */
const ELOOP = 40;
const EXDEV = 18;

export class Beneath {
  readonly root: AbsPath;
  readonly #native: Pick<Native, "openWithin">;

  constructor(root: AbsPath, native: Pick<Native, "openWithin">) {
    this.root = root;
    this.#native = native;
  }

  /** `relative`: of bytes, without a slash in front. The path that `act` gets holds only while it runs. */
  at<T>(relative: string, act: (path: AbsPath) => Result<T, Failure>): Result<T, Failure> {
    const cut = relative.lastIndexOf("/");
    return this.inside(cut < 0 ? "." : relative.slice(0, cut), (directory) => act(absPath(`${directory}/${relative.slice(cut + 1)}`)));
  }

  /** The directory itself. */
  inside<T>(relative: string, act: (directory: AbsPath) => Result<T, Failure>): Result<T, Failure> {
    const fd = this.#native.openWithin(this.root, relative);
    if (fd < 0) return fail(this.#refusal(relative, -fd));
    try {
      return act(absPath(`/proc/self/fd/${String(fd)}`));
    } finally {
      closeSync(fd);
    }
  }

  #refusal(relative: string, errno: number): Failure {
    const path = toText(relative === "." ? this.root : `${this.root}/${relative}`);
    if (errno === ELOOP || errno === EXDEV) return { code: "link-on-the-way", message: `Cannot change anything in "${path}": a link leads there`, advice: "A change goes only where its own name says; replace the link with a directory, or the other way round" };
    const code = getSystemErrorName(-errno).toLowerCase();
    return { code, message: `Cannot open the directory "${path}": ${code}` };
  }
}
