// Collects doubts, each once. A doubt never disappears: what is added here
// keeps the unit out of the store.

import type { Doubt } from "./footprint.ts";
import { REASONS } from "./layout.ts";

export class Doubts {
  readonly #doubts = new Map<string, Doubt>();

  add(code: string, program: string, detail: string): void {
    const key = `${code}\0${program}\0${detail}`;
    if (!this.#doubts.has(key)) this.#doubts.set(key, { code, program, detail });
  }

  addAll(doubts: readonly Doubt[]): void {
    for (const doubt of doubts) this.add(doubt.code, doubt.program, doubt.detail);
  }

  /** `reason`: a number of ledger.def; one that this version does not know is a doubt all the same. */
  addReason(reason: number, program: string, detail: string): void {
    const known = REASONS.get(reason);
    this.add(known?.code ?? "unknown-reason", program, detail === "" ? (known?.text ?? `reason ${reason}`) : detail);
  }

  list(): Doubt[] {
    return [...this.#doubts.values()];
  }
}
