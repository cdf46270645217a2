// Hooks of Node's module loader, in a thread of their own: TypeScript becomes
// JavaScript as it is loaded, so that a configuration may import other files and
// nothing is written anywhere; and "fathom" is found where it is not installed.

import { readFile } from "node:fs/promises"; // tidy: what Node loads, not what a build reads
import { createRequire, type LoadHook, type ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";

export interface Tool {
  readonly name: "esbuild" | "typescript";
  readonly path: string;
}

export interface HooksData {
  /** Null: Node runs it as it is. */
  readonly tool: Tool | null;
  /** The file whose tools these are. */
  readonly from: string;
  /** The URL of our own public module. */
  readonly own: string;
}

interface Esbuild {
  transformSync(source: string, options: object): { readonly code: string };
}

interface TypeScript {
  readonly ModuleKind: { readonly ESNext: number };
  readonly ScriptTarget: { readonly ES2022: number };
  transpileModule(source: string, options: object): { readonly outputText: string };
}

let known: HooksData | null = null;

export function initialize(data: HooksData): void {
  known = data;
}

function javaScriptOf(source: string, file: string, { tool, from }: HooksData): string {
  const loaded: unknown = createRequire(from)(tool?.path ?? "");
  if (tool?.name === "esbuild") return (loaded as Esbuild).transformSync(source, { loader: "ts", format: "esm", target: "node20", sourcemap: "inline", sourcefile: file, logLevel: "silent" }).code;
  const typescript = loaded as TypeScript;
  const compilerOptions = { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022, inlineSourceMap: true, verbatimModuleSyntax: true };
  return typescript.transpileModule(source, { fileName: file, compilerOptions }).outputText;
}

export const load: LoadHook = async (url, context, next) => {
  if (known?.tool == null || !/^file:.*\.m?ts$/.test(url)) return next(url, context);
  const file = fileURLToPath(url);
  return { format: "module", shortCircuit: true, source: javaScriptOf(await readFile(file, "utf8"), file, known) };
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (specifier !== "fathom" || known === null) return next(specifier, context);
  return { url: known.own, format: "commonjs", shortCircuit: true };
};
