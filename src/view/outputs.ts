// Outputs of the cache that are in a view without their bytes: which names they have,
// and what they look like. The engine adds to the list when a replay has left its
// outputs there (laid.ts); who serves them (fuse/) reads on in it. A name is there as
// soon as its line is.

import { isDigest, type Digest } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import { isAbsPath, join, toText, type AbsPath } from "../base/path.ts";
import { removeTree } from "../base/scratch.ts";
import { sizeBytesOf, isSignature } from "../base/signature.ts";
import { parse, type View } from "./view.ts";

/** `path`: from the workspace's root. */
export interface Laid {
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly permissions: number;
  readonly mtimeNs: bigint;
  /** When it was laid. */
  readonly ctimeNs: bigint;
  readonly inode: number;
}

/** Lines of one list: outputs of the largest workspaces were measured at 300,000. */
export const LAID_MAX = 1_000_000;
/** So many lines with long paths. */
const BYTES_MAX = 512 * 1024 * 1024;
/** Above every number of a directory that is served; who sees it in a view sees what was laid as that line, and nothing else. */
const INODES_FROM = 2 ** 40;

/** In the environment of a command in a view: the folder of the view, where outputs may be laid. */
export const OUTPUTS = "FATHOM_VIEW_OUTPUTS";

type Folder = Pick<View, "folder">;
export const laidOf = ({ folder }: Folder): AbsPath => join(folder, "laid");
/** Where they are served, for the namespace of the view alone. */
export const servedOf = ({ folder }: Folder): AbsPath => join(folder, "outputs");
/** What somebody has opened. */
export const fetchedOf = ({ folder }: Folder): AbsPath => join(folder, "fetched");
export const contentPath = (view: Folder, digest: Digest): AbsPath => join(fetchedOf(view), digest);

export function encodeLaid({ path, digest, sizeBytes, permissions, mtimeNs, ctimeNs }: Omit<Laid, "inode">): string {
  return `${JSON.stringify({ path, digest, sizeBytes, permissions, mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs) })}\n`;
}

/** It was not to be seen there, so it is where the replay put it instead. */
export const encodeGone = (path: string): string => `${JSON.stringify({ gone: path })}\n`;

export const inodeOf = (line: number): number => INODES_FROM + line;

const isTime = (value: unknown): value is string => typeof value === "string" && /^-?\d{1,19}$/.test(value);
const isPath = (value: unknown): value is string => typeof value === "string" && isAbsPath(`/${value}`);

/** Null: not what this version writes. */
function decodeLine(text: string, line: number): Laid | { readonly gone: string } | null {
  const parsed = parse(Buffer.from(text, "utf8"));
  if (typeof parsed !== "object" || parsed === null) return null;
  const { path, digest, sizeBytes, permissions, mtimeNs, ctimeNs, gone }: Readonly<Record<string, unknown>> = { ...parsed };
  if (isPath(gone)) return { gone };
  if (!isPath(path) || typeof digest !== "string" || !isDigest(digest) || !isTime(mtimeNs) || !isTime(ctimeNs)) return null;
  if (typeof sizeBytes !== "number" || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return null;
  if (typeof permissions !== "number" || !Number.isInteger(permissions) || permissions < 0 || permissions > 0o7777) return null;
  return { path, digest, sizeBytes, permissions, mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs), inode: inodeOf(line) };
}

export class LaidList {
  readonly byPath = new Map<string, Laid>();
  readonly byInode = new Map<number, Laid>();
  /** How many lines there are. */
  lines = 0;
  /** What this version does not write, or too much: nothing more is laid, and what was laid stays. */
  isDamaged = false;
  readonly #path: AbsPath;
  readonly #disk: Pick<Disk, "signatures" | "readPart">;
  #readBytes = 0;

  constructor(view: Folder, disk: Pick<Disk, "signatures" | "readPart">) {
    this.#path = laidOf(view);
    this.#disk = disk;
  }

  /** Reads what was added, and gives that back. */
  refresh(): readonly Laid[] {
    const [state] = this.#disk.signatures([this.#path]);
    const sizeBytes = isSignature(state) ? sizeBytesOf(state) : 0;
    if (sizeBytes > BYTES_MAX) this.isDamaged = true;
    if (sizeBytes <= this.#readBytes || this.isDamaged) return [];
    const read = this.#disk.readPart(this.#path, this.#readBytes, sizeBytes - this.#readBytes);
    // A line that is only half there is read when it is whole.
    const end = read.ok ? read.value.lastIndexOf(10) : -1;
    if (!read.ok || end < 0) return [];
    this.#readBytes += end + 1;
    return read.value.subarray(0, end).toString("utf8").split("\n").flatMap((line) => this.#add(line));
  }

  #add(text: string): readonly Laid[] {
    const found = this.lines < LAID_MAX ? decodeLine(text, this.lines) : null;
    this.lines += 1;
    if (found === null) {
      this.isDamaged = true;
      return [];
    }
    if ("gone" in found) {
      this.byPath.delete(found.gone);
      return [];
    }
    this.byPath.set(found.path, found);
    this.byInode.set(found.inode, found);
    return [found];
  }
}

/** All that were ever laid in it and not taken back. */
export function laidIn(view: Folder, disk: Pick<Disk, "signatures" | "readPart">): readonly Laid[] {
  const list = new LaidList(view, disk);
  list.refresh();
  return [...list.byPath.values()];
}

/** Nothing of them is in it any more, or all of it as what the view changed. */
export function dropOutputs(view: Folder, disk: Pick<Disk, "removeFile">): void {
  disk.removeFile(laidOf(view));
  removeTree(toText(fetchedOf(view)));
}
