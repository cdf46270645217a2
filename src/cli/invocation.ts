// Reads the arguments of `fathom [exec] [options] [--] <command>`: the one form
// that must start at once, so it is read without the option parser. Whatever
// does not fit goes to that parser, which explains what is wrong.

import { isSample, isSeed } from "./sample.ts";

export interface Invocation {
  readonly isQuiet: boolean;
  readonly isJson: boolean;
  readonly usesCache: boolean;
  readonly isForced: boolean;
  /** The option as it was given. */
  readonly verify: string | null;
  /** The option as it was given. */
  readonly perturb: string | null;
  readonly command: readonly [string, ...string[]];
}

const isCommand = (words: readonly string[]): words is readonly [string, ...string[]] => words.length > 0;

/** Null: not this form, or not well-formed. The same words as native/supervisor reads. */
export function parseInvocation(args: readonly string[]): Invocation | null {
  const isNamed = args[0] === "exec";
  const chosen = new Set<string>();
  let verify: string | null = null;
  let perturb: string | null = null;
  for (let at = isNamed ? 1 : 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (["--quiet", "--json", "--no-cache", "--force"].includes(word)) {
      chosen.add(word);
      continue;
    }
    if (word === "--verify" || (word.startsWith("--verify=") && isSample(word.slice("--verify=".length)))) {
      verify = word;
      continue;
    }
    if (word.startsWith("--perturb=") && isSeed(word.slice("--perturb=".length))) {
      perturb = word;
      chosen.add("--no-cache");
      continue;
    }
    // Without "exec", only "--" says that what follows is a command and not one of ours.
    if (word !== "--" && (!isNamed || word.startsWith("-"))) return null;
    const command = args.slice(word === "--" ? at + 1 : at);
    if (!isCommand(command) || (verify !== null && (chosen.has("--no-cache") || chosen.has("--force")))) return null;
    return {
      isQuiet: chosen.has("--quiet"),
      isJson: chosen.has("--json"),
      usesCache: !chosen.has("--no-cache"),
      isForced: chosen.has("--force"),
      verify,
      perturb,
      command,
    };
  }
  return null;
}

/** The same invocation in the words the supervisor understands. */
export function invocationArgs(invocation: Invocation): string[] {
  const options = [
    ...(invocation.isQuiet ? ["--quiet"] : []),
    ...(invocation.isJson ? ["--json"] : []),
    ...(invocation.usesCache ? [] : ["--no-cache"]),
    ...(invocation.isForced ? ["--force"] : []),
    ...(invocation.verify === null ? [] : [invocation.verify]),
    ...(invocation.perturb === null ? [] : [invocation.perturb]),
  ];
  return [...options, "--", ...invocation.command];
}
