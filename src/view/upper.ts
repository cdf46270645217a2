// Reads what an overlay keeps of changes (Documentation/filesystems/overlayfs.rst):
// a whiteout is a character device 0/0 in place of what was removed; of an opaque
// directory nothing below shows through; "origin" tells that a file was there before.

import { namesIn, type Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, type AbsPath } from "../base/path.ts";
import { typeOf, type Signature } from "../base/signature.ts";

export const OVERLAY_ATTRIBUTES = "user.overlay.";

export type UpperKind = "whiteout" | "file" | "link" | "directory" | "special";

/** One name in a directory of `upper`. */
export interface UpperName {
  readonly name: string;
  readonly path: AbsPath;
  readonly kind: UpperKind;
  readonly signature: Signature;
}

const DEVICE_AT = 8;

export class Upper {
  readonly root: AbsPath;
  readonly #disk: Disk;
  readonly #native: Pick<Native, "attribute" | "owner">;

  constructor(root: AbsPath, disk: Disk, native: Pick<Native, "attribute" | "owner">) {
    this.root = root;
    this.#disk = disk;
    this.#native = native;
  }

  /** Sorted by bytes. `relative`: "" for the root. Null: it may not be looked into. */
  list(relative: string): readonly UpperName[] | null {
    const directory = relative === "" ? this.root : absPath(`${this.root}/${relative}`);
    const listed = this.#disk.list(directory);
    if (listed === null) return null;
    const found: UpperName[] = [];
    const names = [...namesIn(listed)].map(({ name }) => ({ name, path: absPath(`${directory}/${name}`) }));
    for (const [index, signature] of this.#disk.signatures(names.map(({ path }) => path)).entries()) {
      const named = names[index];
      if (named === undefined || signature === null || signature === "error") return null;
      found.push({ ...named, signature, kind: this.#kindOf(named.path, signature) });
    }
    return found;
  }

  /** Of the layers below nothing shows through under this name: it, or a directory on the way, was changed. */
  covers(path: string): boolean {
    const names = path.split("/");
    for (const [index, name] of names.entries()) {
      const at = absPath(`${this.root}/${names.slice(0, index + 1).join("/")}`);
      const [signature] = this.#disk.signatures([at]);
      if (signature === null) return false;
      if (signature === undefined || signature === "error") return true;
      const here = { name, path: at, signature, kind: this.#kindOf(at, signature) };
      if (here.kind !== "directory" || this.isOpaque(here)) return true;
    }
    return true;
  }

  #kindOf(path: AbsPath, signature: Signature): UpperKind {
    const type = typeOf(signature);
    if (type === "file" || type === "link" || type === "directory") return type;
    const owner = type === "device" ? this.#native.owner(path) : 0;
    return typeof owner !== "number" && owner.readBigUInt64LE(DEVICE_AT) === 0n ? "whiteout" : "special";
  }

  /** Nothing of what was below shows through. */
  isOpaque({ path }: UpperName): boolean {
    const found = this.#native.attribute(path, `${OVERLAY_ATTRIBUTES}opaque`);
    return typeof found !== "number" && found.toString("latin1") === "y";
  }

  /** Whether user and group are those of what is at `other`. */
  hasOwnerOf({ path }: UpperName, other: AbsPath): boolean {
    const [one, two] = [this.#native.owner(path), this.#native.owner(other)];
    return typeof one !== "number" && typeof two !== "number" && one.compare(two, 0, DEVICE_AT, 0, DEVICE_AT) === 0;
  }

  /** It was there before. False says nothing: it may have been replaced. */
  wasThere({ path }: UpperName): boolean {
    return typeof this.#native.attribute(path, `${OVERLAY_ATTRIBUTES}origin`) !== "number";
  }
}
