// The disk as a fold sees it: what is at a path now, and which program the
// kernel starts first for a program file. Answers for paths outside the roots
// are kept for the run; everything else is asked anew for each fold.

import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { LINK_HOPS_MAX } from "../base/limits.ts";
import { absPath, isAbsPath, isWithin, join, nameOf, parentOf, type AbsPath } from "../base/path.ts";
import { typeOf, type Signature } from "../base/signature.ts";
import type { Directory, World, WorldEntry } from "../ledger/image.ts";
import { ROOT } from "../ledger/node.ts";
import { Listings } from "./listings.ts";

/** A "#!" line and an ELF head with its program headers lie within the first page. Source: BINPRM_BUF_SIZE is 256; linkers put program headers first. */
const HEAD_BYTES = 4096;
const ELF_PROGRAM_INTERPRETER = 3;

/** What is there depends on who asks. */
const KERNEL = /^\/(proc|sys|dev)(\/|$)/;

/** Paths that one directory keeps for later folds; a build may make any number of names in one. */
const PATHS_MAX = 4096;
const DIRECTORIES_MAX = 65_536;

class DiskDirectory implements Directory {
  readonly #path: AbsPath;
  readonly #look: (path: AbsPath, name: string) => WorldEntry | null;
  readonly #age: () => number;
  #askedAt: number;
  readonly #entries = new Map<string, WorldEntry | null>();
  readonly #paths = new Map<string, AbsPath>();

  /** `age`: when it grows, what was found is not believed any more. */
  constructor(path: AbsPath, look: (path: AbsPath, name: string) => WorldEntry | null, age: () => number) {
    this.#path = path;
    this.#look = look;
    this.#age = age;
    this.#askedAt = age();
  }

