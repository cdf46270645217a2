// YAML, loaded at first use: only workspaces of pnpm have any.

import { createRequire } from "node:module";
import type { YAMLParseError as ParseError } from "yaml";

export type Yaml = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly failure: string };

export function parseYaml(text: string): Yaml {
  const { parse, YAMLParseError } = createRequire(import.meta.url)("yaml") as typeof import("yaml"); // Node types every require as any.
  try {
    return { ok: true, value: parse(text) as unknown };
  } catch (thrown) {
    if (!(thrown instanceof YAMLParseError)) throw thrown;
    return { ok: false, failure: placed(thrown) };
  }
}

function placed({ linePos, message }: ParseError): string {
  const at = linePos?.[0];
  const what = message.split(/ at line \d+|\n/)[0] ?? "";
  return at === undefined ? what : `line ${String(at.line)}, column ${String(at.col)}: ${what}`;
}
