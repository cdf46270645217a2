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
  readonly #interpreters = new Map<string, AbsPath | "unknown" | null>();

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

  interpreter(path: AbsPath): AbsPath | "unknown" | null {
    const signature: Signature | undefined = this.lookup(path)?.signature;
    if (signature === undefined) return null;
    const known = this.#interpreters.get(signature);
    if (known !== undefined) return known;
    const part = (offset: number, length: number): Buffer | null => {
      const read = this.#disk.readPart(path, offset, length);
      return read.ok ? read.value : null;
    };
    const head = part(0, HEAD_BYTES);
    const found = head === null ? null : interpreterIn(head, part);
    this.#interpreters.set(signature, found);
    return found;
  }
}

type Part = (offset: number, length: number) => Buffer | null;

/** Of a script its "#!" program, of an ELF file of this machine its PT_INTERP. Anything else is started by what binfmt_misc has for it, a relative "#!" program by where it was called: unknown. */
function interpreterIn(head: Buffer, part: Part): AbsPath | "unknown" | null {
  const isScript = head[0] === 0x23 && head[1] === 0x21;
  const text = isScript ? scriptInterpreter(head) : elfInterpreter(head, part);
  return text === null ? null : isAbsPath(text) ? absPath(text) : "unknown";
}

const scriptInterpreter = (head: Buffer): string => /^#![ \t]*([^ \t\n]+)/.exec(head.subarray(0, 256).toString("latin1"))?.[1] ?? "";

const [ELF_MAGIC, CLASS_64, EM_X86_64, NAME_BYTES_MAX] = [0x7f454c46, 2, 62, 4096];

/** Source: elf(5): e_machine at 18, e_phoff at 32, e_phentsize at 54, e_phnum at 56; p_type, p_offset at 8, p_filesz at 32. "": no such file. Null: it has none. */
function elfInterpreter(head: Buffer, part: Part): string | null {
  if (head.length < 64 || head.readUInt32BE(0) !== ELF_MAGIC || head[4] !== CLASS_64 || head.readUInt16LE(18) !== EM_X86_64) return "";
  const start = Number(head.readBigUInt64LE(32));
  const size = head.readUInt16LE(54);
  const count = head.readUInt16LE(56);
  const table = start + count * size <= head.length ? head.subarray(start) : part(start, count * size);
  if (table === null) return "";
  for (let at = 0; at + 56 <= table.length && at < count * size; at += Math.max(size, 1)) {
    if (table.readUInt32LE(at) !== ELF_PROGRAM_INTERPRETER) continue;
    const offset = Number(table.readBigUInt64LE(at + 8));
    const length = Number(table.readBigUInt64LE(at + 32));
    const name = length > 1 && length <= NAME_BYTES_MAX ? part(offset, length) : null;
    return name === null ? "" : name.subarray(0, length - 1).toString("latin1");
  }
  return null;
}
