// What is in the folder where it is run, a name a line, for who compares two: a view
// can be looked at whole only from within.

import { describeTree } from "../../src/base/scratch.ts";

const LEFT_OUT = /^\.(?:git|fathom)(?:\/|$)/;

for (const [path, text] of describeTree(process.cwd())) if (!LEFT_OUT.test(path)) process.stdout.write(`${path} ${text}\n`);
