// Finds something wrong.

require("node:fs").readFileSync("in.txt", "utf8");
console.error("in.txt:1:1: error: nothing but a word");
process.exit(4);
