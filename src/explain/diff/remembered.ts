// Entries of one side of a comparison. Each is read once to be compared, and whether it
// is there is asked again at the end: that is remembered, the entries are not, for all of
// a large run take more memory than there may be.

import type { Digest } from "../../base/digest.ts";
import type { Ground } from "../ground.ts";

export class Remembered implements Pick<Ground["records"], "entry" | "set"> {
  readonly #records: Ground["records"];
  readonly #there = new Map<Digest, boolean>();

  constructor(records: Ground["records"]) {
    this.#records = records;
  }

  entry(strongKey: Digest): ReturnType<Ground["records"]["entry"]> {
    const entry = this.#records.entry(strongKey);
    this.#there.set(strongKey, entry !== null);
    return entry;
  }

  set(weakKey: Digest, set: Digest): ReturnType<Ground["records"]["set"]> {
    return this.#records.set(weakKey, set);
  }

  isThere(strongKey: Digest): boolean {
    return this.#there.get(strongKey) ?? this.entry(strongKey) !== null;
  }
}
