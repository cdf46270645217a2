// Images of which it is known while they run that neither they nor any unit
// around them will be stored. What happens below them is then nobody's business
// the innermost units', and nothing is folded or looked up for their sake. What
// was barren once stays so: a unit whose parts were not kept must never be stored.
// Of what has ended nothing is kept.

import type { ImageStart } from "../ledger/image.ts";

export class Barren {
  readonly #parents = new Map<number, number>();
  /** 0: above the command itself there is nothing. */
  readonly #barren = new Set<number>([0]);
  readonly #judged = new Set<number>();
  readonly #planned = new Set<number>();

  /**
   * `isComparator`: it decides by time, so that nothing that contains it is stored. `startsTasks`: it is our own program, which is not stored
   * either, and looks at no times. `mayBeStored`: false of the image itself only.
   */
  begins({ image, parent }: Pick<ImageStart, "image" | "parent">, { isComparator, startsTasks, mayBeStored }: { readonly isComparator: boolean; readonly startsTasks: boolean; readonly mayBeStored: boolean }): void {
    if (isComparator || startsTasks) {
      this.#barren.add(image);
      for (let above = parent; !this.#barren.has(above); above = this.#parents.get(above) ?? 0) this.#barren.add(above);
    } else if (!mayBeStored && this.#barren.has(parent)) this.#barren.add(image);
    this.#parents.set(image, parent);
    if (isComparator || this.#judged.has(parent)) this.#judged.add(image);
    if (isComparator || startsTasks || this.#planned.has(parent)) this.#planned.add(image);
  }

  /** Whether a program that compares times is above what this image starts: it looks at the times of what that makes. */
  isJudgedByTime(image: number): boolean {
    return this.#judged.has(image);
  }

  /** Whether the supervisor may make, without us, what a unit makes that the image starts, where no unit around that is stored. */
  isPlanned(image: number): boolean {
    return this.#planned.has(image);
  }

  has(image: number): boolean {
    return this.#barren.has(image);
  }

  /** The image and everything under it is gone, and nobody will ask about it. */
  forget(image: number): void {
    this.#parents.delete(image);
    this.#barren.delete(image);
    this.#judged.delete(image);
    this.#planned.delete(image);
  }

  /** Images of which something is kept. */
  get size(): number {
    return this.#parents.size;
  }
}
