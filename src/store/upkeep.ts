// What keeps a store sound and small: every blob read and compared with its
// name, and files removed that nobody needs. Safe while others use the store:
// what was published shortly before stays, because whoever published it is about
// to publish what refers to it.

import { isDigest } from "../base/digest.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import { HASHED_AT_ONCE_MAX, STAGING_AGE_NS_MAX } from "../base/limits.ts";
import { absPath, type AbsPath } from "../base/path.ts";
import { ctimeNsOf, isSignature, mtimeNsOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import { damagedPath, stagingPath } from "./layout.ts";
import type { Publisher } from "./publish.ts";

export interface Stored {
  readonly name: string;
  readonly sizeBytes: number;
  /** When it was last used or, if never, made. */
  readonly usedNs: bigint;
  /** When it was published: nothing can set this time. */
  readonly madeNs: bigint;
}

const stored = (name: string, signature: Signature): Stored =>
  ({ name, sizeBytes: sizeBytesOf(signature), usedNs: mtimeNsOf(signature), madeNs: ctimeNsOf(signature) });

/** The files in a folder; none when there is no folder. */
export function filesIn(disk: Disk, folder: AbsPath): readonly Stored[] {
  const names = [...namesIn(disk.list(folder) ?? "")].filter(({ type }) => type !== "directory").map(({ name }) => name);
  return disk.signatures(names.map((name) => absPath(`${folder}/${name}`))).flatMap((signature, index) =>
    !isSignature(signature) || typeOf(signature) === "directory" ? [] : [stored(names[index] ?? "", signature)]);
}

/** Reads every blob. What is not what its name says is set aside and named. */
export function auditBlobs(disk: Disk, folder: AbsPath, publisher: Publisher, onRead: (files: number) => void): readonly string[] {
  const names = filesIn(disk, folder).map(({ name }) => name);
  const unsound: string[] = [];
  for (let from = 0; from < names.length; from += HASHED_AT_ONCE_MAX) {
    const some = names.slice(from, from + HASHED_AT_ONCE_MAX);
    const paths = some.map((name) => absPath(`${folder}/${name}`));
    for (const [index, hashed] of disk.hashFiles(paths).entries()) {
      const [name = "", path] = [some[index], paths[index]];
      if (path === undefined || (hashed !== null && isDigest(name) && hashed.digest === name)) continue;
      if (hashed === null && disk.signatures([path])[0] === null) continue; // Somebody removed it meanwhile.
      publisher.setAside(path);
      unsound.push(name);
    }
    onRead(Math.min(names.length, from + some.length));
  }
  return unsound;
}

/** Returns the bytes that are gone. What cannot be removed stays, and is tried again next time. */
export function removeFrom(disk: Disk, folder: AbsPath, files: readonly Stored[]): number {
  let bytes = 0;
  for (const { name, sizeBytes } of files) if (disk.removeFile(absPath(`${folder}/${name}`)).ok) bytes += sizeBytes;
  return bytes;
}

/** What killed processes left half made, and what was set aside long ago. */
export function removeLeftovers(disk: Disk, root: AbsPath, nowNs: bigint): number {
  const isOld = (file: Stored): boolean => file.madeNs < nowNs - STAGING_AGE_NS_MAX;
  return [stagingPath(root), damagedPath(root)].reduce((bytes, folder) => bytes + removeFrom(disk, folder, filesIn(disk, folder).filter(isOld)), 0);
}
