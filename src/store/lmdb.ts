// LMDB below the signature index: the only file that knows of it. Any number of
// processes may share one database; a killed one leaves it valid. Whatever goes
// wrong here only costs time, so it turns the index into memory and no more.

import { createRequire } from "node:module";
import type { Disk } from "../base/disk.ts";
import { fromText, toText, type AbsPath } from "../base/path.ts";
import { indexPath } from "./layout.ts";
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
    try {
      return openDatabase(`${path}/${FILE}`);
    } catch (thrown) {
      return unavailable(thrown);
    }
  };
}

/** LMDB throws plain errors with its own messages for whatever a disk can cause: there is no code to tell them by. */
function unavailable(thrown: unknown): null {
  if (thrown instanceof Error) return null;
  throw thrown;
}

function openDatabase(path: string): Database {
  const { open }: typeof import("lmdb") = createRequire(import.meta.url)("lmdb");
  const store = open<Buffer, Buffer>({ path, noSubdir: true, encoding: "binary", keyEncoding: "binary", compression: false, cache: false });
  return {
    get(key) {
      try {
        return store.getBinary(key) ?? null;
      } catch (thrown) {
        return unavailable(thrown);
      }
    },
    putAll(pairs) {
      try {
        store.transactionSync(() => {
          for (const [key, value] of pairs) store.putSync(key, value);
        });
        return true;
      } catch (thrown) {
        return unavailable(thrown) ?? false;
      }
    },
    close: () => store.close(),
  };
}
