// Generated from native/ledger.def, native/ledger.h and native/protocol.h by
// scripts/generate.ts; edit those. What each record means: native/ledger.def and
// docs/reference/ledger-format.md. The reader is straight-line code because a
// run may bring a million records.

import type { Signature } from "../base/signature.ts";

export const LEDGER_VERSION = 1;
export const HEAD_BYTES = 16;
export const ALIGN_BYTES = 8;

/** Bits of a record's `flags`. */
export const FLAGS = {
  nofollow: 1,
  trapped: 2,
  truncated: 4,
  repeated: 8,
  exchanged: 16,
  locked: 32,
} as const;

/** Why a process cannot be trusted to have been seen whole, by number. */
export const REASONS: ReadonlyMap<number, { readonly code: string; readonly text: string }> = new Map([
  [1, { code: "network", text: "it used the network" }],
  [2, { code: "local-server", text: "it talked to a local server" }],
  [3, { code: "serves", text: "it serves a socket" }],
  [4, { code: "shared-memory", text: "it used System V or POSIX shared memory or message queues" }],
  [5, { code: "descriptors", text: "it passed open files to another process" }],
  [6, { code: "namespace", text: "it changed its own view of the filesystem" }],
  [7, { code: "foreign-abi", text: "it made system calls of another architecture" }],
  [8, { code: "traces", text: "it traced another process" }],
  [9, { code: "xattr", text: "it changed extended attributes" }],
  [10, { code: "owner", text: "it changed the owner of a file" }],
  [11, { code: "handle", text: "it opened a file without a path" }],
  [12, { code: "stream-seek", text: "it moved about in its inherited output" }],
  [13, { code: "stream-lost", text: "its output could not be recorded" }],
  [14, { code: "path-unknown", text: "it used a path that could not be read" }],
  [15, { code: "ledger-full", text: "it did more than a ledger holds" }],
  [16, { code: "unknown-call", text: "it made a system call that Fathom does not know" }],
  [17, { code: "error", text: "a file call failed in a way that depends on more than the file" }],
  [18, { code: "privilege", text: "it runs with the rights of another user" }],
  [19, { code: "device", text: "it used a device" }],
  [21, { code: "left-running", text: "it left a process running" }],
  [23, { code: "unwatched", text: "there were more processes at a time than can be watched" }],
  [22, { code: "inherited", text: "it used an open file that the command was given from outside" }],
  [20, { code: "kernel-state", text: "it changed the state of the system" }],
  [24, { code: "processes", text: "it looked for other processes" }],
]);

/** Kinds of the three standard streams. */
export const STREAM = {
  closed: 0,
  null: 1,
  terminal: 2,
  pipe: 3,
  file: 4,
  socket: 5,
  other: 6,
} as const;

export const EXEC_UNTAPPED = 1;
export const EXEC_PLANNED = 2;
export const EXEC_BOUND = 4;
export const EXEC_BEGUN = 8;
export const END_INCOMPLETE = 1;

interface RecordHead {
  /** Position in the total order of the run's records. */
  readonly seq: number;
  readonly flags: number;
}

/** opened for reading; SIG as it was then */
export interface OpenedRecord extends RecordHead {
  readonly kind: "opened";
  readonly file: Signature | null;
  readonly path: string;
}

/** its metadata was asked for */
export interface StatedRecord extends RecordHead {
  readonly kind: "stated";
  readonly file: Signature | null;
  readonly path: string;
}

/** looked for and not there: ENOENT, ENOTDIR; not to be looked at: EACCES */
export interface MissingRecord extends RecordHead {
  readonly kind: "missing";
  readonly error: number;
  readonly path: string;
}

/** error 0: a link to target; EINVAL: not a link */
export interface ReadlinkRecord extends RecordHead {
  readonly kind: "readlink";
  readonly error: number;
  readonly path: string;
  readonly target: string;
}

/** names: (u8 d_type, name, NUL)*; see REPEATED */
export interface ListedRecord extends RecordHead {
  readonly kind: "listed";
  readonly directory: Signature | null;
  readonly path: string;
  readonly names: string;
}

/** only existence and type were learned (chdir, EEXIST) */
export interface TypedRecord extends RecordHead {
  readonly kind: "typed";
  readonly file: Signature | null;
  readonly path: string;
}

/** this environment variable was read */
export interface EnvRecord extends RecordHead {
  readonly kind: "env";
  readonly name: string;
}

/** any environment variable may have been read */
export interface EnvAllRecord extends RecordHead {
  readonly kind: "env-all";
}

