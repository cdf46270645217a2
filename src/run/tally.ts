// What a run comes to, counted as it happens.

import type { Doubt } from "../ledger/footprint.ts";

/** The counters of one run; what is shown of them is the command line's business. */
export interface RunResult {
  readonly processes: number;
  readonly replayed: number;
  readonly ran: number;
  readonly notStored: number;
  readonly savedNs: bigint;
  readonly wallNs: bigint;
  /** What the supervisor took of the processors. */
  readonly supervisorNs: bigint;
  /** Why the most expensive unit that was not stored was not. */
  readonly doubt: Doubt | null;
}

/** Doubts that are the normal course of things: a unit above make, a unit the user ended. */
const NORMAL = new Set(["comparator"]);

export class Tally {
  #replayed = 0;
  #ran = 0;
  #savedNs = 0n;
  /** By image. */
  readonly #refused = new Map<number, { readonly doubt: Doubt; readonly cpuNs: number }>();
  readonly #covered = new Set<number>();

  replayed(cpuNs: bigint, tookNs: bigint): void {
    this.#replayed += 1;
    if (cpuNs > tookNs) this.#savedNs += cpuNs - tookNs;
  }

  /** Units that the supervisor answered for alone. */
  planned(units: number, savedNs: bigint): void {
    this.#replayed += units;
    this.#savedNs += savedNs;
  }

  /** A unit that was worth storing, and failed. */
  ran(): void {
    this.#ran += 1;
  }

  /** `images`: all that ran in it. What is stored with the unit around it (an assembler that reads from a pipe) is no loss. */
  stored(images: readonly number[]): void {
    this.#ran += 1;
    for (const image of images) {
      this.#covered.add(image);
      this.#refused.delete(image);
    }
  }

  refused(image: number, doubt: Doubt, cpuNs: number): void {
    if (NORMAL.has(doubt.code)) return;
    this.#ran += 1;
    if (!this.#covered.has(image)) this.#refused.set(image, { doubt, cpuNs });
  }

  result(processes: number, wallNs: bigint, supervisorNs: bigint): RunResult {
    const notStored = [...this.#refused.values()];
    const worst = notStored.reduce<{ doubt: Doubt; cpuNs: number } | null>((most, each) => (most === null || each.cpuNs > most.cpuNs ? each : most), null);
    return { processes, replayed: this.#replayed, ran: this.#ran, notStored: notStored.length, savedNs: this.#savedNs, wallNs, supervisorNs, doubt: worst?.doubt ?? null };
  }
}
