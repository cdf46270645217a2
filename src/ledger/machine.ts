// What a program was told about the machine and about who runs it. That uname(2)
// was called is in the ledger; several programs call it at their start whatever
// they are to do, and of `uname` itself the arguments say what it shows.

import type { ImageStart } from "./image.ts";
import type { LedgerRecord } from "./layout.ts";

/** Questions that the supervisor answers beside the variables. Source: native/ledger.h */
export const HOST_NAME = "\x01host-name";
export const KERNEL = "\x01kernel";
/** What uname -m shows. */
export const MACHINE = "\x01machine";
export const USER = "\x01user";
const UNAME_ASKED = "\x01uname";

const QUESTIONS: ReadonlySet<string> = new Set([HOST_NAME, KERNEL, MACHINE, USER]);
const ALL: readonly string[] = [HOST_NAME, KERNEL, MACHINE];
/** Of one machine and user, wherever the streams lead. */
export const isAboutMachine = (question: string): boolean => QUESTIONS.has(question);

/** How often they ask at their start: bash for $HOSTNAME, Java for what the kernel can do, rustup for which programs it is to start. */
const AT_START: ReadonlyMap<string, number> = new Map([
  ["bash", 1], ["rbash", 1], ["rustup", 3], ["java", 1], ["javac", 1], ["javadoc", 1], ["jar", 1],
]);

const SCRIPT = /\.(?:[cm]?[jt]sx?|json|node)$/;

/**
 * Since 20.3 Node asks what the kernel can do before it looks for a script, and each version when its module "os" is loaded, which nearly every tool does. os.hostname() asks
 * once more; os.release() and os.version() do not. Without a script (`-e`) one call is taken to be of either kind.
 */
function asksOfNode(records: readonly LedgerRecord[], asks: readonly number[]): number {
  const begins = records.findIndex((record) => "path" in record && SCRIPT.test(record.path));
  return asks.filter((at) => at < begins).length + 1;
}

/** They show one thing alone. */
const SHOWN: ReadonlyMap<string, readonly string[]> = new Map([
  ["hostname", [HOST_NAME]], ["dnsdomainname", [HOST_NAME]], ["domainname", [HOST_NAME]], ["nisdomainname", [HOST_NAME]], ["ypdomainname", [HOST_NAME]], ["arch", [MACHINE]],
]);

/** They show who runs them, or what that user may do. */
const USER_TELLERS: ReadonlySet<string> = new Set(["id", "whoami", "groups", "logname"]);
/** One file with many programs, the first argument says which. */
const MANY_IN_ONE: ReadonlySet<string> = new Set(["busybox", "toybox"]);

/** uname(1). */
const UNAME_LETTERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["a", ALL], ["n", [HOST_NAME]], ["r", [KERNEL]], ["v", [KERNEL]], ["m", [MACHINE]], ["p", [MACHINE]], ["i", [MACHINE]], ["s", []], ["o", []],
]);
const UNAME_WORDS: ReadonlyMap<string, string> = new Map([
  ["--all", "a"], ["--nodename", "n"], ["--kernel-release", "r"], ["--kernel-version", "v"], ["--kernel-name", "s"], ["--machine", "m"],
  ["--processor", "p"], ["--hardware-platform", "i"], ["--operating-system", "o"], ["--help", ""], ["--version", ""],
]);

function shownByUname(options: readonly string[]): readonly string[] {
  const letters = options.flatMap((option) => (option.startsWith("--") ? (UNAME_WORDS.get(option) ?? "a") : option.replace(/^-/, "")).split(""));
  return letters.flatMap((letter) => UNAME_LETTERS.get(letter) ?? ALL);
}

/** `names`: of the program, as programNames gives them. `asks`: which of the records say that uname(2) was called. */
export function machineQuestions({ argv }: ImageStart, names: readonly string[], records: readonly LedgerRecord[], asks: readonly number[]): readonly string[] {
  const [, first = "", ...rest] = argv;
  const isOneOfMany = names.some((name) => MANY_IN_ONE.has(name)) && !names.includes("uname");
  const called = isOneOfMany ? [...names, first] : names;
  const user = called.some((name) => USER_TELLERS.has(name)) ? [USER] : [];
  if (asks.length === 0) return user;
  const atStart = called.includes("node") ? asksOfNode(records, asks) : Math.max(0, ...called.map((name) => AT_START.get(name) ?? 0));
  if (asks.length <= atStart) return user;
  if (called.includes("uname")) return [...user, ...shownByUname(isOneOfMany ? rest : argv.slice(1))];
  const shown = called.map((name) => SHOWN.get(name)).find((questions) => questions !== undefined);
  return [...user, ...(shown ?? ALL)];
}

export const isUnameAsked = (name: string): boolean => name.startsWith(UNAME_ASKED);
