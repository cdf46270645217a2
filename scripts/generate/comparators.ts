// The text of src/cache/comparators.ts.

import type { Definitions } from "./definitions.ts";

export function comparatorsText({ comparators, thresholds }: Definitions): string {
  return `// Generated from native/units.def by scripts/generate.ts; edit that. What the
// supervisor knows as well, because it does without Node where it can.

/** By the last part of their path. See COMPARATORS in programs.ts. */
export const COMPARATOR_NAMES: readonly string[] = [
${comparators.map((name) => `  "${name}",`).join("\n")}
];

${thresholds.map(({ name, value }) => `export const ${name} = ${value}n;`).join("\n")}
`;
}
