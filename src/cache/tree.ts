// The tree as it is now, asked in bulk. Files outside the roots (compilers,
// headers, libraries) are asked once a run, unless something was seen to write
// there; everything else is asked anew for each question, because a build
// changes it all the time.

import { ENOENT, isDenied, STATE_BYTES, type Disk, type StateAt } from "../base/disk.ts";
import type { AbsPath } from "../base/path.ts";
import { SIGNATURE_BYTES, type Signature } from "../base/signature.ts";
import type { Observation } from "../ledger/footprint.ts";
import { ABSENT } from "./facts.ts";
import { isIgnoredState } from "./programs.ts";
import type { Roots, Token } from "./roots.ts";
import type { SealedBefore } from "./seal.ts";
import type { Seen } from "./witness.ts";

export type Found = Signature | null | "error";

/** What one unit saw, and the fact that came of it. */
export interface Taken {
  readonly observation: Observation;
  readonly seen: Seen;
}

/** What every unit that looks at a path finds out anew. */
export interface PathNames {
  readonly name: Token;
  /** It is neither fact nor effect. */
  readonly isIgnored: boolean;
  /** That nothing is there. */
  readonly missing: Seen;
}

/** So many are kept; then they are made anew. */
const PATHS_MAX = 1 << 16;

/** As Disk.states says that nothing is there. */
const NOTHING: StateAt = { states: Buffer.alloc(STATE_BYTES), at: 0 };
NOTHING.states.writeUInt32LE(ENOENT, SIGNATURE_BYTES);

export class SystemMemo {
  readonly #names = new Map<AbsPath, PathNames>();
  readonly #states = new Map<string, Found>();
  readonly #confirmed = new Set<string>();
  readonly #taken = new Map<AbsPath, Taken>();
  readonly #sealed: SealedBefore = new Map();
  readonly #outsideWrites: () => number;
  #writesSeen: number;

  /** `outsideWrites`: a count that grows whenever a path outside the roots may have been changed. */
  constructor(outsideWrites: () => number) {
    this.#outsideWrites = outsideWrites;
    this.#writesSeen = outsideWrites();
  }

  namesOf(path: AbsPath, roots: Roots): PathNames {
    const known = this.#names.get(path);
    if (known !== undefined) return known;
    const name = roots.tokenise(path);
    const fact = { subject: { kind: "missing", name }, state: ABSENT } as const;
    const names: PathNames = { name, isIgnored: isIgnoredState(name), missing: { fact, path, signature: null, isProven: true, asSeen: NOTHING } };
    if (this.#names.size === PATHS_MAX) this.#names.clear();
    this.#names.set(path, names);
    return names;
  }

  states(): Map<string, Found> {
    this.#forget();
    return this.#states;
  }

  /** Names of what a witness has confirmed in this run (see witness.ts). */
  confirmed(): Set<string> {
    this.#forget();
    return this.#confirmed;
  }

  /** By path: who saw the same later need not look whether it is still there. */
  taken(): Map<AbsPath, Taken> {
    this.#forget();
    return this.#taken;
  }

  /** A witness of a unit that relied on the same need not ask again in which state that is. */
  sealed(): SealedBefore {
    this.#forget();
    return this.#sealed;
  }

  #forget(): void {
    const writes = this.#outsideWrites();
    if (writes === this.#writesSeen) return;
    this.#writesSeen = writes;
    this.#states.clear();
    this.#confirmed.clear();
    this.#taken.clear();
    this.#sealed.clear();
  }
}

/** One question's view: each path is asked at most once. */
export class Look {
  readonly #disk: Disk;
  readonly #system: Map<string, Found>;
  readonly #here = new Map<string, Found>();

  constructor(disk: Disk, memo: SystemMemo) {
    this.#disk = disk;
    this.#system = memo.states();
  }

  /** One call for all that are not known. */
  prefetch(here: readonly AbsPath[], system: readonly AbsPath[]): void {
    const unasked = [...here.filter((path) => !this.#here.has(path)), ...system.filter((path) => !this.#system.has(path))];
    if (unasked.length === 0) return;
    const hereCount = here.reduce((count, path) => count + (this.#here.has(path) ? 0 : 1), 0);
    for (const [index, found] of this.#disk.signatures(unasked).entries()) {
      const path = unasked[index];
      if (path !== undefined) (index < hereCount ? this.#here : this.#system).set(path, found);
    }
  }

  /** For what was found to be an error. */
  isDenied(path: AbsPath): boolean {
    return isDenied(this.#disk, path);
  }

  /** "error" for what was never fetched, so that forgetting is a no. */
  found(path: AbsPath): Found {
    return this.#here.get(path) ?? this.#system.get(path) ?? (this.#here.has(path) || this.#system.has(path) ? null : "error");
  }
}
