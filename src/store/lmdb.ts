// LMDB below the signature index: the only file that knows of it. Any number of
// processes may share one database; a killed one leaves it valid. Whatever goes
// wrong here only costs time, so it turns the index into memory and no more.

import { createRequire } from "node:module";
import type { Disk } from "../base/disk.ts";
import { absPath, fromText, toText, type AbsPath } from "../base/path.ts";
import { identityOf, isSignature, sizeBytesOf } from "../base/signature.ts";
import { indexPath } from "./layout.ts";
import { Publisher } from "./publish.ts";
import type { Database, OpenDatabase } from "./signature-index.ts";

/** In the name, so that a later format starts afresh beside this one. */
const FILE = "signatures-1.mdb";

/** Asks for nothing before it is called: loading costs 30 ms (docs/internals/dependencies.md). */
export function lmdbDatabase(disk: Disk, root: AbsPath): OpenDatabase {
  return () => {
    const folder = indexPath(root);
    const path = toText(folder);
    // LMDB shares memory through the file, which a network file system cannot do; and takes its path as text.
    if (!disk.ensureDirectory(folder).ok || !disk.isLocal(folder) || fromText(path) !== folder) return null;
    const file = absPath(`${folder}/${FILE}`);
    if (!isSound(disk, file)) {
      // The whole folder, in one step: a database must never meet another one's lock file.
      new Publisher(disk, root).setAside(folder);
      if (!disk.ensureDirectory(folder).ok) return null;
    }
    const before = identityAt(disk, folder);
    try {
      const opened = openDatabase(toText(file));
      // LMDB opens two files by name. If the folder was moved away in between, they may not belong together.
      if (before !== null && identityAt(disk, folder) === before) return opened;
      opened.close().catch(unavailable);
      return null;
    } catch (thrown) {
      return unavailable(thrown);
    }
  };
}

function identityAt(disk: Disk, path: AbsPath): string | null {
  const [found] = disk.signatures([path]);
  return isSignature(found) ? identityOf(found) : null;
}

/** The page header's size, and where the fields of MDB_meta are after it. Source: mdb.c of lmdb 3.5.6. */
const META_AT = 24;
const [MAGIC_AT, VERSION_AT, PAGE_BYTES_AT, LAST_PAGE_AT, META_END] = [META_AT, META_AT + 4, META_AT + 24, META_AT + 120, META_AT + 128];
const [MAGIC, VERSION] = [0xbeefc0de, 2];

/**
 * False for a file that LMDB would crash on: it trusts what it maps. Cut short, it ends in SIGBUS; without its magic,
 * in SIGSEGV ("a file that is no database" and "a database that was cut short" in signature-index.test.ts).
 */
function isSound(disk: Disk, file: AbsPath): boolean {
  const [before] = disk.signatures([file]);
  if (before === null) return true;
  if (before === undefined || before === "error") return false;
  if (sizeBytesOf(before) === 0) return true;
  const first = disk.readPart(file, 0, META_END);
  if (!first.ok || first.value.length < META_END) return false;
  const pageBytes = first.value.readUInt32LE(PAGE_BYTES_AT);
  const second = disk.readPart(file, pageBytes, META_END);
  if (!second.ok || second.value.length < META_END) return false;
  // The size comes last: another process may have written pages and then their number since.
  const [after] = disk.signatures([file]);
  if (!isSignature(after)) return false;
  const sizeBytes = sizeBytesOf(after);
  return [first.value, second.value].every((meta) =>
    meta.readUInt32LE(MAGIC_AT) === MAGIC && meta.readUInt32LE(VERSION_AT) === VERSION &&
    meta.readUInt32LE(PAGE_BYTES_AT) === pageBytes &&
    (meta.readBigUInt64LE(LAST_PAGE_AT) + 1n) * BigInt(pageBytes) <= BigInt(sizeBytes));
}

/** LMDB throws plain errors with its own messages for whatever a disk can cause: there is no code to tell them by. */
function unavailable(thrown: unknown): null {
  if (thrown instanceof Error) return null;
  throw thrown;
}

function openDatabase(path: string): Database {
  const { open } = createRequire(import.meta.url)("lmdb") as typeof import("lmdb"); // Node types every require as any.
  const store = open<Buffer, Buffer>({ path, noSubdir: true, encoding: "binary", keyEncoding: "binary", compression: false, cache: false });
  return {
    get(key) {
      try {
        return store.getBinary(key) ?? null;
      } catch (thrown) {
        return unavailable(thrown);
      }
    },
    range(first, end) {
      try {
        return [...store.getRange({ start: first, end })].map(({ key, value }) => [key, value] as const);
      } catch (thrown) {
        unavailable(thrown);
        return [];
      }
    },
    putAll(pairs) {
      try {
        store.transactionSync(() => {
          for (const [key, value] of pairs) store.putSync(key, value);
        });
        return true;
      } catch (thrown) {
        unavailable(thrown);
        return false;
      }
    },
    close: () => store.close(),
  };
}
