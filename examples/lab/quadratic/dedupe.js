// Keeps the first of each line.
const { readFileSync, writeFileSync } = require("node:fs");
const kept = [];
for (const line of readFileSync("lines.txt", "utf8").split("\n")) if (!kept.includes(line)) kept.push(line);
writeFileSync("kept.txt", kept.join("\n"));
