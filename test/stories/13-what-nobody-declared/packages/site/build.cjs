// Reads three things of which no package.json and no configuration says anything.

const { execFileSync } = require("node:child_process");
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");

const banner = readFileSync("../../banner.txt", "utf8").trim();
const stamped = execFileSync(`${process.env.HOME}/tools/stamp`, [banner], { encoding: "utf8" }).trim();
mkdirSync("dist", { recursive: true });
writeFileSync("dist/out.txt", `${stamped} for ${process.env.STAGE ?? "nobody"}\n`);
