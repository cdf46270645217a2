// What a file of the workspace was when the view began. Nothing is copied then: a
// file whose status has not changed since is as it was. What a view has changed is
// read once its command has ended, while that still holds, so that an edit of the
// same file afterwards can be told from one before, and merged.

import { digestOf, isDigest, type Digest } from "../base/digest.ts";
import { isSettled, type Disk } from "../base/disk.ts";
import { absPath, join, type AbsPath } from "../base/path.ts";
import type { Failure, Result } from "../base/result.ts";
import { ok } from "../base/result.ts";
import { ctimeNsOf, isSignature, permissionsOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import { TEXT_BYTES_MAX, textOf } from "./lines.ts";
import { begunNs, keptOf, parse, type View } from "./view.ts";

export interface Known {
  readonly digest: Digest;
  readonly permissions: number;
  /** Its content is kept, because it is text. */
  readonly isKept: boolean;
}

/** One record of 300 bytes for each file of a large change. */
const RECORD_BYTES_MAX = 256 * 1024 * 1024;

export class Before {
  readonly #view: Pick<View, "folder">;
  readonly #disk: Disk;
  readonly #known: ReadonlyMap<string, Known>;
  readonly #absent: ReadonlySet<string>;
  /** Null: not known, so that nothing is unchanged. */
  readonly #begunNs: bigint | null;

  constructor(view: Pick<View, "folder">, disk: Disk) {
    this.#view = view;
    this.#disk = disk;
    this.#begunNs = begunNs(disk, view);
    const { files, absent } = readRecord(disk, view);
    this.#known = files;
    this.#absent = absent;
  }

  known(path: string): Known | undefined {
    return this.#known.get(path) ?? this.#inLayer(path);
  }

  /** What the view stands on has it, so that is what it was. */
  #inLayer(path: string): Known | undefined {
    const at = absPath(`${keptOf(this.#view)}/${path}`);
    const [state] = this.#disk.signatures([at]);
    if (state === undefined || state === null || state === "error" || typeOf(state) !== "file") return undefined;
    const [hashed] = this.#disk.hashFiles([at]);
    return hashed === undefined || hashed === null ? undefined : { digest: hashed.digest, permissions: permissionsOf(state), isKept: true };
  }

  /** Of a directory; null: not known. */
  directoryPermissions(path: string): number | null {
    const [state] = this.#disk.signatures([absPath(`${keptOf(this.#view)}/${path}`)]);
    return isSignature(state) && typeOf(state) === "directory" ? permissionsOf(state) : null;
  }

  /** Seen not to be there, while that could still be told. */
  wasAbsent(path: string): boolean {
    return this.#absent.has(path) || this.#isHiddenInLayer(path);
  }

  #isHiddenInLayer(path: string): boolean {
    const [state] = this.#disk.signatures([absPath(`${keptOf(this.#view)}/${path}`)]);
    return state !== undefined && state !== null && state !== "error" && typeOf(state) === "device";
  }

  /** Nothing of it has changed since the view began: a change of content, mode or name is a change of status. */
  isOld(signature: Signature): boolean {
    return this.#begunNs !== null && ctimeNsOf(signature) < this.#begunNs;
  }

  /** Whether `path` of the workspace, in this state, is what it was. Reads the file where its times alone do not tell. */
  isSame(path: string, at: AbsPath, signature: Signature): boolean {
    if (this.isOld(signature)) return true;
    const known = this.known(path);
    if (known === undefined || typeOf(signature) !== "file" || permissionsOf(signature) !== known.permissions) return false;
    return this.settledDigest(at, signature) === known.digest;
  }

  /** Of a file in this state; null where it changes, or may have changed once more without a later time: then nobody could tell whether it is still this when it is replaced. */
  settledDigest(at: AbsPath, signature: Signature): Digest | null {
    const [now] = this.#disk.hashFiles([at]);
    return now !== null && now !== undefined && now.signature === signature && isSettled(now.signature, now.startedAtNs) ? now.digest : null;
  }

  /** Null: not kept. */
  content(path: string): Buffer | null {
    const known = this.known(path);
    const from = this.#known.has(path) && known !== undefined ? contentOf(this.#view, known.digest) : absPath(`${keptOf(this.#view)}/${path}`);
    const read = known?.isKept === true ? this.#disk.readFile(from) : null;
    return read?.ok === true && digestOf(read.value) === known?.digest ? read.value : null;
  }

  /** Remembers what these files of the workspace were, those of which that can still be told; and which names were `absent`. */
  remember(paths: readonly string[], absent: readonly string[], workspace: AbsPath): Result<void, Failure> {
    const fresh = paths.filter((path) => !this.#known.has(path)).map((path) => ({ path, at: absPath(`${workspace}/${path}`) }));
    const before = this.#disk.signatures(fresh.map(({ at }) => at));
    const old = fresh.filter((_, index) => {
      const signature = before[index];
      return signature !== undefined && signature !== null && signature !== "error" && typeOf(signature) === "file" && this.isOld(signature);
    });
    const hashed = this.#disk.hashFiles(old.map(({ at }) => at));
    const known = new Map(this.#known);
    for (const [index, { path, at }] of old.entries()) {
      const found = hashed[index];
      if (found === undefined || found === null || !this.isOld(found.signature)) continue;
      known.set(path, { digest: found.digest, permissions: permissionsOf(found.signature), isKept: this.#keep(at, found.digest, found.signature) });
    }
    const all = new Set([...this.#absent, ...absent]);
    const isNew = known.size > this.#known.size || all.size > this.#absent.size;
    return isNew ? writeRecord(this.#disk, this.#view, { files: known, absent: all }) : ok(undefined);
  }

  /** What they are now is from now on what they were. */
  again(paths: readonly string[], workspace: AbsPath): Result<void, Failure> {
    return new Before(this.#view, this.#disk).remember(paths, [], workspace);
  }

  #keep(at: AbsPath, digest: Digest, signature: Signature): boolean {
    if (sizeBytesOf(signature) > TEXT_BYTES_MAX) return false;
    const read = this.#disk.readFile(at);
    if (!read.ok || digestOf(read.value) !== digest || textOf(read.value) === null) return false;
    const made = this.#disk.ensureDirectory(join(this.#view.folder, "base"));
    return made.ok && this.#disk.writeFile(contentOf(this.#view, digest), read.value, 0o600).ok;
  }
}

const fileOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "base.json");
const contentOf = ({ folder }: Pick<View, "folder">, digest: Digest): AbsPath => absPath(`${folder}/base/${digest}`);

export function forgetBefore(disk: Disk, view: Pick<View, "folder">): void {
  disk.removeFile(fileOf(view));
}

interface Record {
  readonly files: ReadonlyMap<string, Known>;
  readonly absent: ReadonlySet<string>;
}

function writeRecord(disk: Disk, view: Pick<View, "folder">, { files, absent }: Record): Result<void, Failure> {
  const text = JSON.stringify({ version: 1, files: [...files].map(([path, { digest, permissions, isKept }]) => ({ path, digest, permissions, isKept })), absent: [...absent] });
  const staged = join(view.folder, "base.new");
  const written = disk.writeFile(staged, Buffer.from(text, "utf8"), 0o600);
  return written.ok ? disk.rename(staged, fileOf(view)) : written;
}

function isFileRecord(value: unknown): value is Known & { readonly path: string } {
  return typeof value === "object" && value !== null && "path" in value && typeof value.path === "string" && "digest" in value && typeof value.digest === "string" &&
    isDigest(value.digest) && "permissions" in value && typeof value.permissions === "number" && "isKept" in value && typeof value.isKept === "boolean";
}

/** What cannot be read is not known. */
function readRecord(disk: Disk, view: Pick<View, "folder">): Record {
  const [there] = disk.signatures([fileOf(view)]);
  const isReadable = there !== undefined && there !== null && there !== "error" && sizeBytesOf(there) <= RECORD_BYTES_MAX;
  const read = isReadable ? disk.readFile(fileOf(view)) : null;
  const parsed = read?.ok === true ? parse(read.value) : null;
  const isOurs = typeof parsed === "object" && parsed !== null && "version" in parsed && parsed.version === 1;
  const { files, absent } = { files: [], absent: [], ...(isOurs ? parsed : {}) };
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  return {
    files: new Map(list(files).filter(isFileRecord).map(({ path, ...known }) => [path, known])),
    absent: new Set(list(absent).filter((path) => typeof path === "string")),
  };
}
