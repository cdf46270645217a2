// What this run has learned about paths whose signature tells their state: the
// digest of a file, the names in a directory, the target of a link. Only
// settled signatures (see isSettled in base/disk.ts) are believed later. The
// signature index is asked last, because opening it costs more than a small
// build's whole check.

import type { Clock } from "../base/clock.ts";
import { isSettled, type Disk } from "../base/disk.ts";
import type { Digest } from "../base/digest.ts";
import type { AbsPath } from "../base/path.ts";
import { sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import type { Store } from "../store/store.ts";
import { linkState, listedState, type State } from "./facts.ts";
import { candidatesIn } from "./libraries.ts";
import { HASH_BEFORE_INDEX_BYTES } from "./limits.ts";
import { Mapped } from "./mapped.ts";
import { withoutIgnored } from "./programs.ts";
import type { Roots } from "./roots.ts";

export interface Digested {
  readonly digest: Digest;
  /** The state in which this was the content. */
  readonly signature: Signature;
  /** Whether an equal signature will still mean this content. */
  readonly isSettled: boolean;
}

export interface Answered {
  readonly state: State;
  readonly isSettled: boolean;
}

export interface PathState {
  readonly path: AbsPath;
  readonly signature: Signature;
}

export class Known {
  readonly mapped = new Mapped();
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #digests = new Map<AbsPath, { readonly signature: Signature; readonly digest: Digest }>();
  /** Of files that have changed since: several units around each other may each need what one of them overwrote. */
  readonly #past = new Map<string, Digest>();
  readonly #answers = new Map<AbsPath, { readonly signature: Signature; readonly state: State }>();
  #hashedBytes = 0;

  constructor(disk: Disk, clock: Clock, store: Store) {
    this.#disk = disk;
    this.#clock = clock;
    this.#store = store;
  }

  /** From a witness, or whatever else saw content and settled signature together. */
  learnDigest(path: AbsPath, signature: Signature, digest: Digest): void {
    const before = this.#digests.get(path);
    if (before !== undefined && before.signature !== signature) this.#past.set(`${path}\0${before.signature}`, before.digest);
    this.#digests.set(path, { signature, digest });
  }

  learnAnswer(path: AbsPath, signature: Signature, state: State): void {
    this.#answers.set(path, { signature, state });
  }

  /** The content of files that are in these states now, or, where they just changed, in the state given back. Null: no such file, or one that is mapped. */
  digests(wanted: readonly PathState[]): (Digested | null)[] {
    const found = wanted.map((file) => this.#remembered(file));
    const unknown = wanted.filter(({ signature }, index) => found[index] === null && !this.mapped.has(signature));
    if (unknown.length === 0) return found;
    const bytes = unknown.reduce((sum, { signature }) => sum + sizeBytesOf(signature), 0);
    const fresh = this.#hashedBytes + bytes <= HASH_BEFORE_INDEX_BYTES ? this.#hash(unknown, bytes) : this.#askIndex(unknown);
    return found.map((known, index) => known ?? fresh.get(wanted[index]?.path ?? "") ?? null);
  }

  /** The digest that content had in a state that may be past. */
  earlier(path: AbsPath, signature: Signature): Digest | null {
    if (this.mapped.has(signature)) return null;
    const past = this.#remembered({ path, signature })?.digest ?? this.#past.get(`${path}\0${signature}`);
    if (past !== undefined) return past;
    const indexed = this.#store.index.get(path, signature);
    if (indexed !== null) this.#past.set(`${path}\0${signature}`, indexed);
    return indexed;
  }

  /** See Disk. */
  otherOwner(path: AbsPath): string {
    return this.#disk.otherOwner(path);
  }

  /** Names of a directory. Null: it is none. */
  listed(path: AbsPath, signature: Signature, roots: Roots): Answered | null {
    return this.#answer(path, signature, () => {
      const names = this.#disk.list(path);
      return names === null ? null : listedState(withoutIgnored(roots.tokenise(path), names));
    });
  }

  /** Names of a directory that belong to these libraries. Null: it is none. */
  searched(path: AbsPath, signature: Signature, libraries: ReadonlySet<string>): Answered | null {
    const startedAtNs = this.#clock.realtimeNs();
    const names = this.#disk.list(path);
    return names === null ? null : { state: listedState(candidatesIn(names, libraries)), isSettled: this.#isLasting(path, signature, startedAtNs) };
  }

  /** Target of a link. Null: it is none. */
  link(path: AbsPath, signature: Signature, roots: Roots): Answered | null {
    return this.#answer(path, signature, () => {
      const target = this.#disk.readLink(path);
      return target === null ? null : linkState(roots.tokeniseText(target));
    });
  }

  #answer(path: AbsPath, signature: Signature, ask: () => State | null): Answered | null {
    const known = this.#answers.get(path);
    if (known?.signature === signature) return { state: known.state, isSettled: true };
    const startedAtNs = this.#clock.realtimeNs();
    const state = ask();
    if (state === null) return null;
    const settled = this.#isLasting(path, signature, startedAtNs);
    if (settled) this.learnAnswer(path, signature, state);
    return { state, isSettled: settled };
  }

  /** Whether an equal signature will mean an equal answer. Changed between the two questions: the signature is not that of the answer. */
  #isLasting(path: AbsPath, signature: Signature, startedAtNs: bigint): boolean {
    return isSettled(signature, startedAtNs) && this.#disk.signatures([path])[0] === signature;
  }

  #remembered({ path, signature }: PathState): Digested | null {
    const known = this.#digests.get(path);
    return known?.signature === signature && !this.mapped.has(signature) ? { digest: known.digest, signature, isSettled: true } : null;
  }

  #askIndex(unknown: readonly PathState[]): Map<string, Digested> {
    const found = new Map<string, Digested>();
    const rest: PathState[] = [];
    for (const file of unknown) {
      const digest = this.#store.index.get(file.path, file.signature);
      if (digest === null) {
        rest.push(file);
        continue;
      }
      this.learnDigest(file.path, file.signature, digest);
      found.set(file.path, { digest, signature: file.signature, isSettled: true });
    }
    for (const [path, hashed] of this.#hash(rest, 0)) found.set(path, hashed);
    return found;
  }

  #hash(files: readonly PathState[], bytes: number): Map<string, Digested> {
    this.#hashedBytes += bytes;
    const found = new Map<string, Digested>();
    if (files.length === 0) return found;
    const hashed = this.#disk.hashFiles(files.map(({ path }) => path));
    for (const [index, { path }] of files.entries()) {
      const file = hashed[index];
      if (file === null || file === undefined || typeOf(file.signature) !== "file" || this.mapped.has(file.signature)) continue;
      const settled = isSettled(file.signature, file.startedAtNs);
      if (settled) {
        this.learnDigest(path, file.signature, file.digest);
        this.#store.index.put(path, file.signature, file.digest, file.startedAtNs);
      }
      found.set(path, { digest: file.digest, signature: file.signature, isSettled: settled });
    }
    return found;
  }
}
