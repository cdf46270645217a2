// How the two bundles are made. What is compiled native code stays outside.

import { build } from "esbuild";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../../..");

const BANNERS = {
  cjs: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;',
  esm: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
};

export async function bundle(format: "cjs" | "esm", outdir: string, extension: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { cli: "src/cli/main.ts", engine: "src/cli/engine-main.ts", "config-hooks": "src/cli/config-hooks.ts", index: "src/index.ts" },
    outdir,
    outExtension: { ".js": extension },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format,
    external: ["lmdb", "*.node"],
    minifyWhitespace: true,
    minifySyntax: true,
    define: format === "cjs" ? { "import.meta.url": "moduleUrl", "import.meta.dirname": "__dirname" } : {},
    banner: { js: BANNERS[format] },
    logLevel: "warning",
  });
}
