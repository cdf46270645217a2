// Follows links as the kernel does, one component at a time. For names that come
// from observed programs: absolute, but with "..", "." and links in them.

import type { Disk } from "./disk.ts";
import { LINK_HOPS_MAX, PATH_BYTES_MAX } from "./limits.ts";
import { isAbsPath, type AbsPath } from "./path.ts";
import { isSignature, typeOf } from "./signature.ts";

/** The path without links that leads to the same file; null where nothing is or there are too many links. */
export function realNameOf(disk: Disk, path: string): AbsPath | null {
  const rest = path.split("/").reverse();
  let at = "";
  for (let hops = 0; rest.length > 0 && at.length <= PATH_BYTES_MAX; ) {
    const name = rest.pop() ?? "";
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      continue;
    }
    const next = `${at}/${name}`;
    if (!isAbsPath(next)) return null;
    const [found] = disk.signatures([next]);
    if (!isSignature(found)) return null;
    if (typeOf(found) !== "link") {
      at = next;
      continue;
    }
    const target = disk.readLink(next);
    if (target === null || ++hops > LINK_HOPS_MAX) return null;
    if (target.startsWith("/")) at = "";
    rest.push(...target.split("/").reverse());
  }
  return isAbsPath(at) ? at : null;
}
