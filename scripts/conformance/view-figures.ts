// Figures of views as file systems, entered by hand: what was run, in which tier, and
// what came of it. The suites of others are no part of the repository.

export const TIERS = [
  { tier: "root", title: "root (overlay)" },
  { tier: "user", title: "user (overlay in a namespace)" },
  { tier: "redirect", title: "without a mount, as root" },
  { tier: "redirectUser", title: "without a mount, as an ordinary user" },
  { tier: "copy", title: "copy" },
] as const;

export interface Suite {
  readonly name: string;
  readonly found: Readonly<Partial<Record<(typeof TIERS)[number]["tier"], string>>>;
}

export const SUITES: readonly Suite[] = [
];

/** Paragraphs behind the table. */
export const NOTES: readonly string[] = [
];
