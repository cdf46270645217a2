// Builds what is installed: the bundles, the types, the native part, and the link that
// makes `npx fathom` work inside a clone. Run by npm after tsc (`npm run build`).

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { createRequire } from "node:module";
import { bundle, modules, root, view } from "./bundle.ts";

/** CommonJS because it starts faster than ES modules do: bench/start.ts measures both. */
async function bundles(): Promise<void> {
  const folder = join(root, "dist/bundle");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
  await bundle("cjs", folder, ".js");
  await modules(folder);
  await view(folder);
}

/** Of the public module and what it names; file by file, which takes no type checker. */
function types(): void {
  const { transpileDeclaration, ModuleKind } = createRequire(import.meta.url)("typescript") as typeof import("typescript"); // Node types every require as any.
  for (const name of ["index", "workspace/config-shape"]) {
    const path = join(root, "dist/types", `${name}.d.ts`);
    const { outputText } = transpileDeclaration(readFileSync(join(root, "src", `${name}.ts`), "utf8"), { fileName: `${name}.ts`, compilerOptions: { module: ModuleKind.NodeNext } });
    mkdirSync(dirname(path), { recursive: true });
    // A declaration is imported by the name that it has when it is run.
    writeFileSync(path, outputText.replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  }
  // As the bundle that they describe.
  writeFileSync(join(root, "dist/types/package.json"), '{ "type": "commonjs" }\n');
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
types();
native();
link();
