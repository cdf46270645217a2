// `fathom cache`: what is stored, whether it is sound, and the end of it. Safe while others use the store.

import { realClock } from "../../base/clock.ts";
import { byteOrder, toText } from "../../base/path.ts";
import { ok, type Failure, type Result } from "../../base/result.ts";
import { audit } from "../../cache/audit.ts";
import { collect, type Bounds } from "../../cache/collect.ts";
import { BYTES_MAX, DAYS_MAX, parseDays, parseSize } from "../bounds.ts";
import { progress } from "../progress.ts";
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

/** Ends with 1 when something was unsound: it is out of the store then, and a miss. */
export function cacheVerify(env: Environment, isJson: boolean, print: Printer): number {
  const store = openUserStore(env);
  if (!store.ok) {
    print.failure(store.failure);
    return 1;
  }
  const shown = progress("checked", print, realClock);
  const { blobs, records, bytes, findings } = audit(store.value, (files) => { shown.at(files); });
  shown.end();
  if (isJson) print.value({ folder: toText(store.value.root), blobs, records, bytes, findings: findings.map(({ what, found }) => ({ what: toText(what), found })) });
  else {
    for (const { what, found } of findings) print.say(`${toText(what)}: ${found}`);
    const sum = findings.length === 0 ? "all sound" : `${String(findings.length)} unsound: what they held runs again`;
    print.say(`Checked ${String(blobs)} blobs and ${String(records)} records (${sizeText(bytes)}): ${sum}`);
  }
  return findings.length === 0 ? 0 : 1;
}

export interface CollectOptions {
  readonly json?: true;
  readonly maxSize?: string;
  readonly maxAge?: string;
}

const USAGE_ERROR = 2;

function boundsOf({ maxSize, maxAge }: CollectOptions): Result<Bounds, Failure> {
  const bytesMax = parseSize(maxSize ?? BYTES_MAX);
  if (!bytesMax.ok) return bytesMax;
  const ageNsMax = parseDays(maxAge ?? DAYS_MAX);
  return ageNsMax.ok ? ok({ bytesMax: bytesMax.value, ageNsMax: ageNsMax.value }) : ageNsMax;
}

export function cacheGc(env: Environment, options: CollectOptions, print: Printer): number {
  const bounds = boundsOf(options);
  if (!bounds.ok) {
    print.failure(bounds.failure);
    return USAGE_ERROR;
  }
  const store = openUserStore(env);
  if (!store.ok) {
    print.failure(store.failure);
    return 1;
  }
  const { removedBytes, removedFiles, keptBytes } = collect(store.value, bounds.value, realClock.realtimeNs());
  if (options.json === true) print.value({ folder: toText(store.value.root), removedBytes, removedFiles, keptBytes });
  else print.say(`Removed ${String(removedFiles)} files (${sizeText(removedBytes)}); kept ${sizeText(keptBytes)}`);
  return 0;
}
