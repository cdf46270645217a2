// Names for files that mean the same in another checkout or another home: a
// path below a root is written as the root's token and the rest. The token
// begins with a byte that no absolute path begins with, so the two cannot be
// confused. In order of preference: workspace, home, temporary; the longest
// root wins; everything else ("system") stays absolute.

import { isAbsPath, isWithin, type AbsPath } from "../base/path.ts";

/** "\x01W/src/a.c", "\x01H", "/usr/bin/cc". */
export type Token = string & { readonly brand: "Token" };

export const ROOT_LETTERS = ["W", "H", "T"] as const;
export type RootLetter = (typeof ROOT_LETTERS)[number];

const MARK = "\x01";
/** What may stand before a root in text: PATH=/w, "/w", (/w). Or an option's letters: -I/w. */
const BEFORE = /(?:^|[\s:;,="'`()<>[\]{}|&@]|(?:^|[\s:;,="'])-{1,2}[A-Za-z]+)$/;
/** What may stand after it; anything else makes it another, longer name. */
// eslint-disable-next-line @typescript-eslint/no-misused-spread -- All of it is ASCII.
const AFTER = new Set([..."/:;,=\"'`()<>[]{}|&@ \t\r\n\0"]);
/** Longest option before a path that is looked at: "-isystem", "--sysroot". */
const BEFORE_BYTES = 24;

interface Root {
  readonly letter: RootLetter;
  readonly path: AbsPath;
}

export class Roots {
  /** Longest first; equally long ones in order of preference. */
  readonly #byLength: readonly Root[];
  readonly workspace: AbsPath;

  /** A root that is null or "/" is not used: every path would be below it. */
  constructor(workspace: AbsPath, home: AbsPath | null, temporary: AbsPath | null) {
    this.workspace = workspace;
    const all: Root[] = [];
    const add = (letter: RootLetter, path: AbsPath | null): void => {
      if (path !== null && path !== "/" && !all.some((root) => root.path === path)) all.push({ letter, path });
    };
    add("W", workspace);
    add("H", home);
    add("T", temporary);
    this.#byLength = all.sort((a, b) => b.path.length - a.path.length);
  }

  pathOf(letter: RootLetter): AbsPath | null {
    return this.#byLength.find((root) => root.letter === letter)?.path ?? null;
  }

  /** The root that a path is below, or is; null for system paths. */
  rootOf(path: AbsPath): AbsPath | null {
    return this.#byLength.find((root) => isWithin(path, root.path))?.path ?? null;
  }

  tokenise(path: AbsPath): Token {
    for (const root of this.#byLength) {
      if (isWithin(path, root.path)) return `${MARK}${root.letter}${path.slice(root.path.length)}` as Token;
    }
    return path as string as Token;
  }

  /** Null when it is no path that could have been tokenised here: unknown root, "..", doubled slashes. */
  locate(token: string): AbsPath | null {
    if (token.charCodeAt(0) !== 1) return isAbsPath(token) ? token : null;
    const root = this.#byLength.find((candidate) => candidate.letter === token[1]);
    if (root === undefined) return null;
    const path = root.path + token.slice(2);
    return isAbsPath(path) && (token.length === 2 || token[2] === "/") ? path : null;
  }

  /** Replaces roots inside other text, at the borders of paths. Different texts stay different. */
  tokeniseText(text: string): string {
    const escaped = text.includes(MARK) ? text.replaceAll(MARK, MARK + MARK) : text;
    return this.#byLength.some((root) => escaped.includes(root.path)) ? this.#replaceRoots(escaped) : escaped;
  }

  /** The inverse of tokeniseText; null when a root is not known here. */
  locateText(text: string): string | null {
    let isKnown = true;
    const located = text.replace(/\x01([^])?/g, (_, letter: string | undefined) => {
      if (letter === MARK) return MARK;
      const root = this.#byLength.find((candidate) => candidate.letter === letter);
      if (root === undefined) isKnown = false;
      return root?.path ?? "";
    });
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- The replacing above sets it, which the rule does not follow.
    return isKnown ? located : null;
  }

  #replaceRoots(text: string): string {
    let done = "";
    let from = 0;
    for (let at = text.indexOf("/"); at !== -1; at = text.indexOf("/", at + 1)) {
      const root = this.#byLength.find(({ path }) => text.startsWith(path, at) && isEnd(text, at + path.length));
      if (root === undefined || !BEFORE.test(text.slice(Math.max(0, at - BEFORE_BYTES), at))) continue;
      done += `${text.slice(from, at)}${MARK}${root.letter}`;
      from = at + root.path.length;
      at = from - 1;
    }
    return done + text.slice(from);
  }
}

const isEnd = (text: string, at: number): boolean => at === text.length || AFTER.has(text[at] ?? "");

/** Whether a token is outside every root. Such files are the same for every checkout on a machine. */
export const isSystem = (token: string): boolean => token.charCodeAt(0) !== 1;
