// How long steps take with so many jobs at a time, on so many processors: list
// scheduling as build tools do it, in which what is ready starts in the given order.
// Where more processor time is asked for than there is, it is shared evenly. Pure:
// the same steps give the same time.

export interface Work {
  /** With a processor of its own. */
  readonly takesUs: number;
  /** Processors that it keeps busy meanwhile, on average; a part of one where it waits. */
  readonly load: number;
  /** Indexes; all smaller than its own. */
  readonly after: readonly number[];
  /** Smaller starts first, of what is ready. */
  readonly rank: number;
}

export interface Machine {
  /** At a time. */
  readonly jobs: number;
  readonly processors: number;
}

/** Microseconds. */
export function makespanUs(works: readonly Work[], { jobs, processors }: Machine): number {
  const missing = works.map(({ after }) => after.length);
  const dependents = works.map((): number[] => []);
  for (const [index, { after }] of works.entries()) for (const before of after) dependents[before]?.push(index);
  const ready = new Ready(works);
  for (const [index, count] of missing.entries()) if (count === 0) ready.add(index);
  const running: { readonly index: number; leftUs: number; readonly load: number }[] = [];
  let nowUs = 0;
  for (;;) {
    while (running.length < jobs) {
      const index = ready.take();
      const work = index === null ? undefined : works[index];
      if (index === null || work === undefined) break;
      running.push({ index, leftUs: work.takesUs, load: work.load });
    }
    if (running.length === 0) return nowUs;
    const asked = running.reduce((sum, { load }) => sum + load, 0);
    const slowdown = Math.max(1, asked / processors);
    // Only what it computes becomes slower, not what it waits for.
    const speeds = running.map(({ load }) => 1 / (1 + Math.min(1, load) * (slowdown - 1)));
    const stepUs = running.reduce((least, { leftUs }, at) => Math.min(least, leftUs / (speeds[at] ?? 1)), Infinity);
    nowUs += stepUs;
    for (const [at, each] of running.entries()) each.leftUs -= stepUs * (speeds[at] ?? 1);
    for (let at = running.length - 1; at >= 0; at--) {
      const each = running[at];
      if (each === undefined || each.leftUs > ROUNDING_US) continue;
      running.splice(at, 1);
      for (const next of dependents[each.index] ?? []) {
        missing[next] = (missing[next] ?? 0) - 1;
        if (missing[next] === 0) ready.add(next);
      }
    }
  }
}

const ROUNDING_US = 1e-3;

/** The longest way through: no number of jobs is faster. Of each the time from its end to the end of all, and the way as indexes. */
export function criticalPath(works: readonly Work[]): { readonly us: number; readonly path: readonly number[]; readonly tailUs: readonly number[] } {
  const tailUs = works.map(() => 0);
  const next = works.map((): number | null => null);
  for (let index = works.length - 1; index >= 0; index--) {
    const work = works[index];
    if (work === undefined) continue;
    const fromHere = (tailUs[index] ?? 0) + work.takesUs;
    for (const before of work.after) {
      if (fromHere <= (tailUs[before] ?? 0)) continue;
      tailUs[before] = fromHere;
      next[before] = index;
    }
  }
  const totalOf = (index: number): number => (tailUs[index] ?? 0) + (works[index]?.takesUs ?? 0);
  let first: number | null = null;
  for (const index of works.keys()) if (first === null || totalOf(index) > totalOf(first)) first = index;
  const path: number[] = [];
  for (let at = first; at !== null; at = next[at] ?? null) path.push(at);
  return { us: first === null ? 0 : totalOf(first), path, tailUs };
}

/** The smallest rank first: a heap, since there may be 10,000. */
class Ready {
  readonly #works: readonly Work[];
  readonly #heap: number[] = [];

  constructor(works: readonly Work[]) {
    this.#works = works;
  }

  add(index: number): void {
    const heap = this.#heap;
    let at = heap.push(index) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#isBefore(above, at)) return;
      this.#swap(above, at);
      at = above;
    }
  }

  take(): number | null {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = right < heap.length && this.#isBefore(right, left) ? right : left;
      if (least >= heap.length || this.#isBefore(at, least)) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a = 0, b = 0] = [this.#heap[one], this.#heap[other]];
    const byRank = (this.#works[a]?.rank ?? 0) - (this.#works[b]?.rank ?? 0);
    return byRank < 0 || (byRank === 0 && a <= b);
  }

  #swap(one: number, other: number): void {
    const [a = 0, b = 0] = [this.#heap[one], this.#heap[other]];
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
