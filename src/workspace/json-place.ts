// Where in a text something stands, for who has to say what is wrong there. Only
// asked when something is wrong, so it may read the text once more.

import { placeAt, withoutComments, type JsonPath, type Place } from "./json.ts";

interface Token {
  readonly text: string;
  readonly at: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** A text that JSON.parse has understood. */
class Walk {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = [...text.matchAll(TOKEN)].map((match) => ({ text: match[0], at: match.index }));
  }

  find([first, ...rest]: JsonPath, isName: boolean): number | null {
    const token = this.#take();
    if (first === undefined) return token.at;
    if (token.text !== "{" && token.text !== "[") return null;
    const isObject = token.text === "{";
    let found: number | null = null;
    for (let index = 0; this.#text() !== "}" && this.#text() !== "]" && this.#text() !== ""; index += 1) {
      const name = isObject ? this.#take() : null;
      if (isObject) this.#take(); // ":"
      const here = name === null ? index : (JSON.parse(name.text) as unknown);
      const begin = this.#next;
      // Of two equal names the last counts, as in JSON.parse.
      if (here === first) found = isName && rest.length === 0 && name !== null ? name.at : this.find(rest, isName);
      this.#next = begin;
      this.#skip();
      if (this.#text() === ",") this.#take();
    }
    return found;
  }

  #text(): string {
    return this.#tokens[this.#next]?.text ?? "";
  }

  #take(): Token {
    const token = this.#tokens[this.#next] ?? { text: "", at: 0 };
    this.#next += 1;
    return token;
  }

  #skip(): void {
    let depth = 0;
    do {
      const { text } = this.#take();
      if (text === "{" || text === "[") depth += 1;
      else if (text === "}" || text === "]") depth -= 1;
      else if (text === "") return;
    } while (depth > 0);
  }
}

/** In JSON with comments. */
export function placeInJson(text: string, path: JsonPath, isName: boolean): Place | null {
  const bare = text.startsWith("\ufeff") ? text.slice(1) : text;
  const at = new Walk(withoutComments(bare)).find(path, isName);
  return at === null ? null : placeAt(bare, at);
}

/** Where the names of a path stand one behind the other as those of an object, from `begin` on. */
function followed(text: string, path: JsonPath, begin: number): Place | null {
  let at = begin;
  for (const part of path) {
    if (typeof part === "number") continue;
    const escaped = part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const found = new RegExp(`(?:(["'])${escaped}\\1|(?<![\\w$.])${escaped})\\s*:`).exec(text.slice(at));
    if (found === null) return null;
    at += found.index;
  }
  return placeAt(text, at);
}

/** In a program, as far as it is written there and not computed. */
export function placeInProgram(text: string, path: JsonPath): Place | null {
  if (path.length === 0) return null;
  return followed(text, path, Math.max(0, text.search(/\bexport\s+default\b/))) ?? followed(text, path, 0);
}
