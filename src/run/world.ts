// The disk as a fold sees it: what is at a path now, and which program the
// kernel starts first for a program file. Answers for paths outside the roots
// are kept for the run; everything else is asked anew for each fold.

import type { Disk } from "../base/disk.ts";
import { absPath, isAbsPath, isWithin, type AbsPath } from "../base/path.ts";
import { typeOf, type Signature } from "../base/signature.ts";
import type { World, WorldEntry } from "../ledger/image.ts";

/** A "#!" line and an ELF head with its program headers lie within the first page. Source: BINPRM_BUF_SIZE is 256; linkers put program headers first. */
const HEAD_BYTES = 4096;
const ELF_PROGRAM_INTERPRETER = 3;

export class DiskWorld implements World {
  readonly #disk: Disk;
  readonly #roots: readonly string[];
  readonly #outsideWrites: () => number;
  #writesSeen = 0;
  readonly #system = new Map<AbsPath, WorldEntry | null>();
  #here = new Map<AbsPath, WorldEntry | null>();
  readonly #interpreters = new Map<string, AbsPath | null>();

  /** `roots`: where builds write (workspace, home, temporary folder). */
  constructor(disk: Disk, roots: readonly string[], outsideWrites: () => number) {
    this.#disk = disk;
    this.#roots = roots;
    this.#outsideWrites = outsideWrites;
  }

  /** A fold begins: what it asks is asked of the disk as it is now. */
  begin(): void {
    this.#here = new Map();
    const writes = this.#outsideWrites();
    if (writes !== this.#writesSeen) this.#system.clear();
    this.#writesSeen = writes;
  }

  get age(): number {
    return this.#writesSeen;
  }

  isLasting(path: AbsPath): boolean {
    return !this.#roots.some((root) => isWithin(path, root));
  }

  lookup(path: AbsPath): WorldEntry | null {
    const kept = this.isLasting(path) ? this.#system : this.#here;
    const known = kept.get(path);
    if (known !== undefined) return known;
    const found = this.#look(path);
    kept.set(path, found);
    return found;
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