/** opened for writing, truncated, or otherwise changed in content */
export interface WroteRecord extends RecordHead {
  readonly kind: "wrote";
  readonly before: Signature | null;
  readonly path: string;
}

/** unlink or rmdir */
export interface RemovedRecord extends RecordHead {
  readonly kind: "removed";
  readonly before: Signature | null;
  readonly path: string;
}

export interface MadeDirRecord extends RecordHead {
  readonly kind: "made-dir";
  readonly mode: number;
  readonly path: string;
}

/** symlink */
export interface MadeLinkRecord extends RecordHead {
  readonly kind: "made-link";
  readonly path: string;
  readonly target: string;
}

/** hard link */
export interface LinkedRecord extends RecordHead {
  readonly kind: "linked";
  readonly file: Signature | null;
  readonly from: string;
  readonly to: string;
}

export interface RenamedRecord extends RecordHead {
  readonly kind: "renamed";
  readonly moved: Signature | null;
  readonly replaced: Signature | null;
  readonly from: string;
  readonly to: string;
}

/** metadata; what: 1 mode, 2 owner, 4 times */
export interface ChangedRecord extends RecordHead {
  readonly kind: "changed";
  readonly what: number;
  readonly before: Signature | null;
  readonly path: string;
}

/** fifo, socket, device */
export interface MadeNodeRecord extends RecordHead {
  readonly kind: "made-node";
  readonly mode: number;
  readonly path: string;
}

export interface StreamWroteRecord extends RecordHead {
  readonly kind: "stream-wrote";
  readonly dev: bigint;
  readonly ino: bigint;
  readonly fd: number;
  readonly bytes: string;
}

export interface StreamReadRecord extends RecordHead {
  readonly kind: "stream-read";
  readonly dev: bigint;
  readonly ino: bigint;
  readonly fd: number;
}

export interface DoubtRecord extends RecordHead {
  readonly kind: "doubt";
  readonly reason: number;
  readonly detail: string;
}

export type LedgerRecord =
  | OpenedRecord
  | StatedRecord
  | MissingRecord
  | ReadlinkRecord
  | ListedRecord
  | TypedRecord
  | EnvRecord
  | EnvAllRecord
  | WroteRecord
  | RemovedRecord
  | MadeDirRecord
  | MadeLinkRecord
  | LinkedRecord
  | RenamedRecord
  | ChangedRecord
  | MadeNodeRecord
  | StreamWroteRecord
  | StreamReadRecord
  | DoubtRecord;

/** Numbers and fields in wire order, for writers and for tests. */
export const FIELDS: Readonly<Record<LedgerRecord["kind"], { readonly id: number; readonly fields: readonly (readonly [string, string])[] }>> = {
  "opened": { id: 1, fields: [["SIG", "file"], ["STR", "path"]] },
  "stated": { id: 2, fields: [["SIG", "file"], ["STR", "path"]] },
  "missing": { id: 3, fields: [["I32", "error"], ["U32", "unused"], ["STR", "path"]] },
  "readlink": { id: 4, fields: [["I32", "error"], ["U32", "unused"], ["STR", "path"], ["STR", "target"]] },
  "listed": { id: 5, fields: [["SIG", "directory"], ["STR", "path"], ["STR", "names"]] },
  "typed": { id: 6, fields: [["SIG", "file"], ["STR", "path"]] },
  "env": { id: 7, fields: [["STR", "name"]] },
  "env-all": { id: 8, fields: [["U64", "unused"]] },
  "wrote": { id: 16, fields: [["SIG", "before"], ["STR", "path"]] },
  "removed": { id: 17, fields: [["SIG", "before"], ["STR", "path"]] },
  "made-dir": { id: 18, fields: [["U32", "mode"], ["U32", "unused"], ["STR", "path"]] },
  "made-link": { id: 19, fields: [["STR", "path"], ["STR", "target"]] },
  "linked": { id: 20, fields: [["SIG", "file"], ["STR", "from"], ["STR", "to"]] },
  "renamed": { id: 21, fields: [["SIG", "moved"], ["SIG", "replaced"], ["STR", "from"], ["STR", "to"]] },
  "changed": { id: 22, fields: [["U32", "what"], ["U32", "unused"], ["SIG", "before"], ["STR", "path"]] },
  "made-node": { id: 23, fields: [["U32", "mode"], ["U32", "unused"], ["STR", "path"]] },
  "stream-wrote": { id: 32, fields: [["U64", "dev"], ["U64", "ino"], ["I32", "fd"], ["U32", "unused"], ["STR", "bytes"]] },
  "stream-read": { id: 33, fields: [["U64", "dev"], ["U64", "ino"], ["I32", "fd"], ["U32", "unused"]] },
  "doubt": { id: 48, fields: [["U32", "reason"], ["U32", "unused"], ["STR", "detail"]] },
};

