// JSON as people write it by hand: where it is wrong is said by line and column.
// With comments and commas at the end where the file is known to have them.

import { fail, ok, type Result } from "../base/result.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** Keys and positions, from the outermost to the innermost. */
export type JsonPath = readonly (string | number)[];

export const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

export interface Place {
  readonly line: number;
  readonly column: number;
}

export function placeAt(text: string, at: number): Place {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

export const placeText = ({ line, column }: Place): string => `line ${String(line)}, column ${String(column)}`;

/** Of V8, in every version so far: "... at position 12". */
const POSITION = / (?:in JSON )?at position (\d+).*$/s;

/** What V8 shows of the text around, on several lines where that has several. */
const EXCERPT = /,? (?:\.\.\.)?".*$/s;

const isEnd = (error: SyntaxError, length: number): boolean => {
  const position = POSITION.exec(error.message)?.[1];
  return position === undefined ? error.message.startsWith("Unexpected end") : Number(position) >= length;
};

/** Of what is wrong in the middle V8 shows the text around and not where that is. The shortest beginning that no text could follow ends there. */
function positionIn(text: string): number {
  let [right, wrong] = [0, text.length];
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1;
    try {
      JSON.parse(text.slice(0, middle));
      right = middle;
    } catch (thrown) {
      if (!(thrown instanceof SyntaxError) || isEnd(thrown, middle)) right = middle;
      else wrong = middle;
    }
  }
  return wrong - 1;
}

export function parseJson(text: string): Result<Json, string> {
  const bare = text.startsWith("\ufeff") ? text.slice(1) : text;
  try {
    return ok(JSON.parse(bare) as Json); // JSON.parse gives nothing else.
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    const position = POSITION.exec(thrown.message)?.[1];
    const isCut = position === undefined && isEnd(thrown, bare.length);
    const what = thrown.message.replace(position === undefined ? EXCERPT : POSITION, "").replace(/^./, (first) => first.toLowerCase());
    return fail(isCut ? `${what}, at the end` : `${placeText(placeAt(bare, position === undefined ? positionIn(bare) : Number(position)))}: ${what}`);
  }
}

/** Blanks out comments and commas before a closing bracket, so that places stay what they are. */
export function withoutComments(text: string): string {
  const blank = (found: string): string => found.replace(/[^\n]/g, " ");
  const uncommented = text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g, (found) => (found.startsWith("\"") ? found : blank(found)));
  return uncommented.replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (found) => (found === "," ? " " : found));
}

/** turbo.json, nx.json and tsconfig.json may have comments. */
export const parseJsonWithComments = (text: string): Result<Json, string> => parseJson(withoutComments(text));
