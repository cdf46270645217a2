// For a name that nobody has: those that were perhaps meant.

const NEAREST_MAX = 3;

/** Insertions, deletions, replacements and swaps of neighbours. Optimal string alignment. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last: number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let at = 1; at <= b.length; at += 1) {
      const isSame = a[row - 1] === b[at - 1];
      let steps = Math.min((last[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1, (last[at - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwap = row > 1 && at > 1 && a[row - 1] === b[at - 2] && a[row - 2] === b[at - 1];
      if (isSwap) steps = Math.min(steps, (before[at - 2] ?? 0) + 1);
      next.push(steps);
    }
    [before, last] = [last, next];
  }
  return last[b.length] ?? 0;
}

/** Nearest first; none that is a different word. */
export function nearest(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const near: { readonly name: string; readonly steps: number }[] = [];
  for (const each of known) {
    const text = each.toLowerCase();
    const short = text.replace(/^@[^/]*\//, "");
    const steps = text.includes(wanted) && wanted.length > 1 ? 1 : Math.min(distance(wanted, text), distance(wanted, short));
    if (steps <= Math.max(1, Math.floor(wanted.length / 3))) near.push({ name: each, steps });
  }
  return near.sort((a, b) => a.steps - b.steps).slice(0, NEAREST_MAX).map(({ name: found }) => found);
}

/** A line of advice, or nothing. */
export function perhaps(name: string, known: Iterable<string>, otherwise: string): string {
  const found = nearest(name, known);
  return found.length === 0 ? otherwise : `Perhaps you mean ${found.map((each) => `"${each}"`).join(" or ")}`;
}
