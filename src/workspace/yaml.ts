// YAML, loaded at first use: only workspaces of pnpm have any.

import { createRequire } from "node:module";
import type { YAMLParseError as ParseError } from "yaml";
import { fail, ok, type Result } from "../base/result.ts";

export function parseYaml(text: string): Result<unknown, string> {
  const { parse, YAMLParseError } = createRequire(import.meta.url)("yaml") as typeof import("yaml"); // Node types every require as any.
  try {
    return ok(parse(text) as unknown);
  } catch (thrown) {
    if (!(thrown instanceof YAMLParseError)) throw thrown;
    return fail(placed(thrown));
  }
}

function placed({ linePos, message }: ParseError): string {
  const at = linePos?.[0];
  const what = message.split(/ at line \d+|\n/)[0] ?? "";
  return at === undefined ? what : `line ${String(at.line)}, column ${String(at.col)}: ${what}`;
}
