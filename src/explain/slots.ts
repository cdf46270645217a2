// How many steps ran at a time, and when fewer did than ever did: the scheduler's
// slots, as far as the run itself shows how many there were.

interface Interval {
  readonly startUs: number;
  readonly endUs: number;
}

export interface Idle {
  /** As many as were ever at work at once. */
  readonly jobs: number;
  /** From the first start to the last end. */
  readonly spanUs: number;
  /** Slots times time in which nothing ran in them. */
  readonly wholeUs: number;
  /** Of the time between two moments, how much had a slot to spare. */
  readonly betweenUs: (fromUs: number, toUs: number) => number;
}

/** `steps` in the order of their starts. */
export function atOnceMax(steps: readonly Interval[]): number {
  const ends = steps.map(({ endUs }) => endUs).sort((a, b) => a - b);
  let [most, ended] = [0, 0];
  for (const [started, { startUs }] of steps.entries()) {
    while ((ends[ended] ?? Infinity) <= startUs) ended += 1;
    most = Math.max(most, started + 1 - ended);
  }
  return most;
}

/** A sum of amounts, each for as long as its interval. */
export class OverTime {
  /** Moments at which the sum changes, and its integral up to each. */
  readonly #moments: readonly number[];
  readonly #integrals: readonly number[];

  /** `map` is applied to the sum: what is integrated is, for instance, only whether it is below a limit. */
  constructor(parts: readonly (Interval & { readonly amount: number })[], map: (sum: number) => number = (sum) => sum) {
    const changes = parts.flatMap(({ startUs, endUs, amount }) => [[startUs, amount], [endUs, -amount]] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const [moments, integrals]: [number[], number[]] = [[], []];
    let [sum, integral, atUs] = [0, 0, changes[0]?.[0] ?? 0];
    for (const [us, change] of changes) {
      integral += map(sum) * (us - atUs);
      sum += change;
      atUs = us;
      moments.push(us);
      integrals.push(integral);
    }
    this.#moments = moments;
    this.#integrals = integrals;
  }

  between(fromUs: number, toUs: number): number {
    return toUs <= fromUs ? 0 : this.#upTo(toUs) - this.#upTo(fromUs);
  }

  mean(fromUs: number, toUs: number): number {
    return toUs <= fromUs ? 0 : this.between(fromUs, toUs) / (toUs - fromUs);
  }

  #upTo(us: number): number {
    const moments = this.#moments;
    let [low, high] = [0, moments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((moments[middle] ?? 0) <= us) low = middle + 1;
      else high = middle;
    }
    // Between two moments nothing changes.
    const [before, after] = [moments[low - 1], moments[low]];
    const [a, b] = [this.#integrals[low - 1] ?? 0, this.#integrals[low]];
    return before === undefined || after === undefined || b === undefined ? a : a + ((b - a) * (us - before)) / (after - before);
  }
}

/** `steps` in the order of their starts. */
export function idle(steps: readonly Interval[]): Idle {
  const jobs = Math.max(1, atOnceMax(steps));
  const ones = steps.map(({ startUs, endUs }) => ({ startUs, endUs, amount: 1 }));
  const [fromUs, toUs] = [steps[0]?.startUs ?? 0, steps.reduce((last, { endUs }) => Math.max(last, endUs), 0)];
  const spare = new OverTime(ones, (running) => (running < jobs ? 1 : 0));
  return { jobs, spanUs: toUs - fromUs, wholeUs: new OverTime(ones, (running) => jobs - running).between(fromUs, toUs), betweenUs: (from, to) => spare.between(from, to) };
}
