// What the workspace was when a view began: each name with its state, and what is
// known of its content. Written once, so that later it can be told of every name
// whether it still is that. Git's objects are left out: they are only ever added.

import { isDigest, type Digest } from "../base/digest.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import { absPath, isAbsPath, type AbsPath } from "../base/path.ts";
import { SIGNATURE_BYTES, typeOf, type Signature } from "../base/signature.ts";

export interface Was {
  readonly signature: Signature;
  /** Of a link. */
  readonly target: string;
  /** Null: nobody had read it in this state. */
  readonly digest: Digest | null;
  /** What git calls its content, where git said that it is that; "": not. */
  readonly object: string;
}

/** From the workspace's root; directories before what is in them. */
export type WasList = ReadonlyMap<string, Was>;

const STATE = ".fathom";
const OBJECTS = /^\.git\/(?:modules\/(?:.*\/)?)?objects(?:\/|$)/;
/** A name of git's own records: they are small, and every command of git changes them. */
export const isGitRecord = (path: string): boolean => path.startsWith(".git/") && !OBJECTS.test(path);
/** Source: gitformat-index(5): SHA-1 or SHA-256. */
const OBJECT_NAME = /^(?:[0-9a-f]{40}|[0-9a-f]{64})?$/;

/** Neither ours nor git's store of objects. */
export const isGuarded = (path: string): boolean => path !== STATE && !OBJECTS.test(path);

/** A directory that may not be looked into is on the list, and nothing of what is in it. */
export function listWas(workspace: AbsPath, disk: Disk): Map<string, Was> {
  const found = new Map<string, Was>();
  const visit = (directory: AbsPath, relative: string): void => {
    const names = [...namesIn(disk.list(directory) ?? "")].map(({ name }) => name).filter((name) => isGuarded(relative === "" ? name : `${relative}/${name}`));
    const states = disk.signatures(names.map((name) => absPath(`${directory}/${name}`)));
    for (const [index, name] of names.entries()) {
      const [signature, path] = [states[index], relative === "" ? name : `${relative}/${name}`];
      if (signature === undefined || signature === null || signature === "error") continue;
      const [type, at] = [typeOf(signature), absPath(`${directory}/${name}`)];
      found.set(path, { signature, target: type === "link" ? (disk.readLink(at) ?? "") : "", digest: null, object: "" });
      if (type === "directory") visit(at, path);
    }
  };
  visit(workspace, "");
  return found;
}

/** Of each name: path, target, digest and object with a NUL behind each, then the state. */
export function encodeWas(list: WasList): Buffer {
  return Buffer.from(["fathom was 1\0", ...[...list].map(([path, { signature, target, digest, object }]) => `${path}\0${target}\0${digest ?? ""}\0${object}\0${signature}`)].join(""), "latin1");
}

/** Null: not what this version writes. */
export function decodeWas(bytes: Buffer): WasList | null {
  const text = bytes.toString("latin1");
  const list = new Map<string, Was>();
  let at = 0;
  const take = (): string | null => {
    const end = text.indexOf("\0", at);
    if (end < 0) return null;
    const taken = text.slice(at, end);
    at = end + 1;
    return taken;
  };
  if (take() !== "fathom was 1") return null;
  while (at < text.length) {
    const [path, target, digest, object] = [take(), take(), take(), take()];
    if (path === null || target === null || digest === null || object === null || !isAbsPath(`/${path}`) || at + SIGNATURE_BYTES > text.length) return null;
    if ((digest !== "" && !isDigest(digest)) || !OBJECT_NAME.test(object)) return null;
    list.set(path, { signature: text.slice(at, at + SIGNATURE_BYTES) as Signature, target, digest: digest === "" ? null : digest, object }); // As it was written.
    at += SIGNATURE_BYTES;
  }
  return list;
}
