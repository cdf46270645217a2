// Temporary folders for what shows or tests something, and comparing two trees
// byte for byte. Nothing here is on the path of a build.

import { createHash } from "node:crypto";
import { accessSync, chmodSync, constants, cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byteOrder } from "./path.ts";

/** Its real path: build tools print and record that one. */
export const makeScratch = (name: string): string => realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));

export const removeTree = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Also what its owner may not write, or not even list: directories of caches, and the kernel's own in an overlay. */
export function removeStubborn(folder: string): void {
  openUp(Buffer.from(folder));
  removeTree(folder);
}

function openUp(path: Buffer): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  chmodSync(path, 0o700);
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: "buffer" })) if (entry.isDirectory()) openUp(Buffer.concat([path, Buffer.from("/"), entry.name]));
}

export const copyTree = (from: string, to: string): void => cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });

export const isThere = (path: string): boolean => existsSync(path);

/** Names of the folders in a folder. */
export const foldersIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort(byteOrder);

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // Absent or not executable: the same to who asks.
  }
}

/** Appends, as an editor would: same file, new content and time. */
export function appendText(path: string, text: string): void {
  writeFileSync(path, readFileSync(path, "utf8") + text);
}

export const readText = (path: string): string => readFileSync(path, "utf8");

function describe(path: string): string {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`;
  const permissions = (stat.mode & 0o7777).toString(8);
  if (stat.isDirectory()) return `directory ${permissions}`;
  if (!stat.isFile()) return "other";
  return `file ${permissions} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
}

/** Every name under a folder, relative to it, with its type, permissions and content. */
export function describeTree(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (relative: string): void => {
    for (const name of readdirSync(join(folder, relative)).sort(byteOrder)) {
      const path = relative === "" ? name : `${relative}/${name}`;
      const text = describe(join(folder, path));
      found.set(path, text);
      if (text.startsWith("directory")) visit(path);
    }
  };
  visit("");
  return found;
}

/** Names that are not the same in both, sorted by bytes. */
export function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter((name) => a.get(name) !== b.get(name)).sort(byteOrder);
}
