// Stops itself between reading its input and writing what it makes of it, so that
// somebody can do something in between.

const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");

const text = readFileSync("in.txt", "utf8");
if (process.argv[2] !== "once") {
  console.log(`pid ${process.pid}`);
  process.kill(process.pid, "SIGSTOP");
}
mkdirSync("dist", { recursive: true });
writeFileSync("dist/out.txt", `made of ${text}`);
