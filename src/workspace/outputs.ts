// Which of what a task writes is restored, where somebody limits it: patterns below the
// folder of its package, as text that needs no matcher to be read again.

import picomatch from "picomatch";

/** One expression a line, behind "+" or "-"; the last one that matches counts. A folder's name means all that is in it. */
export function outputsText(patterns: readonly string[]): string {
  return patterns.map((pattern) => {
    const isOut = pattern.startsWith("!");
    const plain = pattern.slice(isOut ? 1 : 0).replace(/^(\.\/)+/, "").replace(/\/+$/, "");
    return `${isOut ? "-" : "+"}${picomatch.makeRe(`{${plain},${plain}/**}`, { dot: true }).source}`;
  }).join("\n");
}
