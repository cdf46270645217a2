// Makes a page for each word of in.txt, and what else file systems know: a link, an
// empty folder, a program, a file that nobody may write.

const { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require("node:fs");

mkdirSync("dist/empty", { recursive: true });
const words = readFileSync("in.txt", "utf8").trim().split(" ");
for (const word of words) writeFileSync(`dist/${word}.html`, `<h1>${word}</h1>\n`);
for (const name of ["index.html", "licence"]) rmSync(`dist/${name}`, { force: true });
symlinkSync(`${words[0]}.html`, "dist/index.html");
writeFileSync("dist/serve.sh", "#!/bin/sh\n");
chmodSync("dist/serve.sh", 0o750);
writeFileSync("dist/licence", "for reading\n");
chmodSync("dist/licence", 0o444);
writeFileSync("../../sitemap.txt", `${words.join("\n")}\n`);
