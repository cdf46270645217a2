// The file system of this machine: bulk calls through the addon, the rest
// through node:fs. Without the addon everything goes through node:fs (see
// plain-disk.ts): slower, and a link's modification time is rounded.

import { getSystemErrorName } from "node:util";
import type { Clock } from "./clock.ts";
import { DIGEST_BYTES, digestAt } from "./digest.ts";
import { ENOENT, pathBytes, signaturesIn, type Disk, type DiskFailure, type Hashed } from "./disk.ts";
import { native, type Native } from "./native.ts";
import { isWithin, parentOf, toText, type AbsPath } from "./path.ts";
import { PlainDisk } from "./plain-disk.ts";
import { fail, ok, type Result } from "./result.ts";
import { SIGNATURE_BYTES, type Signature } from "./signature.ts";

const ERRNO_BYTES = 4;

/** What the addon says of a file that was written while it was read or copied (ECHANGED of addon.h). */
const CHANGED = "ESTALE";

const codeOf = (errno: number): string => {
  const name = getSystemErrorName(-errno);
  return name === CHANGED ? "changed-while-read" : name.toLowerCase();
};

const refused = (doing: string, path: AbsPath, errno: number): { readonly ok: false; readonly failure: DiskFailure } =>
  fail({ code: codeOf(errno), message: `Cannot ${doing} "${toText(path)}": ${codeOf(errno)}`, path });

/** Records of a store have a few thousand; what is larger is worth Node's own calls. */
const SMALL_BYTES = 64 * 1024;

/** Source: errno(3), Linux on every architecture but alpha, mips and sparc. */
const ENOSYS = 38;

class AddonDisk extends PlainDisk {
  readonly #addon: Native;
  readonly #clock: Clock;
  readonly #scratch = Buffer.alloc(SMALL_BYTES);

  constructor(addon: Native, clock: Clock) {
    super(clock);
    this.#addon = addon;
    this.#clock = clock;
  }

  override signatures(paths: readonly AbsPath[]): (Signature | null | "error")[] {
    return signaturesIn(this.states(pathBytes(paths)));
  }

  override states(paths: Buffer): Buffer {
    return paths.length === 0 ? paths : this.#addon.signatures(paths);
  }

  override hashFiles(paths: readonly AbsPath[]): (Hashed | null)[] {
    if (paths.length === 0) return [];
    const startedAtNs = this.#clock.realtimeNs();
    const found = this.#addon.hashFiles(pathBytes(paths));
    const size = DIGEST_BYTES + SIGNATURE_BYTES + ERRNO_BYTES;
    return paths.map((_path, index) => {
      const at = index * size;
      if (found.readInt32LE(at + size - ERRNO_BYTES) !== 0) return null;
      const digest = digestAt(found, at);
      return { digest, signature: found.toString("latin1", at + DIGEST_BYTES, at + size - ERRNO_BYTES) as Signature, startedAtNs };
    });
  }

  override list(path: AbsPath): string | null {
    const found = this.#addon.list(path);
    return typeof found === "number" ? null : found.toString("latin1");
  }

  override readFile(path: AbsPath): Result<Buffer, DiskFailure> {
    const count = this.#addon.readFile(path, this.#scratch);
    if (count >= 0) return ok(Buffer.from(this.#scratch.subarray(0, count)));
    return count === -ENOENT ? refused("read", path, ENOENT) : super.readFile(path);
  }

  override readLink(path: AbsPath): string | null {
    const found = this.#addon.readLink(path);
    return typeof found === "number" ? null : found.toString("latin1");
  }

  override copyFile(from: AbsPath, to: AbsPath, permissions: number): Result<Signature, DiskFailure> {
    const made = this.#addon.copyFile(from, to, permissions);
    const errno = made.readInt32LE(SIGNATURE_BYTES);
    return errno === 0 ? ok(made.toString("latin1", 0, SIGNATURE_BYTES) as Signature) : refused(`copy "${toText(from)}" to`, to, errno);
  }

  override rename(from: AbsPath, to: AbsPath): Result<void, DiskFailure> {
    const done = this.#addon.rename(from, to, 0);
    return done === 0 ? ok(undefined) : refused(`rename "${toText(from)}" to`, to, -done);
  }

  override staysBelow(root: AbsPath, path: AbsPath): boolean {
    for (let at = path; isWithin(at, root) && at !== root; at = parentOf(at)) {
      const answer = this.#addon.resolvesWithin(root, at.slice(root === "/" ? 1 : root.length + 1));
      if (answer >= 0) return answer === 1;
      if (answer === -ENOSYS) return super.staysBelow(root, path);
      if (answer !== -ENOENT) return false;
    }
    return false;
  }

  override setModified(path: AbsPath, mtimeNs: bigint): Result<void, DiskFailure> {
    const done = this.#addon.setModified(path, mtimeNs);
    return done === 0 ? ok(undefined) : refused("set the modification time of", path, -done);
  }
}

/** `addon`: null to do without. */
export function realDisk(clock: Clock, addon?: Native | null): Disk {
  if (addon === null) return new PlainDisk(clock);
  if (addon !== undefined) return new AddonDisk(addon, clock);
  const found = native();
  return found.ok ? new AddonDisk(found.value, clock) : new PlainDisk(clock);
}
