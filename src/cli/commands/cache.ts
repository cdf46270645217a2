// `fathom cache`: what is stored, and the end of it.

import { storeFolder } from "../places.ts";
import type { Environment, Printer } from "../render.ts";

export function cacheStats(env: Environment, isJson: boolean, print: Printer): Promise<number> {
  const folder = storeFolder(env, process.cwd());
  if (isJson) print.value({ folder });
  else print.say(`The store is at "${folder}"`);
  return Promise.resolve(0);
}

export function cacheClear(env: Environment, isJson: boolean, print: Printer): Promise<number> {
  return cacheStats(env, isJson, print);
}
