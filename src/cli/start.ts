// What `fathom run` and every other command line starts with, where it is not the
// supervisor's alone: the program, and what V8 knows of it.

import { join } from "node:path";
import { runCached } from "../base/code-cache.ts";

/** Measured: 200 kB of "--help", 390 to 440 kB of `fathom run`, which is what has to be quick. */
const CODE_BYTES_MIN = 350_000;

runCached(join(import.meta.dirname, "cli-main.js"), CODE_BYTES_MIN);
