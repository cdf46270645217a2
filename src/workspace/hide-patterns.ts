// Patterns of names that are to be hidden: of names anywhere, or from the root where
// there is a slash, as .gitignore has them.

import picomatch from "picomatch";
import { fromText } from "../base/path.ts";

/** Of paths from the workspace's root, of bytes. A folder that matches hides all that is in it. */
export function hiddenBy(patterns: readonly string[]): (path: string) => boolean {
  const matchers = patterns.map((pattern) => {
    const isRooted = pattern.replace(/\/$/, "").includes("/");
    return picomatch(fromText(pattern.replace(/^\.?\//, "").replace(/\/$/, "")), { dot: true, basename: !isRooted });
  });
  return (path) => matchers.some((matches) => matches(path));
}
