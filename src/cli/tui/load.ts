// Loads the view of tasks: an ES module that waits while it is loaded, so nothing
// but import() can. What V8 compiled earlier cannot import, so this is a file of its own.

import { join } from "node:path";
import { pathToFileURL } from "node:url";

export function loadView(): Promise<typeof import("./view.ts")> {
  const url = pathToFileURL(join(import.meta.dirname, "tui.mjs")).href;
  return import(url) as Promise<typeof import("./view.ts")>; // Its bundle, beside this one.
}
