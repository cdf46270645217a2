// The bytes of the kernel's FUSE protocol, as far as a file system that is only read
// needs them. Source: include/uapi/linux/fuse.h; the version answered is 7.31, which
// every kernel since 5.4 speaks. What comes is the kernel's own, and is checked all
// the same: a request that is too short is answered with EIO.

/** Source: enum fuse_opcode. */
export const OP = {
  lookup: 1, forget: 2, getattr: 3, readlink: 5, open: 14, read: 15, statfs: 17, release: 18, init: 26, opendir: 27, readdir: 28, releasedir: 29, interrupt: 36, destroy: 38, batchForget: 42,
} as const;

/** Source: errno-base.h and errno.h; the same on every Linux architecture. */
export const ERRNO = { enoent: 2, eio: 5, enosys: 38 } as const;

export const ROOT = 1;
/** A request is a head and at most a name or two: there are no writes. Source: FUSE_MIN_READ_BUFFER is 8192. */
export const REQUEST_BYTES_MAX = 128 * 1024;
/** Of one READ: what the kernel asks for at a time when it reads ahead. Source: max_pages of fuse_init_out, 256 pages. */
const READ_PAGES_MAX = 256;
const IN_BYTES = 40;
const OUT_BYTES = 16;
const ATTR_BYTES = 88;
/** In seconds. What was laid never changes; of everything else the kernel asks again each time. */
const FOR_EVER = 2 ** 31;
/** Several READs of one file at a time; 256 pages. Source: FUSE_ASYNC_READ, FUSE_MAX_PAGES. */
const INIT_FLAGS = 1 | (1 << 22);

export interface Request {
  readonly opcode: number;
  readonly unique: bigint;
  readonly node: number;
  readonly body: Buffer;
}

/** Null: no whole request. */
export function decodeRequest(bytes: Buffer): Request | null {
  if (bytes.length < IN_BYTES || bytes.readUInt32LE(0) !== bytes.length) return null;
  return { opcode: bytes.readUInt32LE(4), unique: bytes.readBigUInt64LE(8), node: Number(bytes.readBigUInt64LE(16)), body: bytes.subarray(IN_BYTES) };
}

function reply(unique: bigint, error: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(OUT_BYTES + lengthBytes);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeInt32LE(-error, 4);
  bytes.writeBigUInt64LE(unique, 8);
  return bytes;
}

export const refusal = (unique: bigint, error: number): Buffer => reply(unique, error, 0);
export const done = (unique: bigint): Buffer => reply(unique, 0, 0);

export function payload(unique: bigint, content: Uint8Array): Buffer {
  const bytes = reply(unique, 0, content.length);
  bytes.set(content, OUT_BYTES);
  return bytes;
}

/** What stat(2) shows. */
export interface Look {
  readonly node: number;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly user: number;
  readonly group: number;
  /** It stays as it is. */
  readonly isFixed: boolean;
}

const SECOND_NS = 1_000_000_000n;
/** Of times before 1970 as well the nanoseconds count forwards. */
const nanosOf = (timeNs: bigint): number => Number(((timeNs % SECOND_NS) + SECOND_NS) % SECOND_NS);
const secondsOf = (timeNs: bigint): bigint => BigInt.asUintN(64, (timeNs - BigInt(nanosOf(timeNs))) / SECOND_NS);

/** struct fuse_attr. */
function putAttr(bytes: Buffer, at: number, look: Look): void {
  bytes.writeBigUInt64LE(BigInt(look.node), at);
  bytes.writeBigUInt64LE(BigInt(look.sizeBytes), at + 8);
  bytes.writeBigUInt64LE(BigInt(Math.ceil(look.sizeBytes / 512)), at + 16);
  for (const [index, timeNs] of [look.mtimeNs, look.mtimeNs, look.ctimeNs].entries()) {
    bytes.writeBigUInt64LE(secondsOf(timeNs), at + 24 + index * 8);
    bytes.writeUInt32LE(nanosOf(timeNs), at + 48 + index * 4);
  }
  for (const [index, value] of [look.mode, 1, look.user, look.group, 0, 4096].entries()) bytes.writeUInt32LE(value, at + 60 + index * 4);
}

