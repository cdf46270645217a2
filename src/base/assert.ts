// What only our own mistake can cause. Left on in releases.

export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`Bug in Fathom: it is not true that ${claim}`);
}

export function unreachable(value: never): never {
  throw new Error(`Bug in Fathom: an impossible case, ${JSON.stringify(value)}`);
}
