// How causes, paths and commands are called. The words are a promise
// (docs/reference/cli.md); nothing here says that inputs changed without naming one.

import { isAbsPath, toText } from "../base/path.ts";
import { isQuestion } from "../cache/environment.ts";
import { HOST_NAME, KERNEL, MACHINE, USER } from "../ledger/machine.ts";
import type { Entry } from "../cache/entry.ts";
import type { Roots } from "../cache/roots.ts";
import type { SubjectKind } from "../cache/facts.ts";
import type { Change } from "../cache/differences.ts";
import { quoted } from "../run/script.ts";
import type { TracedProcess } from "./trace.ts";

/** What a command is called only has to be recognised; --json has all of it. */
const COMMAND_CHARACTERS_MAX = 80;

/** As a person would name it from the workspace. */
export function pathText(token: string): string {
  if (isAbsPath(token)) return toText(token);
  const rest = toText(token.slice(3));
  const root = token.slice(0, 2);
  if (root === "\x01W") return rest === "" ? "." : rest;
  return root === "\x01H" ? `~/${rest}` : root === "\x01T" ? `$TMPDIR/${rest}` : toText(token);
}

/** In the middle: what a command is stands in front, what it is about mostly at the end. */
export function cut(text: string, most = COMMAND_CHARACTERS_MAX): string {
  if (text.length <= most) return text;
  const front = Math.ceil((most - 5) * FRONT_PART);
  return `${text.slice(0, front).trimEnd()} ... ${text.slice(text.length - (most - 5 - front)).trimStart()}`;
}

const FRONT_PART = 0.4;

/** Program and arguments as a shell takes them, whole. Arguments of the trace are written with roots as tokens. */
export function commandText({ program, argv, argumentsLeftOut }: Pick<TracedProcess, "program" | "argv" | "argumentsLeftOut">, roots: Pick<Roots, "locateText">): string {
  const words = argv.map((argument) => quoted(toText(roots.locateText(argument) ?? argument)));
  const [first = pathText(program)] = words;
  const rest = [...words.slice(1), ...(argumentsLeftOut > 0 ? [`(and ${String(argumentsLeftOut)} more arguments)`] : [])];
  return [first.slice(first.lastIndexOf("/") + 1) || first, ...rest].join(" ").replace(/\s+/g, " ");
}

export interface Named {
  readonly kind: SubjectKind;
  readonly name: string;
  readonly what: Change;
}

/** Names of variables, of what names an environment only as a whole. Null: not known. */
export type NamesOf = (difference: Named) => readonly string[] | null;

/** One difference as half a sentence. */
export function differenceText({ kind, name, what }: Named, variables: readonly string[] | null): string {
  if (kind === "variable" && isQuestion(name)) return questionText(name);
  const path = `"${pathText(name)}"`;
  switch (what) {
    case "appeared": return kind === "denied" ? `${path} can be looked at; last time it could not` : `${path} appeared; last time it was missing`;
    case "gone": return `${path} is gone`;
    case "content": return `${path} changed`;
    case "permissions": return `the permissions of ${path} changed`;
    case "owner": return `the owner of ${path} changed`;
    case "time": return `the modification time of ${path} changed`;
    case "names": return `the names in ${path} changed`;
    case "target": return `the link ${path} points elsewhere`;
    case "type": return `${path} is of another type`;
    case "unreadable": return `${path} cannot be read`;
    case "set": return `the variable ${toText(name)} was set`;
    case "unset": return `the variable ${toText(name)} was unset`;
    case "value":
      if (kind === "variable") return `the variable ${toText(name)} has another value`;
      if (variables === null || variables.length === 0) return "a variable changed (which one is not known: the variables of that run are not kept)";
      return `${variables.length === 1 ? "the variable" : "the variables"} ${variables.map(toText).join(", ")} changed`;
    case "place": return `${name === "W" ? "the workspace" : name === "H" ? "the home folder" : "the temporary folder"} is elsewhere, and what it made names it`;
  }
}

/** Source: native/ledger.h */
function questionText(question: string): string {
  switch (question) {
    case HOST_NAME: return "the host has another name";
    case KERNEL: return "the kernel is another one";
    case MACHINE: return "the machine is of another kind";
    case USER: return "another user runs it, or the user is in other groups";
    default: return `its standard ${question.includes("stdin") ? "input" : question.includes("stdout") ? "output" : "error"} is of another kind`;
  }
}

/** What a person edits comes first: variables, then files of the workspace, then the rest, what the unit makes itself last; else in the order of the set. */
export function inOrder<Difference extends Named>(differences: readonly Difference[], own: ReadonlySet<string>): readonly Difference[] {
  const rank = ({ kind, name, what }: Named): number => {
    if (own.has(name)) return 4;
    if (kind === "variable" || kind === "all-variables" || kind === "libc-variables") return 0;
    if (what === "names" || what === "time" || kind === "type") return 3;
    return name.startsWith("\x01W") && !name.includes("/node_modules/") ? 1 : 2;
  };
  return differences.map((difference, index) => ({ difference, index })).sort((a, b) => rank(a.difference) - rank(b.difference) || a.index - b.index).map(({ difference }) => difference);
}

/** Names in a listing: (u8 d_type, name, NUL)*. Which are new, and which are gone. */
export function namesChanged(was: string, now: string): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  const split = (listing: string): ReadonlySet<string> => new Set(listing.split("\0").filter((entry) => entry !== "").map((entry) => entry.slice(1)));
  const [before, after] = [split(was), split(now)];
  return { added: [...after].filter((name) => !before.has(name)), removed: [...before].filter((name) => !after.has(name)) };
}

/** What a unit makes, as the entry says that it was compared with. */
export const ownPaths = (entry: Pick<Entry, "effects"> | null): ReadonlySet<string> => new Set(entry?.effects.map(({ at }) => at) ?? []);

export const plural = (count: number, one: string, many: string): string => `${String(count)} ${count === 1 ? one : many}`;
