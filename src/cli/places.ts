// Where Fathom's own files are: the package it runs from, and the store of the
// user. The store's place is decided the same way in native/supervisor.

import { join } from "node:path";
import type { Environment } from "./render.ts";

/** Both dist/bundle/cli.js and dist/build/src/cli/places.js must find the package. */
export function packageRoot(from: string = import.meta.dirname): string {
  const at = from.lastIndexOf("/dist/");
  return at < 0 ? from : from.slice(0, at);
}

export const nativeProgram = (root: string): string => join(root, "prebuilds/linux-x64/fathom");

/** FATHOM_STORE, else the user's cache directory (XDG Base Directory Specification), else the workspace. */
export function storeFolder(env: Environment, workspace: string): string {
  const [chosen, cache, home] = [env["FATHOM_STORE"] ?? "", env["XDG_CACHE_HOME"] ?? "", env["HOME"] ?? ""];
  if (chosen.startsWith("/")) return chosen;
  if (cache.startsWith("/")) return join(cache, "fathom");
  if (home.startsWith("/")) return join(home, ".cache/fathom");
  return join(workspace, ".fathom/store");
}
