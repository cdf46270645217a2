// `fathom cache`: what is stored, and the end of it. Safe while others use the store.

import { byteOrder, toText } from "../../base/path.ts";
import { sizeText, table, type Environment, type Printer } from "../render.ts";
import { openUserStore } from "../user-store.ts";

export function cacheStats(env: Environment, isJson: boolean, print: Printer): number {
  const store = openUserStore(env);
  if (!store.ok) {
    print.failure(store.failure);
    return 1;
  }
  const { blobs, entries, bytes, byKind } = store.value.stats();
  const folder = toText(store.value.root);
  if (isJson) {
    print.value({ folder, entries, blobs, bytes, kinds: Object.fromEntries([...byKind].sort(([a], [b]) => byteOrder(a, b))) });
    return 0;
  }
  print.say(`The store is at "${folder}"`);
  for (const line of table([["entries", String(entries)], ["blobs", String(blobs)], ["size", sizeText(bytes)]])) print.say(line);
  return 0;
}

export function cacheClear(env: Environment, isJson: boolean, print: Printer): number {
  const store = openUserStore(env);
  const cleared = store.ok ? store.value.clear() : store;
  if (!cleared.ok) {
    print.failure(cleared.failure);
    return 1;
  }
  const { removedBytes } = cleared.value;
  if (isJson) print.value({ removedBytes });
  else print.say(`Removed ${sizeText(removedBytes)}`);
  return 0;
}
