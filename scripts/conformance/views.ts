// What was found of views as file systems, as a part of docs/reference/conformance.md.
// The figures are in view-figures.ts.

import { NOTES, SUITES, TIERS, type Suite } from "./view-figures.ts";

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;

const rowOf = ({ name, found }: Suite): string => row([name, ...TIERS.map(({ tier }) => found[tier] ?? "not run")]);

export const VIEWS = `
## Views

Views as file systems, against a plain directory in which the same is done. The fuzzer and stress-ng run in the repository (\`npm run fuzz:views\`, \`npm run stress:views\`);
suites of others are run by hand, and are no part of it.

${row(["suite", ...TIERS.map(({ title }) => title)])}|${"---|".repeat(TIERS.length + 1)}
${SUITES.map(rowOf).join("")}
${NOTES.join("\n")}
`;
