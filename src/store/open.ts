// Opens a store: makes it, recognises it, or says why not. A folder that holds
// anything else is never taken for a store, since stores are emptied and collected.

import type { Clock } from "../base/clock.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import { parentOf, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { moveAway } from "./census.ts";
import { STORE_VERSION, versionPath } from "./layout.ts";
import { Publisher } from "./publish.ts";
import type { OpenDatabase } from "./signature-index.ts";
import { FileStore, type Store } from "./store.ts";

export interface StoreOptions {
  readonly root: AbsPath;
  readonly disk: Disk;
  readonly clock: Clock;
  /** lmdbDatabase(disk, root); without it the index is in memory only. */
  readonly openDatabase?: OpenDatabase;
}

type Found =
  | { readonly kind: "current" | "empty" }
  | { readonly kind: "older" | "newer"; readonly version: number }
  | { readonly kind: "foreign"; readonly because: string };

/** What a process that was killed while it made the store may leave, and what a fresh file system holds. */
const HARMLESS = new Set(["tmp", "lost+found"]);

function recognise(disk: Disk, root: AbsPath): Found {
  let read = disk.readFile(versionPath(root));
  if (!read.ok && read.failure.code === "enoent") {
    const stranger = [...namesIn(disk.list(root) ?? "")].find(({ name }) => !HARMLESS.has(name));
    if (stranger === undefined) return { kind: "empty" };
    // Another process may have made the store since: the version is the first thing it publishes.
    read = disk.readFile(versionPath(root));
    if (!read.ok) return { kind: "foreign", because: `it holds "${toText(stranger.name)}" and no version` };
  }
  if (!read.ok) return { kind: "foreign", because: `its version cannot be read (${read.failure.code})` };
  // The machine stopped before the version reached the disk: nothing else is believed unchecked, so it may stay.
  if (read.value.length === 0) return { kind: "empty" };
  const text = read.value.toString("latin1");
  if (!/^\d{1,9}\n$/.test(text)) return { kind: "foreign", because: "its version is not a number" };
  const version = Number(text);
  if (version === STORE_VERSION) return { kind: "current" };
  return { kind: version < STORE_VERSION ? "older" : "newer", version };
}

/** Others need not see what is in it: outputs may hold secrets. */
export function ensureRoot(disk: Disk, root: AbsPath): Result<void, Failure> {
  if (disk.list(root) !== null) return ok(undefined);
  const above = disk.ensureDirectory(parentOf(root));
  if (!above.ok) return above;
  const made = disk.makeDirectory(root, 0o700);
  return made.ok || made.failure.code !== "eexist" ? made : disk.ensureDirectory(root);
}

/** For locateStore. */
export const isUsable = (disk: Disk) => (root: AbsPath): boolean => ensureRoot(disk, root).ok && disk.isWritable(root);

function prepare(disk: Disk, root: AbsPath, publisher: Publisher): Result<void, Failure> {
  const found = recognise(disk, root);
  switch (found.kind) {
    case "current":
      return ok(undefined);
    case "newer":
      return fail({
        code: "store-newer",
        message: `Cannot use the store "${toText(root)}": it has version ${String(found.version)}, this Fathom knows ${String(STORE_VERSION)}`,
        advice: "Use the newer Fathom, or set FATHOM_STORE to another folder",
      });
    case "foreign":
      return fail({
        code: "store-unrecognised",
        message: `Cannot use "${toText(root)}" as a store: ${found.because}`,
        advice: "Set FATHOM_STORE to an empty folder",
      });
    case "older": {
      const away = moveAway(disk, root, publisher, "set-aside-");
      if (!away.ok) return away;
      break;
    }
    case "empty":
      break;
  }
  return publisher.publish(versionPath(root), (staged) => disk.createFile(staged, Buffer.from(`${String(STORE_VERSION)}\n`), 0o644));
}

export function openStore(options: StoreOptions): Result<Store, Failure> {
  const { root, disk, clock } = options;
  const publisher = new Publisher(disk, root);
  const made = ensureRoot(disk, root);
  const prepared = made.ok ? prepare(disk, root, publisher) : made;
  if (prepared.ok) return ok(new FileStore(root, disk, clock, publisher, options.openDatabase ?? (() => null)));
  if (prepared.failure.code.startsWith("store-")) return prepared;
  const message = `Cannot make a store in "${toText(root)}": ${prepared.failure.message}`;
  return fail({ code: "store-write-failed", message, advice: "Set FATHOM_STORE to a folder in which files can be made" });
}
