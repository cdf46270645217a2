// How the bundles are made. What is compiled native code stays outside.

import { build, type Plugin } from "esbuild";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../../..");

const BANNERS = {
  cjs: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;',
  esm: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
};

/** What is loaded by itself: the public module, and what runs a workspace's configuration, which needs import(). */
export async function modules(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { "config-hooks": "src/cli/config-hooks.ts", "config-run": "src/cli/config-run.ts", index: "src/index.ts", "tui-load": "src/cli/tui/load.ts" },
    outdir, bundle: true, platform: "node", target: "node20.19", format: "cjs", minifyWhitespace: true, minifySyntax: true, logLevel: "warning",
    define: { "import.meta.dirname": "__dirname" },
  });
}

/** What Ink imports for its own developers. */
const withoutDevtools: Plugin = {
  name: "without-devtools",
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: "nothing" }));
    build.onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "export default {}" }));
  },
};

/** The view of tasks: a module, since one of those in it waits while it is loaded. */
export async function view(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root, entryPoints: { tui: "src/cli/tui/view.ts" }, outdir, outExtension: { ".js": ".mjs" },
    bundle: true, platform: "node", target: "node20.19", format: "esm", minifyWhitespace: true, minifySyntax: true, logLevel: "warning",
    define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' }, plugins: [withoutDevtools], banner: { js: BANNERS.esm },
  });
}

export async function bundle(format: "cjs" | "esm", outdir: string, extension: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { cli: "src/cli/start.ts", "cli-main": "src/cli/main.ts", engine: "src/cli/engine-start.ts", "engine-main": "src/cli/engine-main.ts", "outputs-server": "src/cli/outputs-server.ts" },
    outdir,
    outExtension: { ".js": extension },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format,
    // import() needs a loader, which code that was compiled earlier does not have (src/base/code-cache.ts).
    supported: { "dynamic-import": format === "esm" },
    external: ["lmdb", "*.node"],
    minifyWhitespace: true,
    minifySyntax: true,
    define: format === "cjs" ? { "import.meta.url": "moduleUrl", "import.meta.dirname": "__dirname" } : {},
    banner: { js: BANNERS[format] },
    logLevel: "warning",
  });
}
