// Entries of one side of a comparison. Which of them were asked for and are not there is
// said at the end: that is remembered, the entries are not, for all of a large run take
// more memory than there may be.

import type { Digest } from "../../base/digest.ts";
import type { Ground } from "../ground.ts";

export class Remembered implements Pick<Ground["records"], "entry" | "set"> {
  readonly #records: Ground["records"];
  readonly #missing = new Set<Digest>();

  constructor(records: Ground["records"]) {
    this.#records = records;
  }

  entry(strongKey: Digest): ReturnType<Ground["records"]["entry"]> {
    const entry = this.#records.entry(strongKey);
    if (entry === null) this.#missing.add(strongKey);
    return entry;
  }

  set(weakKey: Digest, set: Digest): ReturnType<Ground["records"]["set"]> {
    return this.#records.set(weakKey, set);
  }

  /** It was needed, and is not there. */
  isMissing(strongKey: Digest): boolean {
    return this.#missing.has(strongKey);
  }
}
