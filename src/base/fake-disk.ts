// A file system in memory, for tests. It keeps what Linux keeps (inodes, links,
// modes, times), writes down what was asked of it, so that a test can say what
// was not read, and refuses whatever a test wants refused.

import { posix } from "node:path";
import { FakeClock } from "./clock.ts";
import { digestOf } from "./digest.ts";
import { ENTRY_TYPE, statesFrom, type Disk, type DiskFailure, type Hashed } from "./disk.ts";
import { stateOf, type Content, type Inode } from "./fake-inode.ts";
import { LINK_HOPS_MAX } from "./limits.ts";
import { absPath, byteOrder, isWithin, nameOf, parentOf, type AbsPath } from "./path.ts";
import { fail, ok, type Result } from "./result.ts";
import { typeOf, type Signature } from "./signature.ts";

export type DiskCall = keyof Disk;

/** A kernel error on its way to becoming a failure value; never leaves this file. */
class Refusal extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export class FakeDisk implements Disk {
  /** Of files that are somebody else's. */
  readonly owners = new Map<AbsPath, string>();
  /** Paths whose content was read (readFile, hashFiles, the source of copyFile), in order. */
  readonly reads: AbsPath[] = [];
  /** Paths whose signature was asked for, in order. */
  readonly looks: AbsPath[] = [];
  /** Every change that succeeded: "rename /a /b". */
  readonly changes: string[] = [];
  /** A code to refuse a call with ("enospc"), or null to let it happen. */
  refuse: (call: DiskCall, path: AbsPath) => string | null = () => null;
  /** Time passes this much at each change. 0n: changes share a clock tick, as they do on a real machine. */
  tickNs = 1_000_000n;
  /** Times are multiples of this. */
  granularityNs = 1n;
  isRemote = false;
  readonly clock: FakeClock;
  readonly #root: Inode;
  #inodes = 1n;

