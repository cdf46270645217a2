// Projects in TypeScript: whole scripts are units, and some compilers are static Go programs.

import type { Scenario } from "../scenario.ts";

const base = { packages: [], prepare: "true", env: {}, ignored: null } as const;

const react = (name: string, extra: string): Scenario => ({
  ...base,
  name,
  source: { kind: "made", by: `cd "$(dirname "$1")" && npx -y create-vite@8 "$(basename "$1")" --template react-ts --no-interactive && cd "$1" && npm install && ${extra}` },
  build: ["npm", "run", "build"],
  clean: "rm -rf dist node_modules/.tmp",
  edit: { file: "src/App.tsx", text: "export const fathomEdit = 1;\n" },
  ignored: /^node_modules\/\.(vite|tmp)/,
});

/** vite 7 transforms and minifies with esbuild, which is static Go. */
export const reactEsbuild = react("react-esbuild", "npm install -D vite@7 @vitejs/plugin-react@5 typescript@5.9");

/** TypeScript 7 is a static Go program. */
export const reactTypescript7 = react("react-typescript7", "npm install -D typescript@7");

export const typescript: Scenario = {
  ...base,
  name: "typescript",
  source: { kind: "debian", name: "node-typescript", version: "4.8.4+ds1-2", take: "orig" },
  prepare: "npm ci --ignore-scripts",
  build: ["npx", "gulp", "local"],
  clean: "npx gulp clean",
  edit: { file: "src/compiler/path.ts", text: "// edited\n" },
};

/** Fathom's own build: types, bundles, native part. */
export const self: Scenario = {
  ...base,
  name: "self",
  source: { kind: "own" },
  build: ["npm", "run", "build"],
  clean: "rm -rf dist prebuilds",
  edit: { file: "src/base/result.ts", text: "export const fathomEdit = 1;\n" },
  ignored: /^node_modules/,
};
