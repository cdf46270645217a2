// Things with their places in the order of the run. They come as lists that are in
// order, or nearly: such runs are merged, which is cheaper than sorting.

interface Run<T> {
  readonly items: T[];
  readonly seqs: number[];
}

export class InOrder<T> {
  /** Each in order; one behind the other they are in the order given. */
  #runs: Run<T>[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(item: T, seq: number): void {
    let run = this.#runs.at(-1);
    if (run === undefined || seq < (run.seqs[run.seqs.length - 1] ?? seq)) this.#runs.push((run = { items: [], seqs: [] }));
    run.items.push(item);
    run.seqs.push(seq);
    this.#length += 1;
  }

  /** Of what has the same place the one that was added first comes first. */
  sorted(): { readonly items: readonly T[]; readonly seqs: readonly number[] } {
    while (this.#runs.length > 1) this.#runs = mergedInPairs(this.#runs);
    return this.#runs[0] ?? { items: [], seqs: [] };
  }

  each(visit: (item: T, seq: number) => void): void {
    const { items, seqs } = this.sorted();
    let at = 0;
    for (const item of items) visit(item, seqs[at++] ?? 0);
  }
}

function mergedInPairs<T>(runs: readonly Run<T>[]): Run<T>[] {
  const merged: Run<T>[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    const [one, other] = [runs[at], runs[at + 1]];
    if (one !== undefined) merged.push(other === undefined ? one : merge(one, other));
  }
  return merged;
}

/** Of what has the same position, `one` comes first. */
function merge<T>(one: Run<T>, other: Run<T>): Run<T> {
  const merged: Run<T> = { items: [], seqs: [] };
  let at = 0;
  for (const [index, item] of other.items.entries()) {
    const seq = other.seqs[index] ?? 0;
    for (; at < one.seqs.length && (one.seqs[at] ?? 0) <= seq; at += 1) take(merged, one, at);
    merged.items.push(item);
    merged.seqs.push(seq);
  }
  for (; at < one.seqs.length; at += 1) take(merged, one, at);
  return merged;
}

function take<T>(merged: Run<T>, { items, seqs }: Run<T>, at: number): void {
  const [item, seq] = [items[at], seqs[at]];
  if (item === undefined || seq === undefined) return;
  merged.items.push(item);
  merged.seqs.push(seq);
}
