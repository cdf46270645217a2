// What only the workspace has is kept when a view begins, in one file: to make a file
// of each takes longer than all the rest of it. They get names of their own before
// somebody is in the view.

import type { Disk } from "../base/disk.ts";
import { absPath, isAbsPath, join, type AbsPath } from "../base/path.ts";
import type { Failure, Result } from "../base/result.ts";
import { sizeBytesOf, type Signature } from "../base/signature.ts";
import type { View } from "./view.ts";

const packOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "packed");

/** Larger ones are copied: that costs no memory, and on some file systems no room. */
export const PACKED_BYTES_MAX = 60 * 1024;
/** Of contents: it is put together in memory. */
export const PACK_BYTES_MAX = 64 * 1024 * 1024;
/** With a path and a size before each of them: as many as could be empty. */
const FILE_BYTES_MAX = 4 * PACK_BYTES_MAX;
const HEAD = "fathom packed 1\0";

export const dropPack = (view: Pick<View, "folder">, disk: Pick<Disk, "removeFile">): unknown => disk.removeFile(packOf(view));

/** Path, size in digits (a NUL behind each) and content, of those that are in the state of the list before and after they are read. */
export function writePack(view: Pick<View, "folder" | "workspace">, files: ReadonlyMap<string, Signature>, disk: Disk): Result<void, Failure> {
  const read = [...files].flatMap(([path, signature]) => {
    const at = absPath(`${view.workspace}/${path}`);
    const content = disk.readFile(at);
    return content.ok && content.value.length === sizeBytesOf(signature) ? [{ path, at, signature, content: content.value }] : [];
  });
  const after = disk.signatures(read.map(({ at }) => at));
  const parts = read.filter(({ signature }, index) => after[index] === signature).flatMap(({ path, content }) => [Buffer.from(`${path}\0${String(content.length)}\0`, "latin1"), content]);
  return disk.writeFile(packOf(view), Buffer.concat([Buffer.from(HEAD, "latin1"), ...parts]), 0o600);
}

/** Undefined: there is none. Null: not what this version writes. */
export function readPack(view: Pick<View, "folder">, disk: Disk): ReadonlyMap<string, Buffer> | null | undefined {
  const [found] = disk.signatures([packOf(view)]);
  if (found === null) return undefined;
  const read = found === undefined || found === "error" || sizeBytesOf(found) > FILE_BYTES_MAX ? null : disk.readFile(packOf(view));
  return read?.ok === true ? decode(read.value) : null;
}

function decode(bytes: Buffer): ReadonlyMap<string, Buffer> | null {
  const files = new Map<string, Buffer>();
  if (bytes.toString("latin1", 0, HEAD.length) !== HEAD) return null;
  for (let at = HEAD.length; at < bytes.length;) {
    const pathEnd = bytes.indexOf(0, at);
    const sizeEnd = pathEnd < 0 ? -1 : bytes.indexOf(0, pathEnd + 1);
    const [path, size] = [bytes.toString("latin1", at, pathEnd), bytes.toString("latin1", pathEnd + 1, sizeEnd)];
    if (sizeEnd < 0 || !isAbsPath(`/${path}`) || !/^\d{1,6}$/.test(size) || sizeEnd + 1 + Number(size) > bytes.length) return null;
    at = sizeEnd + 1 + Number(size);
    files.set(path, bytes.subarray(sizeEnd + 1, at));
  }
  return files;
}
