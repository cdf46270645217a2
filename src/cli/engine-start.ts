// What the supervisor starts Node with: the engine, and what V8 knows of it.

import { join } from "node:path";
import { runCached } from "../base/code-cache.ts";
import { optimiseLate } from "../tap/warm-up.ts";

/** Measured: 140 kB of an engine that has nothing to do, 400 kB of a build. */
const CODE_BYTES_MIN = 300_000;

optimiseLate(); // V8 takes code only where its flags are those that it was made with.
runCached(join(import.meta.dirname, "engine-main.js"), CODE_BYTES_MIN);
