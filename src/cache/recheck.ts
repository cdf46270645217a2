// A tree that differs a little from the one a witness confirmed: what has the
// same signature has the same state as in the entry that was confirmed, so only
// the rest is asked again. Most checks that are not a plain "nothing changed"
// are of this kind: one header was edited, or everything was touched.

import { STATE_BYTES, type Disk } from "../base/disk.ts";
import { SIGNATURE_BYTES, type Signature } from "../base/signature.ts";
import type { Entry } from "./entry.ts";
import { ABSENT, decodeStates, isAboutMode, isAboutPath, type Fact, type PathSet, type State } from "./facts.ts";
import { measure, newestInputNs, valueOf, type Ground, type Measured } from "./measure.ts";
import { isSystem } from "./roots.ts";
import { modesHold, type Seal } from "./seal.ts";
import type { SystemMemo } from "./tree.ts";
import { nameOf, type Confirmed } from "./witness.ts";

export interface Rechecked {
  readonly states: readonly State[];
  /** What was asked again, by position in the set. */
  readonly changed: ReadonlyMap<number, Measured>;
  /** As the tree is now. The strong key is still the old one. */
  readonly confirmed: Confirmed;
}

/** Null when the records do not fit together. */
export function recheck(confirmed: Confirmed, entry: Entry, set: PathSet, ground: Ground, disk: Disk, memo: SystemMemo): Rechecked | null {
  const before = decodeStates(entry.states, set.subjects.length);
  if (before === null || entry.set !== set.digest) return null;
  const isSystemKnown = memo.confirmed().has(confirmed.systemName);
  const here = new Slots(confirmed.here, disk.states(confirmed.here.paths));
  const system = new Slots(confirmed.system, isSystemKnown ? confirmed.system.states : disk.states(confirmed.system.paths));
  if (!here.isWhole() || !system.isWhole()) return null;
  const areTypesSame = modesHold(confirmed.types, disk);
  const states = [...before];
  const asked: { readonly index: number; readonly slots: Slots | null; readonly slot: number }[] = [];
  const variables: Fact[] = [];
  for (const [index, subject] of set.subjects.entries()) {
    if (!isAboutPath(subject)) {
      const state = valueOf(subject, ground);
      states[index] = state;
      variables.push({ subject, state });
    } else if (isAboutMode(subject)) {
      if (!areTypesSame) asked.push({ index, slots: null, slot: 0 });
    } else {
      const slots = isSystem(subject.name) ? system : here;
      const slot = slots.next();
      if (!slots.isSame(slot)) asked.push({ index, slots, slot });
    }
  }
  if (!here.isAtEnd() || !system.isAtEnd()) return null;
  const subjects = asked.flatMap(({ index }) => set.subjects[index] ?? []);
  const measured = measure(subjects, ground);
  const changed = new Map<number, Measured>();
  for (const [order, { index, slots, slot }] of asked.entries()) {
    const answer = measured[order];
    if (answer === undefined) return null;
    states[index] = answer.state;
    changed.set(index, answer);
    slots?.prove(slot, answer);
  }
  const newestNs = newestInputNs(subjects, measured.map(({ signature }) => signature), entry.effects);
  const sealed = system.seal();
  return {
    states, changed,
    confirmed: {
      ...confirmed, variables, here: here.seal(), system: sealed, plan: null,
      systemName: sealed === confirmed.system ? confirmed.systemName : nameOf(sealed),
      // The newest one before may have gone: then outputs get a new time without need.
      newestInputNs: newestNs > confirmed.newestInputNs ? newestNs : confirmed.newestInputNs,
    },
  };
}

/** The states of a seal beside those of now. */
class Slots {
  readonly #seal: Seal;
  readonly #now: Buffer;
  readonly #isAllSame: boolean;
  #proven: Buffer | null = null;
  #next = 0;

  constructor(seal: Seal, now: Buffer) {
    this.#seal = seal;
    this.#now = now;
    this.#isAllSame = now.equals(seal.states);
  }

  next(): number {
    return STATE_BYTES * this.#next++;
  }

  /** A state for each path. */
  isWhole(): boolean {
    return this.#now.length === this.#seal.states.length;
  }

  isAtEnd(): boolean {
    return STATE_BYTES * this.#next === this.#seal.states.length;
  }

  isSame(slot: number): boolean {
    const end = slot + STATE_BYTES;
    return this.#isAllSame || (end <= this.#now.length && this.#now.compare(this.#seal.states, slot, end, slot, end) === 0);
  }

  /** What was seen now is proof from now on, if it was what was measured. */
  prove(slot: number, { state, signature, isSettled }: Measured): void {
    this.#proven ??= Buffer.from(this.#seal.states);
    const isThere = this.#now.readUInt32LE(slot + SIGNATURE_BYTES) === 0;
    const seen = this.#now.toString("latin1", slot, slot + SIGNATURE_BYTES) as Signature;
    const isProof = isThere ? isSettled && seen === signature : state === ABSENT;
    if (isProof) this.#now.copy(this.#proven, slot, slot, slot + STATE_BYTES);
    else this.#proven.fill(0, slot, slot + STATE_BYTES);
  }

  seal(): Seal {
    return this.#proven === null ? this.#seal : { paths: this.#seal.paths, states: this.#proven };
  }
}
