// The content of what was laid, when somebody opens it: brought once from wherever it
// is kept, compared with its name, and from then on a file of the view. Nothing is
// shown of it before.

import type { Digest } from "../../base/digest.ts";
import type { Disk } from "../../base/disk.ts";
import { absPath, toText, type AbsPath } from "../../base/path.ts";
import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { sizeBytesOf } from "../../base/signature.ts";
import type { Store } from "../../store/store.ts";
import { contentPath, fetchedOf, type Laid } from "../outputs.ts";
import type { View } from "../view.ts";

/** Where content is kept. It may be far away, and is not believed. */
export interface ContentSource {
  /** Makes the file `to`, which is not there yet. */
  fetch(digest: Digest, to: AbsPath): Promise<Result<void, Failure>>;
}

export const storeSource = (store: Pick<Store, "hasBlob" | "blobPath">, disk: Pick<Disk, "copyFile">): ContentSource => ({
  fetch(digest, to) {
    if (!store.hasBlob(digest)) return Promise.resolve(fail({ code: "blob-missing", message: `Cannot find "${digest}" in the store` }));
    const copied = disk.copyFile(store.blobPath(digest), to, 0o600);
    return Promise.resolve(copied.ok ? ok(undefined) : copied);
  },
});

export class Contents {
  readonly #view: Pick<View, "folder">;
  readonly #source: ContentSource;
  readonly #disk: Disk;
  readonly #owner: string;
  readonly #underWay = new Map<Digest, Promise<Result<AbsPath, Failure>>>();

  /** `owner`: part of the names of files that are not whole; no two that run at a time have the same. */
  constructor(view: Pick<View, "folder">, source: ContentSource, disk: Disk, owner: string) {
    this.#view = view;
    this.#source = source;
    this.#disk = disk;
    this.#owner = owner;
  }

  /** The file with this content. Failure: "output-lost", with what was found. */
  of(file: Pick<Laid, "digest" | "sizeBytes" | "path">): Promise<Result<AbsPath, Failure>> {
    const path = contentPath(this.#view, file.digest);
    if (this.#disk.isThere(path)) return Promise.resolve(ok(path));
    const before = this.#underWay.get(file.digest);
    if (before !== undefined) return before;
    const bringing = this.#bring(file, path).finally(() => this.#underWay.delete(file.digest));
    this.#underWay.set(file.digest, bringing);
    return bringing;
  }

  async #bring({ digest, sizeBytes, path }: Pick<Laid, "digest" | "sizeBytes" | "path">, to: AbsPath): Promise<Result<AbsPath, Failure>> {
    const made = this.#disk.ensureDirectory(fetchedOf(this.#view));
    if (!made.ok) return made;
    const staged = absPath(`${to}.${this.#owner}`);
    const fetched = await this.#source.fetch(digest, staged);
    const [found] = fetched.ok ? this.#disk.hashFiles([staged]) : [];
    const isRight = found !== undefined && found !== null && found.digest === digest && sizeBytesOf(found.signature) === sizeBytes;
    const named = isRight ? this.#disk.rename(staged, to) : null;
    if (named?.ok === true) return ok(to);
    this.#disk.removeFile(staged);
    const why = !fetched.ok ? fetched.failure.message : named === null ? "what is kept under its name has another content" : named.failure.message;
    return fail({ code: "output-lost", message: `Cannot give the content of "${toText(path)}", which was replayed from the cache: ${why}`, advice: "Remove it in the view and run the command again" });
  }
}
