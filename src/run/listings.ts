// What is in the directories in which a build looks for much that is not there: a
// compiler asks for each header in every directory of its search path. A directory
// that was listed is asked only whether it is still in the state in which it was
// listed, once a fold; its names then tell what is missing.

import { isSettled, namesIn, type Disk } from "../base/disk.ts";
import type { Clock } from "../base/clock.ts";
import type { AbsPath } from "../base/path.ts";
import type { Signature } from "../base/signature.ts";

/** So many names are asked for one by one before a directory is listed (again): more where listing it costs more. */
const ASKED_MIN = 8;
const NAMES_FOR_ONE = 16;

interface Listing {
  readonly signature: Signature;
  readonly names: ReadonlySet<string>;
}

export class Listings {
  readonly #disk: Disk;
  readonly #clock: Clock;
  /** How many names may still be asked for one by one. */
  readonly #left = new Map<AbsPath, number>();
  readonly #listed = new Map<AbsPath, Listing>();
  /** Of this fold: null where names have to be asked for one by one. */
  #holding = new Map<AbsPath, Listing | null>();

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  /** A fold begins: no directory is believed to be as it was. */
  begin(): void {
    this.#holding = new Map();
  }

  /** True when nothing has this name there; false when that is not known. */
  lacks(directory: AbsPath, name: string): boolean {
    let listing = this.#holding.get(directory);
    if (listing === undefined) {
      const left = this.#left.get(directory) ?? ASKED_MIN;
      if (left > 0) {
        this.#left.set(directory, left - 1);
        return false;
      }
      listing = this.#confirmed(directory);
      this.#holding.set(directory, listing);
    }
    return listing !== null && !listing.names.has(name);
  }

  #confirmed(directory: AbsPath): Listing | null {
    const signature = this.#disk.signatures([directory])[0];
    if (signature === undefined || signature === null || signature === "error") return null;
    const known = this.#listed.get(directory);
    if (known?.signature === signature) return known;
    if (known !== undefined) {
      this.#listed.delete(directory);
      this.#left.set(directory, Math.max(ASKED_MIN, Math.floor(known.names.size / NAMES_FOR_ONE)));
      return null;
    }
    // One that is being changed may change again without its state telling; nor does the state of another machine's.
    if (!isSettled(signature, this.#clock.realtimeNs()) || !this.#disk.isLocal(directory)) return null;
    const listing = this.#disk.list(directory);
    if (listing === null || this.#disk.signatures([directory])[0] !== signature) return null;
    const found = { signature, names: new Set([...namesIn(listing)].map(({ name }) => name)) };
    this.#listed.set(directory, found);
    return found;
  }
}
