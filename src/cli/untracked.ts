// Why nothing is observed, in words, where the supervisor does not start. Its own
// reasons are in native/untracked.def; FATHOM_UNTRACKED names one from outside, and
// the command itself never sees that variable.

/** What the command line says when a command is run without being observed. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["unsupported-platform", "Fathom observes commands on Linux x86-64 only"],
  ["native-part-missing", "the native part is not built: install gcc and make, then run npm rebuild"],
]);

export function untrackedSentence(code: string): string {
  const text = REASONS.get(code) ?? `the reason given is "${code}"`;
  return `fathom: nothing is cached in this run: ${text} (${code})`;
}