/** struct fuse_init_out. */
export function initReply(unique: bigint): Buffer {
  const bytes = reply(unique, 0, 64);
  bytes.writeUInt32LE(7, OUT_BYTES);
  bytes.writeUInt32LE(31, OUT_BYTES + 4);
  bytes.writeUInt32LE(READ_PAGES_MAX * 4096, OUT_BYTES + 8);
  bytes.writeUInt32LE(INIT_FLAGS, OUT_BYTES + 12);
  bytes.writeUInt16LE(64, OUT_BYTES + 16); // Requests in the background.
  bytes.writeUInt16LE(48, OUT_BYTES + 18);
  bytes.writeUInt32LE(4096, OUT_BYTES + 20); // Of a write: there are none.
  bytes.writeUInt32LE(1, OUT_BYTES + 24); // Times are exact to the nanosecond.
  bytes.writeUInt16LE(READ_PAGES_MAX, OUT_BYTES + 28);
  return bytes;
}

/** struct fuse_entry_out. The name of a directory or of what was laid stays what it is. */
export function entryReply(unique: bigint, look: Look): Buffer {
  const bytes = reply(unique, 0, 40 + ATTR_BYTES);
  bytes.writeBigUInt64LE(BigInt(look.node), OUT_BYTES);
  bytes.writeBigUInt64LE(BigInt(FOR_EVER), OUT_BYTES + 16);
  bytes.writeBigUInt64LE(BigInt(look.isFixed ? FOR_EVER : 0), OUT_BYTES + 24);
  putAttr(bytes, OUT_BYTES + 40, look);
  return bytes;
}

/** struct fuse_attr_out. */
export function attrReply(unique: bigint, look: Look): Buffer {
  const bytes = reply(unique, 0, 16 + ATTR_BYTES);
  bytes.writeBigUInt64LE(BigInt(look.isFixed ? FOR_EVER : 0), OUT_BYTES);
  putAttr(bytes, OUT_BYTES + 16, look);
  return bytes;
}

/** struct fuse_open_out, all zeros: nothing of a directory is kept, for names are added to it. */
export const openReply = (unique: bigint): Buffer => reply(unique, 0, 16);

/** struct fuse_kstatfs: blocks of 4096, names of 255 bytes. */
export function statfsReply(unique: bigint): Buffer {
  const bytes = reply(unique, 0, 80);
  for (const [index, value] of [4096, 255, 4096].entries()) bytes.writeUInt32LE(value, OUT_BYTES + 40 + index * 4);
  return bytes;
}

/** fuse_read_in, for READ and READDIR. */
export const readAt = (body: Buffer): { readonly offset: number; readonly lengthBytes: number } | null =>
  (body.length < 24 ? null : { offset: Number(body.readBigUInt64LE(8)), lengthBytes: Math.min(body.readUInt32LE(16), READ_PAGES_MAX * 4096) });

/** One character a byte, without its NUL. */
export const nameIn = (body: Buffer): string => body.toString("latin1", 0, Math.max(0, body.indexOf(0)));

export interface DirectoryName {
  readonly name: string;
  readonly node: number;
  /** As in getdents64(2). */
  readonly type: number;
}

/** struct fuse_dirent, as many as there is room for. `names`: all of them; an offset is the place in that list, which only grows: a listing in several parts misses nothing. */
export function directoryReply(unique: bigint, names: readonly (DirectoryName | null)[], offset: number, lengthBytes: number): Buffer {
  const parts: Buffer[] = [];
  let left = lengthBytes;
  for (let index = offset; index < names.length; index++) {
    const each = names[index];
    if (each === undefined || each === null) continue;
    const entry = Buffer.alloc(Math.ceil((24 + each.name.length) / 8) * 8);
    if (entry.length > left) break;
    entry.writeBigUInt64LE(BigInt(each.node), 0);
    entry.writeBigUInt64LE(BigInt(index + 1), 8);
    entry.writeUInt32LE(each.name.length, 16);
    entry.writeUInt32LE(each.type, 20);
    entry.write(each.name, 24, "latin1");
    parts.push(entry);
    left -= entry.length;
  }
  return payload(unique, Buffer.concat(parts));
}
