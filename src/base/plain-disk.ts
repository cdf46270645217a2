// A disk that needs nothing but Node. What the addon does better is overridden
// in real-disk.ts; the same tests hold for both.

import * as fs from "node:fs";
import type { Clock } from "./clock.ts";
import { createSha256, type Digest } from "./digest.ts";
import { ENTRY_TYPE, statesFrom, type Disk, type DiskFailure, type Hashed } from "./disk.ts";
import { byteOrder, isWithin, parentOf, toBuffer, toText, type AbsPath } from "./path.ts";
import { fail, ok, type Result } from "./result.ts";
import { isSignature, signatureOf, type Signature } from "./signature.ts";

/** Source: asm-generic/fcntl.h: __O_TMPFILE | O_DIRECTORY. Node has no name for it. */
const O_TMPFILE = 0o20200000;

const { constants } = fs;

/** A pipe without a writer must not hold us, and a link must not lead elsewhere. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const APPEND_FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;
const WRITE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;

/** Measured in native/addon/state.c. */
const PIECE_BYTES = 256 * 1024;

/** Source: linux/magic.h: NFS, SMB, SMB2, CIFS, 9P, Ceph, AFS. */
const NETWORK_FILE_SYSTEMS = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x01021997, 0x00c36400, 0x5346414f]);

/** The kernel's name of what went wrong; anything else is our own mistake and goes on as it is. */
function codeOf(thrown: unknown): string {
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && "syscall" in thrown) return thrown.code.toLowerCase();
  throw thrown;
}

function attempt<T>(doing: string, path: AbsPath, act: () => T): Result<T, DiskFailure> {
  try {
    return ok(act());
  } catch (thrown) {
    const code = codeOf(thrown);
    return fail({ code, message: `Cannot ${doing} "${toText(path)}": ${code}`, path });
  }
}

const signatureFrom = (found: fs.BigIntStats): Signature =>
  signatureOf({ ...found, mode: Number(found.mode), nlink: Number(found.nlink) });

function entryTypeOf(entry: fs.Dirent): number {
  if (entry.isFile()) return ENTRY_TYPE.file;
  if (entry.isDirectory()) return ENTRY_TYPE.directory;
  if (entry.isSymbolicLink()) return ENTRY_TYPE.link;
  if (entry.isFIFO()) return ENTRY_TYPE.fifo;
  if (entry.isSocket()) return ENTRY_TYPE.socket;
  return entry.isBlockDevice() ? ENTRY_TYPE.block : entry.isCharacterDevice() ? ENTRY_TYPE.device : 0;
}

function withFile<T>(path: AbsPath, flags: number, act: (fd: number) => T): T {
  const fd = fs.openSync(toBuffer(path), flags, 0o600);
  try {
    return act(fd);
  } finally {
    fs.closeSync(fd);
  }
}

export class PlainDisk implements Disk {
  readonly #realtimeNs: () => bigint;

  constructor(clock: Clock) {
    this.#realtimeNs = () => clock.realtimeNs();
  }

  signatures(paths: readonly AbsPath[]): (Signature | null | "error")[] {
    return paths.map((path) => {
      const found = attempt("look at", path, () => fs.lstatSync(toBuffer(path), { bigint: true }));
      if (found.ok) return signatureFrom(found.value);
      return found.failure.code === "enoent" || found.failure.code === "enotdir" ? null : "error";
    });
  }

  states(paths: Buffer): Buffer {
    return statesFrom(paths, (asked) => this.signatures(asked));
  }

  bornNs(path: AbsPath): bigint {
    const found = attempt("look at", path, () => fs.lstatSync(toBuffer(path), { bigint: true }));
    return found.ok ? found.value.birthtimeNs : 0n;
  }

  otherOwner(path: AbsPath): string {
    const found = attempt("look at", path, () => fs.lstatSync(toBuffer(path)));
    if (!found.ok) return "";
    const { uid, gid } = found.value;
    return uid === process.geteuid?.() && gid === process.getegid?.() ? "" : `${String(uid)}:${String(gid)}`;
  }

  readLink(path: AbsPath): string | null {
    const found = attempt("read the link", path, () => fs.readlinkSync(toBuffer(path), { encoding: "latin1" }));
    return found.ok ? found.value : null;
  }

