const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const { dependencies = {}, name } = JSON.parse(readFileSync("package.json", "utf8"));
const parts = [readFileSync("in.txt", "utf8"), readFileSync("../../shared.txt", "utf8"), ...Object.keys(dependencies).map((other) => readFileSync(`../${other}/dist/out.txt`, "utf8"))];
mkdirSync("dist", { recursive: true });
writeFileSync("dist/out.txt", parts.join(""));
console.log(`${name} made of ${parts.join("").trim().split("\n").join(", ")}`);
