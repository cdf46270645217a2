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
  /** Why the most expensive unit that was not stored was not. */
  readonly doubt: Doubt | null;
}

/** Doubts that are the normal course of things: a unit above make, a unit the user ended. */
const NORMAL = new Set(["comparator"]);

export class Tally {
  #replayed = 0;
  #ran = 0;
  #notStored = 0;
  #savedNs = 0n;
  #worst: { readonly doubt: Doubt; readonly cpuNs: number } | null = null;

  replayed(cpuNs: bigint, tookNs: bigint): void {
    this.#replayed += 1;
    if (cpuNs > tookNs) this.#savedNs += cpuNs - tookNs;
  }

  /** A unit that was worth storing, and is stored or failed. */
  ran(): void {
    this.#ran += 1;
  }

  refused(doubt: Doubt, cpuNs: number): void {
    if (NORMAL.has(doubt.code)) return;
    this.#ran += 1;
    this.#notStored += 1;
    if (this.#worst === null || cpuNs > this.#worst.cpuNs) this.#worst = { doubt, cpuNs };
  }

  result(processes: number, wallNs: bigint): RunResult {
    return { processes, replayed: this.#replayed, ran: this.#ran, notStored: this.#notStored, savedNs: this.#savedNs, wallNs, doubt: this.#worst?.doubt ?? null };
  }
}