/** Null where nothing was there (mode 0). */
function signatureAt(b: Buffer, at: number): Signature | null {
  return b.readUInt32LE(at + 40) === 0 ? null : (b.toString("latin1", at, at + 48) as Signature);
}

/** The record of this kind whose fields lie in [at, end); null when they do not fit, or the kind is not known. */
export function readRecord(kind: number, flags: number, seq: number, b: Buffer, at: number, end: number): LedgerRecord | null {
  let stop = 0;
  switch (kind) {
    case 1: {
      if (at + 48 > end) return null;
      const file = signatureAt(b, at);
      at += 48;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "opened", seq, flags, file, path };
    }
    case 2: {
      if (at + 48 > end) return null;
      const file = signatureAt(b, at);
      at += 48;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "stated", seq, flags, file, path };
    }
    case 3: {
      if (at + 8 > end) return null;
      const error = b.readInt32LE(at);
      at += 8;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "missing", seq, flags, error, path };
    }
    case 4: {
      if (at + 8 > end) return null;
      const error = b.readInt32LE(at);
      at += 8;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const target = b.toString("latin1", at + 4, stop);
      return { kind: "readlink", seq, flags, error, path, target };
    }
    case 5: {
      if (at + 48 > end) return null;
      const directory = signatureAt(b, at);
      at += 48;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const names = b.toString("latin1", at + 4, stop);
      return { kind: "listed", seq, flags, directory, path, names };
    }
    case 6: {
      if (at + 48 > end) return null;
      const file = signatureAt(b, at);
      at += 48;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "typed", seq, flags, file, path };
    }
    case 7: {
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const name = b.toString("latin1", at + 4, stop);
      return { kind: "env", seq, flags, name };
    }
    case 8: {
      if (at + 8 > end) return null;
      return { kind: "env-all", seq, flags };
    }
    case 16: {
      if (at + 48 > end) return null;
      const before = signatureAt(b, at);
      at += 48;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "wrote", seq, flags, before, path };
    }
    case 17: {
      if (at + 48 > end) return null;
      const before = signatureAt(b, at);
      at += 48;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "removed", seq, flags, before, path };
    }
    case 18: {
      if (at + 8 > end) return null;
      const mode = b.readUInt32LE(at);
      at += 8;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "made-dir", seq, flags, mode, path };
    }
    case 19: {
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const target = b.toString("latin1", at + 4, stop);
      return { kind: "made-link", seq, flags, path, target };
    }
    case 20: {
      if (at + 48 > end) return null;
      const file = signatureAt(b, at);
      at += 48;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const from = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const to = b.toString("latin1", at + 4, stop);
      return { kind: "linked", seq, flags, file, from, to };
    }
    case 21: {
      if (at + 96 > end) return null;
      const moved = signatureAt(b, at);
      const replaced = signatureAt(b, at + 48);
      at += 96;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const from = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const to = b.toString("latin1", at + 4, stop);
      return { kind: "renamed", seq, flags, moved, replaced, from, to };
    }
    case 22: {
      if (at + 56 > end) return null;
      const what = b.readUInt32LE(at);
      const before = signatureAt(b, at + 8);
      at += 56;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "changed", seq, flags, what, before, path };
    }
    case 23: {
      if (at + 8 > end) return null;
      const mode = b.readUInt32LE(at);
      at += 8;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "made-node", seq, flags, mode, path };
    }
    case 32: {
      if (at + 24 > end) return null;
      const dev = b.readBigUInt64LE(at);
      const ino = b.readBigUInt64LE(at + 8);
      const fd = b.readInt32LE(at + 16);
      at += 24;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const bytes = b.toString("latin1", at + 4, stop);
      return { kind: "stream-wrote", seq, flags, dev, ino, fd, bytes };
    }
    case 33: {
      if (at + 24 > end) return null;
      const dev = b.readBigUInt64LE(at);
      const ino = b.readBigUInt64LE(at + 8);
      const fd = b.readInt32LE(at + 16);
      return { kind: "stream-read", seq, flags, dev, ino, fd };
    }
    case 48: {
      if (at + 8 > end) return null;
      const reason = b.readUInt32LE(at);
      at += 8;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const detail = b.toString("latin1", at + 4, stop);
      return { kind: "doubt", seq, flags, reason, detail };
    }
    default:
      return null;
  }
}
