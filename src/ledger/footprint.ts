// What the ledgers of one unit (an exec'd process with everything under it)
// come to: what it relied on, what it changed, what it sent to its streams,
// and every doubt. Paths here are real: links on the way are facts of their own.

import type { AbsPath } from "../base/path.ts";
import type { FileType, Signature } from "../base/signature.ts";

export type { FileType, Signature } from "../base/signature.ts";

/** One thing the unit relied on, as it was at first touch, before the unit itself changed it. */
export type Observation =
  /** A regular file's bytes and permission bits. `timed`: its modification time too (a program that compares times asked). */
  | { readonly kind: "content"; readonly path: AbsPath; readonly signature: Signature; readonly timed: boolean; /** False: it was only looked at. */ readonly isRead: boolean }
  /** Nothing there. */
  | { readonly kind: "missing"; readonly path: AbsPath }
  /** Looking is refused: a directory on the way may not be searched. */
  | { readonly kind: "denied"; readonly path: AbsPath }
  /** A directory's permission bits, of which a program asked that may show or store them (a time reader). */
  | { readonly kind: "permissions"; readonly path: AbsPath; readonly permissions: number }
  /** A directory's names and types, without what the unit itself made. `names`: (u8 d_type, name, NUL)*, sorted by bytes. */
  | { readonly kind: "listed"; readonly path: AbsPath; readonly names: string }
  /** A symbolic link and where it points. */
  | { readonly kind: "link"; readonly path: AbsPath; readonly target: string }
  /** Existence and type only (directories on the way, a file that was then overwritten unread). */
  | { readonly kind: "type"; readonly path: AbsPath; readonly type: FileType };

/** Environment the unit relied on: the names read, or all of it. */
export interface EnvironmentUse {
  /** "all": any variable may have been read. */
  readonly kind: "all" | "names";
  /** Seen to be asked for. Names that begin with \x01 are no variables but questions about the standard streams (native/ledger.h): never part of "all". */
  readonly names: readonly string[];
}

/** One piece of output. `stream` is 1 or 2: which of the unit's own descriptors it went to. */
export interface Chunk {
  readonly stream: 1 | 2;
  readonly bytes: Buffer;
}

/** Why a unit is not stored: `program` names the image that caused it. */
export interface Doubt {
  readonly code: string;
  readonly program: string;
  readonly detail: string;
}

export interface Footprint {
  readonly observations: readonly Observation[];
  readonly environment: EnvironmentUse;
  /** Directories that existed before and were moved, in order; effects name paths after the moves. */
  readonly moves: readonly { readonly from: AbsPath; readonly to: AbsPath }[];
  /** Paths the unit may have changed; what is there when it ends is the effect. Sorted by bytes. */
  readonly touched: readonly AbsPath[];
  /** Those of them where nothing was before. */
  readonly created: readonly AbsPath[];
  /** Directories that existed before and in which it changed names, be it for a while, with the permission bits that they had. Null: not known here, or it set them itself. */
  readonly folders: readonly { readonly path: AbsPath; readonly permissions: number | null }[];
  readonly output: readonly Chunk[];
  readonly doubts: readonly Doubt[];
}