  list(path: AbsPath): string | null {
    if (this.readLink(path) !== null) return null;
    const options = { encoding: "latin1", withFileTypes: true } as const;
    const found = attempt("list", path, () => fs.readdirSync(toBuffer(path), options));
    if (!found.ok) return null;
    const entries = found.value.map((entry) => ({ type: entryTypeOf(entry), name: entry.name }));
    entries.sort((a, b) => byteOrder(a.name, b.name));
    return entries.map((entry) => `${String.fromCharCode(entry.type)}${entry.name}\0`).join("");
  }

  readFile(path: AbsPath): Result<Buffer, DiskFailure> {
    const found = attempt("read", path, () =>
      withFile(path, READ_FLAGS, (fd) => {
        const stats = fs.fstatSync(fd);
        return stats.isFile() || stats.isDirectory() ? fs.readFileSync(fd) : null;
      }));
    if (!found.ok) return found;
    if (found.value !== null) return ok(found.value);
    return fail({ code: "einval", message: `Cannot read "${toText(path)}": it is not a regular file`, path });
  }

  readPart(path: AbsPath, offsetBytes: number, lengthBytes: number): Result<Buffer, DiskFailure> {
    return attempt("read", path, () =>
      withFile(path, READ_FLAGS, (fd) => {
        const part = Buffer.alloc(lengthBytes);
        return part.subarray(0, fs.readSync(fd, part, 0, lengthBytes, offsetBytes));
      }));
  }

  hashFiles(paths: readonly AbsPath[]): (Hashed | null)[] {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const startedAtNs = this.#realtimeNs();
    return paths.map((path) => {
      const found = attempt("read", path, () => withFile(path, READ_FLAGS, (fd): Hashed | null => {
        const before = fs.fstatSync(fd, { bigint: true });
        if (!before.isFile()) return null;
        const hash = createSha256();
        for (let got = 1; got > 0;) {
          got = fs.readSync(fd, piece, 0, PIECE_BYTES, null);
          hash.update(piece.subarray(0, got));
        }
        const signature = signatureFrom(before);
        if (signatureFrom(fs.fstatSync(fd, { bigint: true })) !== signature) return null;
        return { digest: hash.digest("hex") as Digest, signature, startedAtNs };
      }));
      return found.ok ? found.value : null;
    });
  }

  copyFile(from: AbsPath, to: AbsPath, permissions: number): Result<Signature, DiskFailure> {
    const [before] = this.signatures([from]);
    const copied = attempt(`copy "${toText(from)}" to`, to, () => withFile(from, READ_FLAGS, (fd) => {
      if (!fs.fstatSync(fd).isFile()) return null;
      // The open descriptor, so that what was looked at is what is copied.
      fs.copyFileSync(`/proc/self/fd/${String(fd)}`, toBuffer(to), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      return true;
    }));
    if (!copied.ok) return copied;
    if (copied.value === null) return fail({ code: "einval", message: `Cannot copy "${toText(from)}": it is not a regular file`, path: from });
    const changed = this.setPermissions(to, permissions);
    const [after, made] = this.signatures([from, to]);
    if (changed.ok && after === before && isSignature(made)) return ok(made);
    this.removeFile(to);
    if (!changed.ok) return changed;
    return fail({ code: "changed-while-read", message: `Cannot copy "${toText(from)}": it changed meanwhile`, path: from });
  }

  #write(path: AbsPath, bytes: Uint8Array, permissions: number, flags: number): Result<void, DiskFailure> {
    return attempt("write", path, () => {
      withFile(path, flags, (fd) => {
        fs.writeFileSync(fd, bytes);
        fs.fchmodSync(fd, permissions);
      });
    });
  }

  writeFile(path: AbsPath, bytes: Uint8Array, permissions: number): Result<void, DiskFailure> {
    return this.#write(path, bytes, permissions, WRITE_FLAGS | constants.O_TRUNC);
  }

  createFile(path: AbsPath, bytes: Uint8Array, permissions: number): Result<void, DiskFailure> {
    return this.#write(path, bytes, permissions, WRITE_FLAGS | constants.O_EXCL);
  }

  appendFile(path: AbsPath, bytes: Uint8Array): Result<void, DiskFailure> {
    return attempt("write", path, () => { withFile(path, APPEND_FLAGS, (fd) => fs.writeSync(fd, bytes)); });
  }

