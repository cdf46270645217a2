// The first concrete error in what a task said, with its place where the line tells
// one: tsc, eslint, gcc and clang, vitest, jest, node. Pure.

import { below } from "../workspace/manifest.ts";
import { toText, type AbsPath } from "../base/path.ts";

export interface FirstError {
  /** The line that names it, without colours. */
  readonly text: string;
  readonly place: ErrorPlace | null;
}

export interface ErrorPlace {
  /** As it was written. */
  readonly file: string;
  readonly line: number;
  readonly column: number | null;
}

const plainOf = (line: string): string => line.replace(/\u001b\[[\d;]*m/g, "").trimEnd();

const NAMES_ERROR = /\berror\b(?!\()|\bfailed\b|\bfatal\b|^\s*(✖|✗|×)|\bnot ok\b|^\s*FAIL\b|\b\w*Error(?: \[\w+\])?:/i;
/** "0 errors", lines that only count, and the line of the source that Node shows above an error. */
const NAMES_NONE = /\b0 (errors?|failed|problems)\b|^\s*\d+ passed\b|^\s*throw\b/i;

/** Of one line: "a.c:1:2: error: x", "a.ts(1,2): error TS1: x", "a.ts:1:2 - error TS1: x". */
const AT_BEGINNING = /^\s*(?:file:\/\/)?([^\s:()][^:()]*?\.\w+)(?::(\d+)(?::(\d+))?|\((\d+),(\d+)\))(?::|\s-|\s*$)/;
/** Of a line behind the error: " ❯ a.test.ts:1:2", "    at f (/w/a.test.ts:1:2)", "    at file:///w/a.js:1:2". */
const BEHIND = /^\s*(?:❯|at\b)(?:.*?\(|.*?\s)?(?:file:\/\/)?([^\s()]+?\.\w+):(\d+)(?::(\d+))?\)?\s*$/;
/** Of node's tests: "    TestContext.<anonymous> (file:///w/a.test.js:1:2)". */
const IN_BRACKETS = /\((?:file:\/\/)?(\/[^\s()]+):(\d+):(\d+)\)\s*$/;
/** Of python, above the error: '  File "/w/a.py", line 2, in f'. */
const PYTHON = /^\s*File "([^"]+)", line (\d+)/;
/** esbuild's: "    src/a.ts:1:2:". */
const ALONE = /^\s+([^\s:]+\.\w+):(\d+):(\d+):?$/;
/** How far behind an error its place is looked for. */
const BEHIND_LINES_MAX = 40;
/** eslint's: the file has a line of its own, then "  1:2  error  ...". */
const ESLINT = /^\s+(\d+):(\d+)\s+error\s/;
const FILE_ALONE = /^(\S.*\.\w+)$/;

function placeIn(match: RegExpExecArray | null): ErrorPlace | null {
  if (match === null) return null;
  const [, file = "", line, column, otherLine, otherColumn] = match;
  const at = column ?? otherColumn;
  return { file, line: Number(line ?? otherLine), column: at === undefined ? null : Number(at) };
}

function placeOf(lines: readonly string[], at: number): ErrorPlace | null {
  const line = lines[at] ?? "";
  const eslint = ESLINT.exec(line);
  if (eslint !== null) {
    const file = lines.slice(0, at).findLast((each) => FILE_ALONE.test(each));
    return file === undefined ? null : { file, line: Number(eslint[1]), column: Number(eslint[2]) };
  }
  const here = placeIn(AT_BEGINNING.exec(line));
  if (here !== null) return here;
  for (const next of lines.slice(at + 1, at + 1 + BEHIND_LINES_MAX)) {
    const place = placeIn(BEHIND.exec(next) ?? ALONE.exec(next) ?? IN_BRACKETS.exec(next));
    // What is in a library or in Node itself is not where the mistake is.
    if (place !== null && !/node_modules|^node:/.test(place.file)) return place;
  }
  // node: "/w/a.js:1", the line itself, and only then the error.
  const above = lines.slice(Math.max(0, at - 5), at).findLast((each) => AT_BEGINNING.test(each) || PYTHON.test(each));
  return above === undefined ? null : placeIn(AT_BEGINNING.exec(above) ?? PYTHON.exec(above));
}

/** The first line that names an error, one with a place before all others; else the last that says anything. */
export function firstErrorIn(said: readonly string[]): FirstError | null {
  const lines = said.map(plainOf).filter((line) => line.trim() !== "");
  const named = lines.flatMap((line, at) => (NAMES_ERROR.test(line) && !NAMES_NONE.test(line) ? [at] : []));
  const errors = named.map((at) => ({ text: lines[at] ?? "", place: placeOf(lines, at) }));
  const best = errors.find(({ text, place }) => place !== null && /error\b/i.test(text)) ?? errors.find(({ place }) => place !== null) ?? errors[0];
  if (best !== undefined) return { ...best, text: withFile(best, lines) };
  const last = lines.at(-1);
  return last === undefined ? null : { text: last, place: null };
}

/** An error whose line does not name its file is said with it. */
function withFile({ text, place }: FirstError, lines: readonly string[]): string {
  return place === null || !lines.some((line) => line === text && ESLINT.test(line)) ? text : `${place.file}:${text.trim()}`;
}

const forData = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const forProperty = (text: string): string => forData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** As GitHub Actions shows it beside the line. Source: docs.github.com, "Workflow commands". `root`: of the checkout. */
export function annotation({ text, place }: FirstError, task: string, folder: AbsPath, root: AbsPath): string {
  const path = place === null ? null : below(place.file.startsWith("/") ? ("/" as AbsPath) : folder, place.file);
  const file = path?.startsWith(`${root}/`) === true ? toText(path.slice(root.length + 1)) : path === null ? null : toText(path);
  const where = place === null || file === null ? [] : [`file=${forProperty(file)}`, `line=${String(place.line)}`, ...(place.column === null ? [] : [`col=${String(place.column)}`])];
  return `::error ${[...where, `title=${forProperty(task)}`].join(",")}::${forData(text.trim())}`;
}
