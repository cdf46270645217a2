// Where Fathom's own files are. Both dist/bundle/cli.js and
// dist/build/src/cli/places.js must find the package they belong to.

import { join } from "node:path";

export function packageRoot(from: string = import.meta.dirname): string {
  const at = from.lastIndexOf("/dist/");
  return at < 0 ? from : from.slice(0, at);
}

export const nativeProgram = (root: string): string => join(root, "prebuilds/linux-x64/fathom");
export const commandLine = (root: string): string => join(root, "dist/bundle/cli.js");

export const outputsServer = (root: string): string => join(root, "dist/bundle/outputs-server.js");

/** What of Fathom takes part in every run. */
export const ownPrograms = (root: string): readonly string[] =>
  [nativeProgram(root), ...["prebuilds/linux-x64/fathom-guest.so", "prebuilds/linux-x64/fathom-replay", "dist/bundle/engine.js", "dist/bundle/engine-main.js"].map((name) => join(root, name))];
