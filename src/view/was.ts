// What the workspace was when a view began: each name with its state, and what is
// known of its content. Written once, so that later it can be told of every name
// whether it still is that. Git's objects are left out: they are only ever added.

import { getSystemErrorName } from "node:util";
import { isDigest, type Digest } from "../base/digest.ts";
import type { Native } from "../base/native.ts";
import { isAbsPath, toBuffer, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { SIGNATURE_BYTES, typeOf, type Signature } from "../base/signature.ts";
import { readIndex, type GitIndex } from "./git-index.ts";

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

const HEAD = Buffer.from("fathom was 2\0", "latin1");

export const encodeStates = (states: Buffer): Buffer => Buffer.concat([HEAD, states]);

/** Null: not what this version writes. */
export const decodeStates = (bytes: Buffer): Buffer | null => (bytes.subarray(0, HEAD.length).equals(HEAD) ? bytes.subarray(HEAD.length) : null);

const HELD = "fathom held 2\0";

/**
 * What is known of contents: the length of git's list in 32 bits, its state and it, zeros without one; then of each file of
 * which that tells nothing path, digest and object, a NUL behind each.
 */
export function encodeHeld(index: GitIndex | null, objects: ReadonlyMap<string, string>, digests: ReadonlyMap<string, Digest>): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(index?.bytes.length ?? 0);
  const known = [...[...objects].map(([path, object]) => `${path}\0\0${object}\0`), ...[...digests].map(([path, digest]) => `${path}\0${digest}\0\0`)].join("");
  return Buffer.concat([toBuffer(HELD), length, index === null ? Buffer.alloc(SIGNATURE_BYTES) : toBuffer(index.signature), index?.bytes ?? Buffer.alloc(0), toBuffer(known)]);
}

export const arePaths = (list: WasList): boolean => [...list.keys()].every((path) => isAbsPath(`/${path}`));

/** Puts into `list` what is known. False: not what this version writes. */
export function addHeld(bytes: Buffer, list: Map<string, Was>): boolean {
  const indexAt = HELD.length + 4 + SIGNATURE_BYTES;
  if (bytes.length < indexAt || bytes.toString("latin1", 0, HELD.length) !== HELD) return false;
  const end = indexAt + bytes.readUInt32LE(HELD.length);
  if (end > bytes.length) return false;
  const entries = end === indexAt ? [] : readIndex(bytes.subarray(indexAt, end), bytes.toString("latin1", HELD.length + 4, indexAt) as Signature); // As it was written.
  if (entries === null) return false;
  for (const entry of entries) {
    const was = list.get(entry.path);
    if (was !== undefined && typeOf(was.signature) === "file" && entry.isOf(toBuffer(was.signature), 0)) list.set(entry.path, { ...was, object: entry.object });
  }
  return addKnown(bytes.toString("latin1", end), list);
}

function addKnown(known: string, list: Map<string, Was>): boolean {
  const fields = known.split("\0");
  if (fields.length % HELD_FIELDS !== 1 || fields.at(-1) !== "") return false;
  for (let at = 0; at + HELD_FIELDS <= fields.length; at += HELD_FIELDS) {
    const [path = "", digest = "", object = ""] = fields.slice(at, at + HELD_FIELDS);
    const was = list.get(path);
    if (was === undefined || (digest !== "" && !isDigest(digest)) || !OBJECT_NAME.test(object)) return false;
    list.set(path, { ...was, object, digest: digest === "" ? null : digest });
  }
  return true;
}

const HELD_FIELDS = 3;