  pathOf(name: string): AbsPath {
    const known = this.#paths.get(name);
    if (known !== undefined) return known;
    if (this.#paths.size === PATHS_MAX) this.#paths.clear();
    const path = join(this.#path, name);
    this.#paths.set(name, path);
    return path;
  }

  lookup(name: string): WorldEntry | null {
    const age = this.#age();
    if (age !== this.#askedAt) this.#entries.clear();
    this.#askedAt = age;
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const found = this.#look(this.pathOf(name), name);
    this.#entries.set(name, found);
    return found;
  }
}

export class DiskWorld implements World {
  readonly #disk: Disk;
  readonly #roots: readonly string[];
  readonly #outsideWrites: () => number;
  #writesSeen = 0;
  #folds = 0;
  readonly #directories = new Map<AbsPath, DiskDirectory>();
  readonly #listings: Listings;
  /** By path as it was written: whether it leads nowhere else than outside the roots. */
  readonly #outside = new Map<string, boolean>();
  readonly #interpreters = new Map<string, AbsPath | null>();

  /** `roots`: where builds write (workspace, home, temporary folder). */
  constructor(disk: Disk, clock: Clock, roots: readonly string[], outsideWrites: () => number) {
    this.#disk = disk;
    this.#listings = new Listings(disk, clock);
    this.#roots = roots;
    this.#outsideWrites = outsideWrites;
  }

  /** A fold begins: what it asks is asked of the disk as it is now. */
  begin(): void {
    this.#folds += 1;
    this.#listings.begin();
    this.#writesSeen = this.#outsideWrites();
  }

  get age(): number {
    return this.#writesSeen;
  }

  isLasting(path: AbsPath): boolean {
    return !this.#roots.some((root) => isWithin(path, root));
  }

  /** Whether nothing that the run had done when the fold began can have changed what a look at this path, as it is written, finds: nobody has written outside the roots, and it leads there. */
  isSteady(path: string): boolean {
    if (this.#writesSeen !== 0) return false;
    const known = this.#outside.get(path);
    if (known !== undefined) return known;
    if (this.#outside.size === DIRECTORIES_MAX) this.#outside.clear();
    const isOutside = this.#leadsOutside(path);
    this.#outside.set(path, isOutside);
    return isOutside;
  }

  #leadsOutside(path: string): boolean {
    if (!path.startsWith("/") || KERNEL.test(path)) return false;
    const left = path.split("/").reverse();
    let at: AbsPath = ROOT;
    let hops = 0;
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        at = parentOf(at);
        continue;
      }
      const child = join(at, name);
      if (!this.isLasting(child)) return false;
      const entry = this.lookup(child);
      if (entry === null) return true;
      if (entry.type !== "link") at = child;
      else if (entry.target === null || (hops += 1) > LINK_HOPS_MAX) return false;
      else {
        if (entry.target.startsWith("/")) at = ROOT;
        left.push(...entry.target.split("/").reverse());
      }
    }
    return true;
  }

  lookup(path: AbsPath): WorldEntry | null {
    return path === ROOT ? this.#look(path) : this.directory(parentOf(path)).lookup(nameOf(path));
  }

  directory(path: AbsPath): Directory {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const directory = this.#newDirectory(path);
    if (this.#directories.size === DIRECTORIES_MAX) this.#directories.clear();
    this.#directories.set(path, directory);
    return directory;
  }

  #newDirectory(path: AbsPath): DiskDirectory {
    // A root may be in it, or be it.
    const isMixed = this.#roots.some((root) => isWithin(path, root) || isWithin(root, path));
    if (!isMixed) return new DiskDirectory(path, (child) => this.#look(child), () => this.#writesSeen);
    return new DiskDirectory(path, (child, name) => (this.#listings.lacks(path, name) ? null : this.#look(child)), () => this.#folds);
  }

  #look(path: AbsPath): WorldEntry | null {
    const signature = this.#disk.signatures([path])[0];
    if (signature === undefined || signature === null || signature === "error") return null;
    const type = typeOf(signature);
    return { type, signature, target: type === "link" ? this.#disk.readLink(path) : null };
  }

  interpreter(path: AbsPath): AbsPath | null {
    const signature: Signature | undefined = this.lookup(path)?.signature;
    if (signature === undefined) return null;
    const known = this.#interpreters.get(signature);
    if (known !== undefined) return known;
    const head = this.#disk.readPart(path, 0, HEAD_BYTES);
    const found = head.ok ? interpreterIn(head.value) : null;
    this.#interpreters.set(signature, found);
    return found;
  }
}

/** Of a script its "#!" program, of a 64-bit ELF file its PT_INTERP. Relative "#!" programs are looked up nowhere: null. */
export function interpreterIn(head: Buffer): AbsPath | null {
  const text = head[0] === 0x23 && head[1] === 0x21 ? scriptInterpreter(head) : elfInterpreter(head);
  return text !== null && isAbsPath(text) ? absPath(text) : null;
}

function scriptInterpreter(head: Buffer): string | null {
  return /^#![ \t]*([^ \t\n]+)/.exec(head.subarray(0, 256).toString("latin1"))?.[1] ?? null;
}

/** Source: elf(5): e_phoff at 32, e_phentsize at 54, e_phnum at 56; p_type, p_offset at 8, p_filesz at 32. */
function elfInterpreter(head: Buffer): string | null {
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2) return null;
  const start = Number(head.readBigUInt64LE(32));
  const size = head.readUInt16LE(54);
  const count = head.readUInt16LE(56);
  for (let index = 0; index < count; index++) {
    const at = start + index * size;
    if (at + 56 > head.length) return null;
    if (head.readUInt32LE(at) !== ELF_PROGRAM_INTERPRETER) continue;
    const offset = Number(head.readBigUInt64LE(at + 8));
    const length = Number(head.readBigUInt64LE(at + 32));
    return offset + length <= head.length && length > 1 ? head.subarray(offset, offset + length - 1).toString("latin1") : null;
  }
  return null;
}
