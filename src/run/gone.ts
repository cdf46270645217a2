// What is left of the units below an image that have ended: what the fold of that
// image needs, and what a unit around them has to know. The units themselves are
// forgotten, so that a build of many processes takes no more memory than one of few.

import { Below } from "../ledger/below.ts";
import type { IsSteady } from "../ledger/event-log.ts";
import type { CarriedImage } from "../ledger/fold.ts";
import { exitOf, type UnitExit } from "../ledger/units.ts";
import type { End, Exec } from "../tap/messages.ts";

/** How a unit's process came to an end, through every program that it exec'd. `endedNs` null: it has not. */
export interface Finish {
  readonly exit: UnitExit;
  readonly endedNs: bigint | null;
}

export interface GoneUnit {
  readonly start: Pick<Exec, "image" | "pid" | "path">;
  readonly end: End | null;
  readonly gone: Gone | null;
  readonly folded: CarriedImage;
  /** What was not run because it was replayed. It counts as if it had run, or the unit around would be trivial and ask for its parts each time. */
  readonly sparedNs: bigint;
  readonly wasWorthStoring: boolean;
}

export class Gone {
  readonly #pid: number;
  readonly #below: Below;
  /** Of those that the image may have become. */
  readonly #finishes = new Map<number, Finish>();
  /** Of every program that ran in them. */
  readonly programs = new Set<string>();
  /** Images whose units were to be stored. */
  readonly candidates: number[] = [];
  #cpuNs = 0;

  /** `above`: the image that they are below. */
  constructor(above: Pick<Exec, "pid">, isSteady: IsSteady) {
    this.#below = new Below(isSteady);
    this.#pid = above.pid;
  }

  add({ start: { image, pid, path }, end, gone, folded, sparedNs, wasWorthStoring }: GoneUnit): void {
    // END of an image that became another one comes after that one's, when it left forks behind.
    const mayBeSuccessor = pid === this.#pid;
    this.#below.add(folded, mayBeSuccessor);
    if (mayBeSuccessor) this.#finishes.set(image, finishOf(end, gone));
    this.#cpuNs += (end?.cpuNs ?? 0) + Number(sparedNs) + (gone?.cpuNs ?? 0);
    for (const program of [path, ...(gone?.programs ?? [])]) this.programs.add(program);
    if (wasWorthStoring) this.candidates.push(image);
    for (const candidate of gone?.candidates ?? []) this.candidates.push(candidate);
  }

  /** Processor time of all of them, and what replays spared. */
  get cpuNs(): number {
    return this.#cpuNs;
  }

  finishOf(image: number): Finish | undefined {
    return this.#finishes.get(image);
  }

  /** For the fold of the image above. */
  asOne(successor: number): CarriedImage {
    return this.#below.asOne(successor);
  }
}

/** Of an image and what it became. */
export function finishOf(end: End | null, gone: Gone | null): Finish {
  const after = end?.how === 2 ? gone?.finishOf(end.successor) : undefined;
  return { exit: exitOf(end, after?.exit), endedNs: after === undefined ? (end?.endedNs ?? null) : after.endedNs };
}
