// As vite does: the configuration is written to node_modules/.vite-temp under a name
// with the time in it, imported from there, and removed.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const name = `node_modules/.vite-temp/vite.config.ts.timestamp-${Date.now()}-${Math.random().toString(16).slice(2)}.mjs`;
mkdirSync("node_modules/.vite-temp", { recursive: true });
writeFileSync(name, "export default { outDir: 'bundle' };\n");
const { default: { outDir } } = await import(`./${name}`);
rmSync(name);
mkdirSync(outDir, { recursive: true });
writeFileSync(`${outDir}/page.js`, readFileSync("src/page.ts", "utf8").replace(": string", ""));
