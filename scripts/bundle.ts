// How the bundles are made. What is compiled native code stays outside.

import { build } from "esbuild";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../../..");

const BANNERS = {
  cjs: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;',
  esm: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
};

/** The engine is also kept compiled (src/base/code-cache.ts), and code that was compiled earlier has no loader for import(). */
const ENGINE = { engine: "src/cli/engine-start.ts", "engine-main": "src/cli/engine-main.ts" };
const REST = { cli: "src/cli/main.ts", "config-hooks": "src/cli/config-hooks.ts", index: "src/index.ts" };

export async function bundle(format: "cjs" | "esm", outdir: string, extension: string): Promise<void> {
  for (const [entryPoints, hasImport] of [[ENGINE, format === "esm"], [REST, true]] as const) {
    await build({
      absWorkingDir: root,
      entryPoints,
      outdir,
      outExtension: { ".js": extension },
      bundle: true,
      platform: "node",
      target: "node20.19",
      format,
      supported: { "dynamic-import": hasImport },
      external: ["lmdb", "*.node"],
      minifyWhitespace: true,
      minifySyntax: true,
      define: format === "cjs" ? { "import.meta.url": "moduleUrl", "import.meta.dirname": "__dirname" } : {},
      banner: { js: BANNERS[format] },
      logLevel: "warning",
    });
  }
}
