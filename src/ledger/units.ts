// When a unit is finished: an image with everything under it, all of it ended, and
// how it ended. Pure bookkeeping on EXEC and END as they come; of what is finished
// nothing is kept.

import type { ImageEnd, ImageStart } from "./image.ts";

export type UnitExit =
  | { readonly kind: "exited"; readonly code: number; readonly exitSeq: number }
  | { readonly kind: "killed"; readonly signal: number; readonly exitSeq: number }
  /** Still running, or nobody saw it end. */
  | { readonly kind: "unknown" };

interface Growing {
  readonly start: ImageStart;
  readonly parent: Growing | null;
  hasEnded: boolean;
  /** Of itself and everything under it. */
  running: number;
}

export class UnitTree {
  readonly #images = new Map<number, Growing>();

  exec(start: ImageStart): void {
    const parent = this.#images.get(start.parent) ?? null;
    this.#images.set(start.image, { start, parent, hasEnded: false, running: 1 });
    for (let above = parent; above !== null; above = above.parent) above.running += 1;
  }

  /** The units that this end finishes, innermost first, by their images. An end that nobody started, or a second one, finishes nothing. */
  end({ image }: Pick<ImageEnd, "image">): number[] {
    const node = this.#images.get(image);
    if (node === undefined || node.hasEnded) return [];
    node.hasEnded = true;
    const finished: number[] = [];
    for (let above: Growing | null = node; above !== null; above = above.parent) {
      above.running -= 1;
      if (above.running > 0) continue;
      finished.push(above.start.image);
      this.#images.delete(above.start.image);
    }
    return finished;
  }

  /** An image that runs, and those in which it runs. */
  around(image: number): readonly number[] {
    const found: number[] = [];
    for (let at = this.#images.get(image) ?? null; at !== null; at = at.parent) found.push(at.start.image);
    return found;
  }

  /** Images of which some process still runs, as far as is known. */
  running(): ImageStart[] {
    return [...this.#images.values()].filter(({ hasEnded }) => !hasEnded).map(({ start }) => start);
  }

  /** Images of which something is kept. */
  get size(): number {
    return this.#images.size;
  }
}

/** How a process came to an end. `after`: how the program did that it exec'd, if it did. */
export function exitOf(end: ImageEnd | null, after: UnitExit | undefined): UnitExit {
  if (end?.how === 0) return { kind: "exited", code: end.code, exitSeq: end.exitSeq };
  if (end?.how === 1) return { kind: "killed", signal: end.code, exitSeq: end.exitSeq };
  return (end?.how === 2 ? after : undefined) ?? { kind: "unknown" };
}
