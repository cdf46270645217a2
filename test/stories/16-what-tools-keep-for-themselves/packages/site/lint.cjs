// As linters do: what was found of which content is kept in node_modules/.cache.

const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");

const file = "node_modules/.cache/lint/state.json";
const known = (() => { try { return JSON.parse(readFileSync(file, "utf8")); } catch { return {}; } })();
const text = readFileSync("src/page.ts", "utf8");
const digest = createHash("sha256").update(text).digest("hex");
const found = known[digest] ?? text.includes("any");
mkdirSync("node_modules/.cache/lint", { recursive: true });
writeFileSync(file, JSON.stringify({ [digest]: found }));
console.log(found ? "any is used" : "fine");