  /** Files with their parents. */
  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}, clock: FakeClock = new FakeClock()) {
    this.clock = clock;
    this.#root = this.#inode({ kind: "directory", names: new Map() }, 0o755);
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  /** For tests: makes or replaces the content of a file, with its parents; not recorded. */
  write(path: string, content: string | Uint8Array, permissions = 0o644): void {
    const made = this.#ensure(parentOf(absPath(path)));
    const there = made.names.get(nameOf(absPath(path)));
    this.#tick();
    if (there?.content.kind === "file") {
      there.content.bytes = Buffer.from(content);
      this.#touch(there);
    } else {
      made.names.set(nameOf(absPath(path)), this.#inode({ kind: "file", bytes: Buffer.from(content) }, permissions));
      this.#touchParents(absPath(path));
    }
  }

  /** For tests: the text of a file, or null; not recorded. */
  text(path: string): string | null {
    const found = this.#find(absPath(path));
    return found?.content.kind === "file" ? found.content.bytes.toString() : null;
  }

  /** For tests: removes whatever is there, with all below; not recorded. */
  remove(path: string): void {
    const names = this.#namesAt(parentOf(absPath(path)));
    this.#tick();
    names.delete(nameOf(absPath(path)));
  }

  signatures(paths: readonly AbsPath[]): (Signature | null | "error")[] {
    return paths.map((path) => {
      this.looks.push(path);
      if (this.refuse("signatures", path) !== null) return "error";
      const found = this.#tryFind(path);
      return found === "error" ? found : found === null ? null : stateOf(found);
    });
  }

  states(paths: Buffer): Buffer {
    return statesFrom(paths, (asked) => this.signatures(asked));
  }

  bornNs(path: AbsPath): bigint {
    const found = this.#tryFind(path);
    return found === null || found === "error" ? 0n : found.bornNs;
  }

  otherOwner(path: AbsPath): string {
    return this.owners.get(path) ?? "";
  }

  readLink(path: AbsPath): string | null {
    const found = this.#tryFind(path);
    return found !== "error" && found?.content.kind === "link" ? found.content.target : null;
  }

  list(path: AbsPath): string | null {
    const found = this.refuse("list", path) === null ? this.#tryFind(path) : null;
    if (found === null || found === "error" || found.content.kind !== "directory") return null;
    const names = [...found.content.names].sort(([a], [b]) => byteOrder(a, b));
    return names.map(([name, inode]) => `${String.fromCharCode(ENTRY_TYPE[inode.content.kind])}${name}\0`).join("");
  }

  readFile(path: AbsPath): Result<Buffer, DiskFailure> {
    return this.#attempt("readFile", path, () => {
      this.reads.push(path);
      return Buffer.from(this.#file(path).bytes);
    });
  }

  readPart(path: AbsPath, offsetBytes: number, lengthBytes: number): Result<Buffer, DiskFailure> {
    return this.#attempt("readPart", path, () => {
      this.reads.push(path);
      return Buffer.from(this.#file(path).bytes.subarray(offsetBytes, offsetBytes + lengthBytes));
    });
  }

  hashFiles(paths: readonly AbsPath[]): (Hashed | null)[] {
    const startedAtNs = this.clock.realtimeNs();
    return paths.map((path) => {
      const found = this.#attempt("hashFiles", path, () => {
        this.reads.push(path);
        return { digest: digestOf(this.#file(path).bytes), signature: stateOf(this.#must(path)), startedAtNs };
      });
      return found.ok ? found.value : null;
    });
  }

  copyFile(from: AbsPath, to: AbsPath, permissions: number): Result<Signature, DiskFailure> {
    return this.#attempt("copyFile", to, () => {
      this.reads.push(from);
      this.#add(to, this.#inode({ kind: "file", bytes: Buffer.from(this.#file(from).bytes) }, permissions));
      this.changes.push(`copyFile ${from} ${to}`);
      return stateOf(this.#must(to));
    });
  }

  writeFile(path: AbsPath, bytes: Uint8Array, permissions: number): Result<void, DiskFailure> {
    return this.#attempt("writeFile", path, () => {
      const there = this.#find(path);
      if (there === null) {
        this.#add(path, this.#inode({ kind: "file", bytes: Buffer.from(bytes) }, permissions));
      } else {
        const file = this.#file(path);
        this.#tick();
        file.bytes = Buffer.from(bytes);
        there.permissions = permissions;
        this.#touch(there);
      }
      this.changes.push(`writeFile ${path}`);
    });
  }

  createFile(path: AbsPath, bytes: Uint8Array, permissions: number): Result<void, DiskFailure> {
    return this.#attempt("createFile", path, () => {
      this.#add(path, this.#inode({ kind: "file", bytes: Buffer.from(bytes) }, permissions));
      this.changes.push(`createFile ${path}`);
    });
  }

  appendFile(path: AbsPath, bytes: Uint8Array): Result<void, DiskFailure> {
    const before = this.readFile(path);
    return before.ok ? this.writeFile(path, Buffer.concat([before.value, bytes]), 0o644) : before;
  }

  setLength(path: AbsPath, sizeBytes: number): Result<void, DiskFailure> {
    const before = this.readFile(path);
    return before.ok ? this.writeFile(path, Buffer.concat([before.value, Buffer.alloc(sizeBytes)]).subarray(0, sizeBytes), 0o644) : before;
  }

  rename(from: AbsPath, to: AbsPath): Result<void, DiskFailure> {
    return this.#attempt("rename", to, () => {
      const moved = this.#must(from);
      const target = this.#namesAt(parentOf(to));
      const replaced = this.#find(to);
      if (replaced === moved) return;
      if (to.startsWith(`${from}/`)) throw new Refusal("einval");
      if (replaced?.content.kind === "directory") {
        if (moved.content.kind !== "directory") throw new Refusal("eisdir");
        if (replaced.content.names.size > 0) throw new Refusal("enotempty");
      } else if (replaced !== null && moved.content.kind === "directory") {
        throw new Refusal("enotdir");
      }
      this.#tick();
      if (replaced !== null) this.#unlink(replaced);
      this.#namesAt(parentOf(from)).delete(nameOf(from));
      target.set(nameOf(to), moved);
      moved.ctimeNs = this.#stampNs();
      this.#touchParents(from, to);
      this.changes.push(`rename ${from} ${to}`);
    });
  }

  link(from: AbsPath, to: AbsPath): Result<void, DiskFailure> {
    return this.#attempt("link", to, () => {
      const linked = this.#must(from);
      if (linked.content.kind === "directory") throw new Refusal("eperm");
      this.#add(to, linked);
      linked.linkCount++;
      linked.ctimeNs = this.#stampNs();
      this.changes.push(`link ${from} ${to}`);
    });
  }

  symlink(target: string, path: AbsPath): Result<void, DiskFailure> {
    return this.#attempt("symlink", path, () => {
      this.#add(path, this.#inode({ kind: "link", target }, 0o777));
      this.changes.push(`symlink ${target} ${path}`);
    });
  }

  makeDirectory(path: AbsPath, permissions: number): Result<void, DiskFailure> {
    return this.#attempt("makeDirectory", path, () => {
      this.#add(path, this.#inode({ kind: "directory", names: new Map() }, permissions));
      this.changes.push(`makeDirectory ${path}`);
    });
  }

  ensureDirectory(path: AbsPath): Result<void, DiskFailure> {
    return this.#attempt("ensureDirectory", path, () => {
      this.#ensure(path);
      this.changes.push(`ensureDirectory ${path}`);
    });
  }

  removeFile(path: AbsPath): Result<void, DiskFailure> {
    return this.#attempt("removeFile", path, () => {
      const removed = this.#must(path);
      if (removed.content.kind === "directory") throw new Refusal("eisdir");
      this.#take(path, removed);
      this.changes.push(`removeFile ${path}`);
    });
  }

  removeDirectory(path: AbsPath): Result<void, DiskFailure> {
    return this.#attempt("removeDirectory", path, () => {
      const removed = this.#must(path);
      if (removed.content.kind !== "directory") throw new Refusal("enotdir");
      if (removed.content.names.size > 0) throw new Refusal("enotempty");
      this.#take(path, removed);
      this.changes.push(`removeDirectory ${path}`);
    });
  }

  setPermissions(path: AbsPath, permissions: number): Result<void, DiskFailure> {
    return this.#attempt("setPermissions", path, () => {
      const changed = this.#must(path);
      this.#tick();
      changed.permissions = permissions;
      changed.ctimeNs = this.#stampNs();
      this.changes.push(`setPermissions ${path} ${permissions.toString(8)}`);
    });
  }

  setModified(path: AbsPath, mtimeNs: bigint): Result<void, DiskFailure> {
    return this.#attempt("setModified", path, () => {
      const changed = this.#must(path);
      this.#tick();
      changed.mtimeNs = mtimeNs;
      changed.ctimeNs = this.#stampNs();
      this.changes.push(`setModified ${path} ${String(mtimeNs)}`);
    });
  }

  isThere(path: AbsPath): boolean {
    this.looks.push(path);
    return this.#attempt("isThere", path, () => this.#must(path, true)).ok;
  }

  isWritable(path: AbsPath): boolean {
    const found = this.refuse("isWritable", path) === null ? this.#tryFind(path) : null;
    return found !== null && found !== "error" && found.content.kind === "directory" && (found.permissions & 0o300) === 0o300;
  }

  staysBelow(root: AbsPath, path: AbsPath): boolean {
    for (let directory = parentOf(path); ; directory = parentOf(directory)) {
      const [found] = this.signatures([directory]);
      if (found === "error" || directory === "/") return false;
      if (found !== undefined && found !== null) return typeOf(found) === "directory" && isWithin(directory, root);
    }
  }

  isLocal(_path: AbsPath): boolean {
    return !this.isRemote;
  }

  #attempt<T>(call: DiskCall, path: AbsPath, act: () => T): Result<T, DiskFailure> {
    try {
      const code = this.refuse(call, path);
      if (code !== null) throw new Refusal(code);
      return ok(act());
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return fail({ code: thrown.code, message: `Cannot ${call} "${path}": ${thrown.code}`, path });
    }
  }

  #tick(): void {
    this.clock.advance(this.tickNs);
  }

  readonly #stampNs = (): bigint => this.clock.realtimeNs() / this.granularityNs * this.granularityNs;

  #inode(content: Content, permissions: number): Inode {
    const nowNs = this.#stampNs();
    return { number: this.#inodes++, content, permissions, linkCount: 1, mtimeNs: nowNs, ctimeNs: nowNs, bornNs: nowNs };
  }

  #touch(inode: Inode): void {
    inode.mtimeNs = inode.ctimeNs = this.#stampNs();
  }

  #touchParents(...paths: readonly AbsPath[]): void {
    for (const path of paths) this.#touch(this.#must(parentOf(path), true));
  }

  /** Null: absent. Throws a Refusal for a link that leads in circles. */
  #find(path: AbsPath, follow = false, followed = 0): Inode | null {
    if (path === "/") return this.#root;
    const parent = this.#find(parentOf(path), true, followed);
    const found = parent?.content.kind === "directory" ? (parent.content.names.get(nameOf(path)) ?? null) : null;
    if (!follow || found?.content.kind !== "link") return found;
    if (followed >= LINK_HOPS_MAX) throw new Refusal("eloop");
    const { target } = found.content;
    return this.#find(resolved(target.startsWith("/") ? target : `${parentOf(path)}/${target}`), true, followed + 1);
  }

  #tryFind(path: AbsPath): Inode | null | "error" {
    try {
      return this.#find(path);
    } catch (thrown) {
      if (thrown instanceof Refusal) return "error";
      throw thrown;
    }
  }

  #must(path: AbsPath, follow = false): Inode {
    const found = this.#find(path, follow);
    if (found === null) throw new Refusal("enoent");
    return found;
  }

  #file(path: AbsPath): { bytes: Buffer } {
    const { content } = this.#must(path);
    if (content.kind === "directory") throw new Refusal("eisdir");
    if (content.kind === "link") throw new Refusal("eloop");
    return content;
  }

  #namesAt(path: AbsPath): Map<string, Inode> {
    const { content } = this.#must(path, true);
    if (content.kind !== "directory") throw new Refusal("enotdir");
    return content.names;
  }

  #add(path: AbsPath, inode: Inode): void {
    const names = this.#namesAt(parentOf(path));
    if (path === "/" || names.has(nameOf(path))) throw new Refusal("eexist");
    this.#tick();
    names.set(nameOf(path), inode);
    this.#touchParents(path);
  }

  #unlink(inode: Inode): void {
    inode.linkCount--;
    inode.ctimeNs = this.#stampNs();
  }

  #take(path: AbsPath, inode: Inode): void {
    this.#tick();
    this.#namesAt(parentOf(path)).delete(nameOf(path));
    this.#unlink(inode);
    this.#touchParents(path);
  }

  #ensure(path: AbsPath, inTheWay = "eexist"): { readonly names: Map<string, Inode> } {
    const there = this.#find(path, true);
    if (there?.content.kind === "directory") return there.content;
    if (there !== null) throw new Refusal(inTheWay);
    this.#ensure(parentOf(path), "enotdir");
    const made: Content = { kind: "directory", names: new Map() };
    this.#add(path, this.#inode(made, 0o755));
    return made;
  }
}

/** "." and ".." of a link's target, as text: good enough where no parent is itself a link. */
const resolved = (path: string): AbsPath => absPath(posix.resolve("/", path));
