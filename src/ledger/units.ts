// Which images form a unit, and when it is finished: an image with everything
// under it, all of it ended. Pure bookkeeping on EXEC and END as they come.

import type { ImageEnd, ImageStart } from "./image.ts";

export interface UnitNode {
  readonly start: ImageStart;
  readonly end: ImageEnd | null;
  /** Direct children and exec'd successors, in the order they started. */
  readonly children: readonly UnitNode[];
}

export type UnitExit =
  | { readonly kind: "exited"; readonly code: number; readonly exitSeq: number }
  | { readonly kind: "killed"; readonly signal: number; readonly exitSeq: number }
  /** Still running, or nobody saw it end. */
  | { readonly kind: "unknown" };

interface Growing extends UnitNode {
  end: ImageEnd | null;
  readonly parent: Growing | null;
  readonly children: Growing[];
  /** Of itself and everything under it. */
  running: number;
}

export class UnitTree {
  readonly #images = new Map<number, Growing>();

  exec(start: ImageStart): void {
    const parent = this.#images.get(start.parent) ?? null;
    const node: Growing = { start, end: null, parent, children: [], running: 1 };
    this.#images.set(start.image, node);
    parent?.children.push(node);
    for (let above = parent; above !== null; above = above.parent) above.running += 1;
  }

  /** The units that this end finishes, innermost first. An end that nobody started, or a second one, finishes nothing. */
  end(end: ImageEnd): UnitNode[] {
    const node = this.#images.get(end.image);
    if (node === undefined || node.end !== null) return [];
    node.end = end;
    const finished: UnitNode[] = [];
    for (let above: Growing | null = node; above !== null; above = above.parent) {
      above.running -= 1;
      if (above.running === 0) finished.push(above);
    }
    return finished;
  }

  /** Images of which some process still runs, as far as is known. */
  running(): ImageStart[] {
    return [...this.#images.values()].filter(({ end }) => end === null).map(({ start }) => start);
  }

  unit(image: number): UnitNode | undefined {
    return this.#images.get(image);
  }

  /** Forgets a unit and everything under it: nothing more will be asked. */
  drop(image: number): void {
    const waiting = [this.#images.get(image)];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      this.#images.delete(node.start.image);
      waiting.push(...node.children);
    }
  }
}

/** How the process of the unit's root came to an end, through every program that it exec'd. */
export function exitOf(unit: UnitNode): UnitExit {
  let node: UnitNode | undefined = unit;
  while (node !== undefined) {
    const end: ImageEnd | null = node.end;
    if (end === null) return { kind: "unknown" };
    if (end.how === 0) return { kind: "exited", code: end.code, exitSeq: end.exitSeq };
    if (end.how === 1) return { kind: "killed", signal: end.code, exitSeq: end.exitSeq };
    if (end.how !== 2) return { kind: "unknown" };
    node = node.children.find((child) => child.start.image === end.successor);
  }
  return { kind: "unknown" };
}

/** Processor time of every image of the unit, nanoseconds. */
export function cpuNsOf(unit: UnitNode): number {
  let sum = 0;
  const waiting: UnitNode[] = [unit];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    sum += node.end?.cpuNs ?? 0;
    waiting.push(...node.children);
  }
  return sum;
}
