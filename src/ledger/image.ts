// What a fold is given: how each program image started and ended, what it
// recorded, and the world it ran in. The shapes are those of the supervisor's
// messages EXEC and END, so a message is handed in as it is.

import { join, type AbsPath } from "../base/path.ts";
import type { FileType, Signature } from "../base/signature.ts";
import type { Footprint } from "./footprint.ts";
import type { LedgerRecord } from "./layout.ts";
import type { ProgramNames } from "./names.ts";
import type { Cuts } from "./resolve.ts";

/** What descriptor 0, 1 or 2 is. `kind`: one of STREAM. */
export interface StreamState {
  readonly kind: number;
  readonly dev: bigint;
  readonly ino: bigint;
}

/** EXEC. */
export interface ImageStart {
  readonly image: number;
  /** The image that forked or exec'd it; 0 for the command itself. */
  readonly parent: number;
  readonly seq: number;
  /** Nanoseconds since 1970 (the clock of ctime). */
  readonly startedNs: bigint;
  /** EXEC_UNTAPPED: seen by notification only, so no variable was seen to be read. */
  readonly flags: number;
  readonly streams: readonly [StreamState, StreamState, StreamState];
  /** Further open descriptors that may carry something, in words. */
  readonly inherited: readonly string[];
  readonly path: string;
  readonly cwd: string;
  readonly argv: readonly string[];
  /** NAME=value */
  readonly env: readonly string[];
}

/** END. how: 0 exited with `code`, 1 killed by signal `code`, 2 its process exec'd image `successor`, 3 unknown. */
export interface ImageEnd {
  readonly image: number;
  readonly how: number;
  readonly code: number;
  readonly successor: number;
  readonly exitSeq: number;
  readonly cpuNs: number;
  /** END_INCOMPLETE: something of its ledger is missing. */
  readonly flags: number;
}

export type Image =
  | {
      readonly kind: "ran";
      readonly start: ImageStart;
      readonly end: ImageEnd | null;
      /** In the order of the run. Where they stand in it is in `seqs`: equal looks of many images are one object. */
      readonly records: readonly LedgerRecord[];
      readonly seqs: readonly number[];
      readonly isIncomplete: boolean;
    }
  /** Answered from the cache: what its entry says, with the signatures that hold now. */
  | {
      readonly kind: "replayed";
      readonly start: ImageStart;
      readonly footprint: Omit<Footprint, "doubts">;
      readonly exitCode: number;
    };

export interface WorldEntry {
  readonly type: FileType;
  /** Where a link points; null for anything else. */
  readonly target: string | null;
  readonly signature: Signature;
}

/** One directory of the world. */
export interface Directory {
  /** The path of a name in it, one component. As far as possible one string for the whole run: what is made of it (a sum, a place in an order) is made once. */
  pathOf(name: string): AbsPath;
  /** lstat and readlink; null where nothing is. */
  lookup(name: string): WorldEntry | null;
}

/** For worlds that are asked by path. */
export const directoryBy = (path: AbsPath, lookup: (path: AbsPath) => WorldEntry | null): Directory => ({
  pathOf: (name) => join(path, name), lookup: (name) => lookup(join(path, name)),
});

/** The disk at the time of the fold, as far as a fold may look. The caller keeps answers until it sees a path written. */
export interface World {
  /** Of a path that is a directory, or was taken for one. */
  directory(path: AbsPath): Directory;
  /** lstat and readlink; null where nothing is. */
  lookup(path: AbsPath): WorldEntry | null;
  /** What the kernel starts first: of a script its "#!" program, of an ELF file its PT_INTERP; null where it has none. Unknown of what neither is. */
  interpreter(path: AbsPath): AbsPath | "unknown" | null;
  /** Whether answers about this path are the same in every fold, while `age` is. */
  isLasting(path: AbsPath): boolean;
  readonly age: number;
}

export interface FoldContext {
  readonly world: World;
  /** Names of the last listing of a directory in this state, over the whole run; the fold adds to it. */
  readonly namesBySignature: Map<Signature, string>;
  /** Names in that directory as a listing record has them, where it is in this state now. */
  readonly namesNow: (path: AbsPath, state: Signature) => string | null;
  /** Over the whole run; folds add to it. */
  readonly cuts: Cuts;
  /** Over the whole run; the fold adds to it. */
  readonly programNames: ProgramNames;
  /** Whether a program may have begun to change that path, or the file that is there, behind this place in the order of the run. `signature` null: nothing is there. */
  readonly isChangedAfter: (path: AbsPath, signature: Signature | null, seq: number) => boolean;
  /** Basenames of programs to which a modification time is a fact. */
  readonly timeReaders: Pick<ReadonlySet<string>, "has">;
  /** Basenames of programs that decide by comparing times: no unit with one of them is stored. */
  readonly comparators: Pick<ReadonlySet<string>, "has">;
}
