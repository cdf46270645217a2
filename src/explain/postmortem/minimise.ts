// Delta debugging: the fewest of several changes that make the difference. Pure but for the
// question it asks, which is an experiment and costs time. Source: Zeller and Hildebrandt,
// "Simplifying and Isolating Failure-Inducing Input", 2002.

/** `makesIt` of all of `changes` was answered with yes. Null from it: there may be no more experiments, and what is left is as small as is known. */
export function fewest<Change>(changes: readonly Change[], makesIt: (subset: readonly Change[]) => boolean | null): readonly Change[] {
  let left = changes;
  for (let parts = 2; left.length > 1;) {
    const smaller = smallerOf(left, Math.min(parts, left.length), makesIt);
    if (smaller === "ended") return left;
    if (smaller !== null) [left, parts] = [smaller, 2];
    else if (parts >= left.length) return left;
    else parts *= 2;
  }
  return left;
}

function smallerOf<Change>(left: readonly Change[], parts: number, makesIt: (subset: readonly Change[]) => boolean | null): readonly Change[] | "ended" | null {
  const pieces = Array.from({ length: parts }, (_, index) => left.slice(Math.floor(index * left.length / parts), Math.floor((index + 1) * left.length / parts)));
  const rests = parts > 2 ? pieces.map((piece) => left.filter((change) => !piece.includes(change))) : [];
  for (const subset of [...pieces, ...rests]) {
    const made = makesIt(subset);
    if (made === null) return "ended";
    if (made) return subset;
  }
  return null;
}
