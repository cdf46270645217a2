// Why nothing is observed, in words. The supervisor names the reason by code in
// FATHOM_UNTRACKED; the command itself never sees that variable.

/** What the command line says when a command is run without being observed. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["unsupported-platform", "Fathom observes commands on Linux x86-64 only"],
  ["native-part-missing", "the native part is not built: install gcc and make, then run npm rebuild"],
  ["seccomp-refused", "the kernel refused the filter that observes system calls"],
  ["listener-taken", "another program on this machine already observes these system calls"],
  ["kernel-too-old", "the kernel is too old to hand system calls to an observer (Linux 5.5 is needed)"],
  ["engine-missing", "no program named \"node\" could be started to decide what to replay"],
]);

export function untrackedSentence(code: string): string {
  const text = REASONS.get(code) ?? `the reason given is "${code}"`;
  return `fathom: nothing is cached in this run: ${text} (${code})`;
}

export const untrackedCodes: readonly string[] = [...REASONS.keys()];
