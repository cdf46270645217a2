// Why nothing is observed, in words. The supervisor names the reason by code in
// FATHOM_UNTRACKED; the command itself never sees that variable.

/** What the command line says when a command is run without being observed. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["unsupported-platform", "Fathom observes commands on Linux x86-64 only"],
  ["native-part-missing", "the native part is not built: install gcc and make, then run npm rebuild"],
  ["seccomp-refused", "the kernel refused the filter that observes system calls"],
  ["listener-busy", "another program on this machine already observes these system calls"],
  ["no-memory-file", "the kernel gave no memory file to record in"],
  ["no-folder", "the current folder is gone: change to one that exists"],
  ["no-store", "there is no folder in which a store can be kept: set FATHOM_STORE to one in which files can be made"],
]);

export function untrackedSentence(code: string): string {
  const text = REASONS.get(code) ?? `the reason given is "${code}"`;
  return `fathom: nothing is cached in this run: ${text} (${code})`;
}
