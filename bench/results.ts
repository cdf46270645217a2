// Raw samples are kept, each with where and on what it was measured.

import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/bundle.ts";
import { machine } from "./machine.ts";

const folder = join(root, "bench/results");

/** Appends what it is told to a file of bench/results. */
export function keeper(name: string): (sample: object) => void {
  mkdirSync(folder, { recursive: true });
  return (sample) => { appendFileSync(join(folder, name), `${JSON.stringify({ ...sample, ...machine() })}\n`); };
}
