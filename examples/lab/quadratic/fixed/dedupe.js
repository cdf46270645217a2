// Keeps the first of each line.
const { readFileSync, writeFileSync } = require("node:fs");
const kept = new Set(readFileSync("lines.txt", "utf8").split("\n"));
writeFileSync("kept.txt", [...kept].join("\n"));
