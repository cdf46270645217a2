// Which units are worth an entry. The text of the rules is in
// docs/reference/cache-key.md; each has its reason code here. What is skipped
// here is normal and not shown to the user; refusals come from capture.ts.

import { isWithin, type AbsPath } from "../base/path.ts";
import { MIN_CPU_NS } from "./comparators.ts";
import type { Doubt } from "../ledger/footprint.ts";
import { areOverwriters, COMPARATORS, isListed } from "./programs.ts";
import type { Roots } from "./roots.ts";

export interface Candidate {
  /** Path of the program as it was asked for: "/w/./cc" too. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly cwd: AbsPath;
  readonly cpuNs: bigint;
  readonly exitCode: number;
  /** It was asked about, and will be each time; or it is a task: people look whether those ran, and a whole run has a plan only if none did. */
  readonly isAskedAbout: boolean;
}

export type Skip =
  | "comparator" /** It decides by time and runs always. */
  | "failed" /** Another try may succeed. */
  | "temporary-name" /** A random name in arguments or directory: the same command never comes back. */
  | "trivial"; /** Running is as cheap as asking. */

export type Worth = { readonly kind: "store" } | { readonly kind: "skip"; readonly reason: Skip };

export function worthOf(unit: Candidate, roots: Roots): Worth {
  if (isListed(COMPARATORS, unit.program)) return { kind: "skip", reason: "comparator" };
  if (unit.exitCode !== 0) return { kind: "skip", reason: "failed" };
  if (namesTemporary(unit, roots)) return { kind: "skip", reason: "temporary-name" };
  if (unit.cpuNs < MIN_CPU_NS && !unit.isAskedAbout) return { kind: "skip", reason: "trivial" };
  return { kind: "store" };
}

/**
 * Why a unit cannot be stored. Compilers and linkers use no open file that they were not told of: cargo leaves a pair of
 * sockets open in each of them.
 */
export function doubtOf(programs: readonly string[], doubts: readonly Doubt[]): Doubt | undefined {
  return doubts.find(({ code }) => code !== "inherited-descriptor" || !areOverwriters(programs));
}

/** Known before running: an exec that need not be asked about. */
export function isNeverStored(unit: Pick<Candidate, "program" | "argv" | "cwd">, roots: Roots): boolean {
  return isListed(COMPARATORS, unit.program) || namesTemporary(unit, roots);
}

function namesTemporary(unit: Pick<Candidate, "argv" | "cwd">, roots: Roots): boolean {
  const temporary = roots.pathOf("T");
  if (temporary === null) return false;
  // The root itself is no random name (-fdebug-prefix-map=/tmp=.).
  const below = (token: string): boolean => token.startsWith("\x01T/");
  return (isWithin(unit.cwd, temporary) && below(roots.tokenise(unit.cwd))) ||
    unit.argv.some((argument) => argument.includes(temporary) && roots.tokeniseText(argument).includes("\x01T/"));
}
