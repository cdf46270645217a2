// What the workspace was when a view began: each name with its state, and what is
// known of its content. Written once, so that later it can be told of every name
// whether it still is that. Git's objects are left out: they are only ever added.

import { getSystemErrorName } from "node:util";
import { isDigest, type Digest } from "../base/digest.ts";
import type { Native } from "../base/native.ts";
import { isAbsPath, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { SIGNATURE_BYTES, type Signature } from "../base/signature.ts";

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
export const isGuarded = (path: string): boolean => path !== STATE && !(path.startsWith(".git/") && OBJECTS.test(path));

/** Ours, and git's store of objects; that of a module is left out when the list is read. */
const LEFT_OUT = Buffer.from(`${STATE}\0.git/objects\0`, "latin1");

/** Of each name path, target of a link (a NUL behind each), and state. A directory that may not be looked into is there, and nothing of what is in it. */
export function statesOf(workspace: AbsPath, native: Pick<Native, "statesBelow">): Result<Buffer, Failure> {
  const states = native.statesBelow(workspace, LEFT_OUT);
  if (typeof states !== "number") return ok(states);
  return fail({ code: "view-not-listed", message: `Cannot list what is in "${toText(workspace)}": ${getSystemErrorName(states)}`, advice: "Nothing was left out in silence, and nothing was changed; try again when the system has what it asked for" });
}

/** Null: not what `statesOf` gives. Of one from a disk the paths are still to be checked. */
export function listOf(states: Buffer): Map<string, Was> | null {
  const [text, list] = [states.toString("latin1"), new Map<string, Was>()];
  for (let at = 0; at < text.length;) {
    const pathEnd = text.indexOf("\0", at);
    const targetEnd = pathEnd < 0 ? -1 : text.indexOf("\0", pathEnd + 1);
    const end = targetEnd + 1 + SIGNATURE_BYTES;
    if (targetEnd < 0 || end > text.length) return null;
    const path = text.slice(at, pathEnd);
    if (isGuarded(path)) list.set(path, { signature: text.slice(targetEnd + 1, end) as Signature, target: text.slice(pathEnd + 1, targetEnd), digest: null, object: "" }); // As it was written.
    at = end;
  }
  return list;
}

const HEAD = Buffer.from("fathom was 2\0", "latin1");

export const encodeStates = (states: Buffer): Buffer => Buffer.concat([HEAD, states]);

/** Null: not what this version writes. */
export const decodeStates = (bytes: Buffer): Buffer | null => (bytes.subarray(0, HEAD.length).equals(HEAD) ? bytes.subarray(HEAD.length) : null);

/** Of each file of which something is known of the content: path, digest and object, a NUL behind each. */
export const encodeHeld = (objects: ReadonlyMap<string, string>, digests: ReadonlyMap<string, Digest>): Buffer =>
  Buffer.from(["fathom held 1\0", ...[...objects].map(([path, object]) => `${path}\0\0${object}\0`), ...[...digests].map(([path, digest]) => `${path}\0${digest}\0\0`)].join(""), "latin1");

export const arePaths = (list: WasList): boolean => [...list.keys()].every((path) => isAbsPath(`/${path}`));

/** Puts into `list` what is known. False: not what this version writes. */
export function addHeld(bytes: Buffer, list: Map<string, Was>): boolean {
  const fields = bytes.toString("latin1").split("\0");
  if (fields[0] !== "fathom held 1" || fields.length % HELD_FIELDS !== 2 || fields.at(-1) !== "") return false;
  for (let at = 1; at + HELD_FIELDS <= fields.length; at += HELD_FIELDS) {
    const [path = "", digest = "", object = ""] = fields.slice(at, at + HELD_FIELDS);
    const was = list.get(path);
    if (was === undefined || (digest !== "" && !isDigest(digest)) || !OBJECT_NAME.test(object)) return false;
    list.set(path, { ...was, object, digest: digest === "" ? null : digest });
  }
  return true;
}

const HELD_FIELDS = 3;
