// A directory's names as one string: (u8 d_type, name, NUL)*, sorted by bytes.
// A fact about a listing is the listing before the unit, so what the unit itself
// put in or took out is undone here.

import { byteOrder } from "../base/path.ts";
import type { Node } from "./node.ts";

/** d_type of readdir(3). */
const D_TYPES = { fifo: 1, device: 2, directory: 4, file: 8, link: 10, socket: 12 } as const;

/** Null where the bytes are not a listing. */
function parse(names: string): Map<string, string> | null {
  const entries = new Map<string, string>();
  for (let at = 0; at < names.length; ) {
    const stop = names.indexOf("\0", at + 1);
    if (stop < 0) return null;
    const name = names.slice(at + 1, stop);
    if (name !== "." && name !== "..") entries.set(name, names.charAt(at));
    at = stop + 1;
  }
  return entries;
}

/** What `directory` would have listed before the unit. Null where `names` is not a listing. */
export function namesBefore(directory: Node, names: string): string | null {
  const entries = parse(names);
  if (entries === null) return null;
  for (const [name, before] of directory.replaced ?? []) {
    if (before.type === "absent") entries.delete(name);
    else entries.set(name, String.fromCharCode(D_TYPES[before.type]));
  }
  const sorted = [...entries].sort(([a], [b]) => byteOrder(a, b));
  return sorted.map(([name, type]) => `${type}${name}\0`).join("");
}
