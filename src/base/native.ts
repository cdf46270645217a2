// The one place that loads the addon (native/addon). Importing this file loads
// nothing and never throws: a machine without a binary that fits gets a failure
// value, and a slower disk.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, ok, type Failure, type Result } from "./result.ts";

/** The calls; native/addon/*.c says of each what it takes and gives. Paths: one character a byte. Numbers below 0: -errno. */
export interface Native {
  /** `paths`: each followed by a NUL. For each: signature (48 bytes), errno (u32). */
  signatures(paths: Uint8Array): Buffer;
  /** Of each name below `root`, directories first: path, target of a link (a NUL behind each), signature (48 bytes). Without `skips` and what is in them (a NUL behind each), and what cannot be looked at. */
  statesBelow(root: string, skips: Uint8Array): Buffer | number;
  /** 32 bytes. */
  sha256(bytes: Uint8Array): Buffer;
  /** For each path: digest (32 bytes), signature (48 bytes), errno (u32; ESTALE: it changed meanwhile). */
  hashFiles(paths: Uint8Array): Buffer;
  /** (u8 d_type, name, NUL)*, sorted by name bytes. A link to a directory is not a directory (ENOTDIR). */
  list(path: string): Buffer | number;
  /** Count of the bytes of a regular file. EFBIG: not less than there is room for. */
  readFile(path: string, bytes: Uint8Array): number;
  readLink(path: string): Buffer | number;
  /** Signature of `to` (48 bytes), errno (u32). `to` must not exist. */
  copyFile(from: string, to: string, permissions: number): Buffer;
  setModified(path: string, mtimeNs: bigint): number;
  /** flags: 1 never replace, 2 exchange both. */
  rename(from: string, to: string, flags: number): number;
  /** 1: reading `fd` would not block; 0: not within the time (-1: for ever). */
  poll(fd: number, timeoutMs: number): number;
  /** Blocks. Count of bytes, 0 at the end. */
  readInto(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  preadInto(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** Blocks until all is written. */
  writeAll(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  /** 1: the parent directory of `relative` is `root` or below it, links followed; 0: it is not. */
  resolvesWithin(root: string, relative: string): number;
  /** A new pseudo terminal: the person's end (i32), the program's (i32). */
  openTerminal(columns: number, rows: number): Buffer | number;
  sizeTerminal(fd: number, columns: number, rows: number): number;
  /** A descriptor (O_PATH) of a directory below `root` to which no link leads; ".": of the root. */
  openWithin(root: string, relative: string): number;
  attribute(path: string, name: string): Buffer | number;
  /** Those whose names begin with `prefix`. */
  removeAttributes(path: string, prefix: string): number;
  /** User (u32), group (u32), device (u64). */
  owner(path: string): Buffer | number;
  setOwner(path: string, user: number, group: number): number;
  /** Of the open file behind `fd`; does not wait. */
  lock(fd: number): number;
  syncFileSystem(fd: number): number;
  makeWhiteout(path: string): number;
  /** A descriptor of ours for an open file of another process. */
  takeDescriptor(process: number, fd: number): number;
}

/** ADDON_VERSION of native/addon/register.c. */
const ADDON_VERSION = 1;

const NAMES = [
  "signatures", "statesBelow", "sha256", "hashFiles", "list", "readFile", "readLink", "copyFile", "setModified",
  "rename", "poll", "readInto", "preadInto", "writeAll", "resolvesWithin", "openTerminal", "sizeTerminal",
  "openWithin", "attribute", "removeAttributes", "owner", "setOwner", "lock", "syncFileSystem", "makeWhiteout", "takeDescriptor",
] as const satisfies readonly (keyof Native)[];

function isNative(loaded: unknown): loaded is Native {
  if (typeof loaded !== "object" || loaded === null) return false;
  const found = new Map<string, unknown>(Object.entries(loaded));
  return found.get("version") === ADDON_VERSION && NAMES.every((name) => typeof found.get(name) === "function");
}

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? (thrown.message.split("\n")[0] ?? "") : String(thrown));

/** The package: this file is at different depths in the sources, in the build and in the bundle, which has a package.json of its own. */
function packageFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start, depth = 0; depth < 5; depth++, folder = dirname(folder)) if (existsSync(`${folder}/bin/fathom`)) return folder;
  return start;
}

function load(): Result<Native, Failure> {
  const advice = "Fathom works without it, more slowly; \"make -C native addon\" builds it";
  const machine = `${platform()}-${arch()}`;
  const require = createRequire(import.meta.url);
  const file = `${packageFolder()}/prebuilds/${machine}/fathom-addon.node`;
  try {
    const loaded: unknown = require(file);
    if (isNative(loaded)) return ok(loaded);
    return fail({ code: "addon-unusable", message: `Cannot use "${file}": it is of another version of Fathom`, advice });
  } catch (thrown) {
    return fail({ code: "addon-unusable", message: `Cannot load "${file}": ${reasonOf(thrown)}`, advice });
  }
}

let loaded: Result<Native, Failure> | undefined;

/** Loads at the first call; later calls give the same answer. */
export function native(): Result<Native, Failure> {
  loaded ??= load();
  return loaded;
}