  setLength(path: AbsPath, sizeBytes: number): Result<void, DiskFailure> {
    return attempt("write", path, () => { fs.truncateSync(toBuffer(path), sizeBytes); });
  }

  rename(from: AbsPath, to: AbsPath): Result<void, DiskFailure> {
    return attempt(`rename "${toText(from)}" to`, to, () => { fs.renameSync(toBuffer(from), toBuffer(to)); });
  }

  link(from: AbsPath, to: AbsPath): Result<void, DiskFailure> {
    return attempt(`link "${toText(from)}" to`, to, () => { fs.linkSync(toBuffer(from), toBuffer(to)); });
  }

  symlink(target: string, path: AbsPath): Result<void, DiskFailure> {
    return attempt("make the link", path, () => { fs.symlinkSync(toBuffer(target), toBuffer(path)); });
  }

  makeDirectory(path: AbsPath, permissions: number): Result<void, DiskFailure> {
    const made = attempt("make the directory", path, () => { fs.mkdirSync(toBuffer(path), permissions); });
    return made.ok ? this.setPermissions(path, permissions) : made; // mkdir takes the umask away
  }

  ensureDirectory(path: AbsPath): Result<void, DiskFailure> {
    const made = attempt("make the directory", path, () => { fs.mkdirSync(toBuffer(path)); });
    if (made.ok || path === "/") return ok(undefined);
    if (made.failure.code === "enoent") {
      const above = this.ensureDirectory(parentOf(path));
      return above.ok ? this.ensureDirectory(path) : above;
    }
    if (made.failure.code !== "eexist") return made;
    const found = attempt("look at", path, () => fs.statSync(toBuffer(path)).isDirectory());
    if (!found.ok) return found;
    return found.value ? ok(undefined) : made;
  }

  removeFile(path: AbsPath): Result<void, DiskFailure> {
    return attempt("remove", path, () => { fs.unlinkSync(toBuffer(path)); });
  }

  removeDirectory(path: AbsPath): Result<void, DiskFailure> {
    return attempt("remove the directory", path, () => { fs.rmdirSync(toBuffer(path)); });
  }

  setPermissions(path: AbsPath, permissions: number): Result<void, DiskFailure> {
    return attempt("set the permissions of", path, () => { fs.chmodSync(toBuffer(path), permissions); });
  }

  /** Node takes seconds as a floating-point number: exact to about a quarter of a microsecond. */
  setModified(path: AbsPath, mtimeNs: bigint): Result<void, DiskFailure> {
    const seconds = Number(mtimeNs / 1_000_000_000n) + Number(mtimeNs % 1_000_000_000n) / 1e9;
    return attempt("set the modification time of", path, () => {
      const accessed = fs.lstatSync(toBuffer(path)).atimeMs / 1000;
      fs.lutimesSync(toBuffer(path), accessed, seconds);
    });
  }

  isThere(path: AbsPath): boolean {
    return fs.existsSync(toBuffer(path));
  }

  isWritable(path: AbsPath): boolean {
    const found = attempt("write in", path, () => {
      fs.accessSync(toBuffer(path), constants.W_OK | constants.X_OK);
      return fs.statSync(toBuffer(path)).isDirectory();
    });
    if (!found.ok || !found.value) return false;
    // access(2) knows nothing of Landlock: only opening tells, here a file without a name.
    const opened = attempt("write in", path, () => { fs.closeSync(fs.openSync(toBuffer(path), constants.O_WRONLY | O_TMPFILE, 0o600)); });
    return opened.ok || !["eacces", "eperm", "erofs"].includes(opened.failure.code);
  }

  /** Without openat2: by real names. */
  staysBelow(root: AbsPath, path: AbsPath): boolean {
    for (let directory = parentOf(path); ; directory = parentOf(directory)) {
      const real = attempt("resolve", directory, () => fs.realpathSync.native(toBuffer(directory), "latin1"));
      if (real.ok) return isWithin(real.value, root);
      if (real.failure.code !== "enoent" || directory === "/") return false;
    }
  }

  isLocal(path: AbsPath): boolean {
    const found = attempt("look at", path, () => fs.statfsSync(toBuffer(path)).type);
    return found.ok && !NETWORK_FILE_SYSTEMS.has(found.value);
  }
}
