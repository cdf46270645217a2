// Builds what is installed: the bundles, the native part, and the link that
// makes `npx fathom` work inside a clone. Run by npm after tsc (`npm run build`).

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { bundle, root } from "./bundle.ts";

/** CommonJS because it starts faster than ES modules do: bench/start.ts measures both. */
async function bundles(): Promise<void> {
  const folder = join(root, "dist/bundle");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
  await bundle("cjs", folder, ".js");
}

/** What was compiled from a source that is gone: else a removed test would still run. */
function sweep(): void {
  const compiled = join(root, "dist/build");
  for (const entry of readdirSync(compiled, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const source = join(root, relative(compiled, path).replace(/\.js(\.map)?$/, ".ts"));
    if (source.endsWith(".ts") && !existsSync(source)) rmSync(path);
  }
}

function native(): void {
  const made = spawnSync("sh", [join(root, "native/install.sh")], { stdio: "inherit" });
  if (made.status !== 0) throw new Error(`The native part could not be built: make ended with ${String(made.status)}`);
}

/** npm links the commands of dependencies, not those of the package itself. */
function link(): void {
  const folder = join(root, "node_modules/.bin");
  if (!existsSync(folder)) return;
  rmSync(join(folder, "fathom"), { force: true });
  symlinkSync("../../bin/fathom", join(folder, "fathom"));
  chmodSync(join(root, "bin/fathom"), 0o755);
}

sweep();
await bundles();
native();
link();
