// What was committed into a workspace, newest first, and what that replaced: one
// folder each in .fathom/undo, on the workspace's own file system because what is
// replaced is moved there and not copied. Names in a folder say how far it came:
//
//   (no plan)   being prepared; nothing was touched
//   plan        decided: what is found so is finished
//   done        finished: can be undone
//   undoing     being taken back, because something was in the way or somebody wants it
//   undone      taken back

import { Beneath } from "../base/beneath.ts";
import { syncAround, takeLock, writeDurably, type Lock } from "../base/durable.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { absPath, byteOrder, join, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { removeTree } from "../base/scratch.ts";
import { linkCountOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import type { Conflict } from "./decide.ts";
import { decodePlan, encodePlan, markOf, type Plan } from "./plan.ts";
import { Transaction } from "./transaction.ts";

/** From the workspace's root. */
const FOLDER = ".fathom/undo";
/** In the order of time. */
const ID = /^\d{19}-\d{1,10}$/;
const PLAN_BYTES_MAX = 256 * 1024 * 1024;

/** Kept of one workspace: what a person may still want back. */
export const COMMITS_MAX = 50;
/** ... and what they hold together, */
export const UNDO_BYTES_MAX = 1024 * 1024 * 1024;
/** ... and for how long. */
export const UNDO_AGE_NS_MAX = 14n * 24n * 3_600_000_000_000n;

export type CommitState = "done" | "undone";

export interface Commit {
  readonly id: string;
  readonly plan: Plan;
  readonly state: CommitState;
}

export interface Ground {
  readonly workspace: AbsPath;
  readonly disk: Disk;
  readonly native: Native;
  /** What is left of a view whose changes are in the workspace. Called again after a crash. */
  readonly spend: (view: string) => Result<void, Failure>;
}

export class History {
  readonly #ground: Ground;
  readonly #beneath: Beneath;
  readonly folder: AbsPath;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#beneath = new Beneath(ground.workspace, ground.native);
    this.folder = absPath(`${ground.workspace}/${FOLDER}`);
  }

  /** One commit or undo of a workspace at a time. */
  lock(): Result<Lock, Failure> {
    const { disk, native, workspace } = this.#ground;
    // No link on the way: what is moved here must stay on this file system, and in this workspace.
    const inside = this.#beneath.inside(FOLDER, () => ok(undefined));
    if (!inside.ok) return inside;
    return takeLock(disk, native, join(this.folder, "lock"), { code: "commit-busy", message: `Cannot change "${toText(workspace)}": another commit or undo is under way`, advice: "Try again when it has ended" });
  }

  /** A new folder for what is to be put in place. */
  prepare(atNs: bigint): Result<string, Failure> {
    const id = `${String(atNs).padStart(19, "0")}-${String(process.pid)}`;
    const made = this.#ground.disk.makeDirectory(this.folderOf(id), 0o700);
    return made.ok ? ok(id) : made;
  }

  folderOf(id: string): AbsPath {
    return join(this.folder, id);
  }

  /** The steps are taken, or none of them is. */
  carryOut(id: string, plan: Plan): Result<Conflict | null, Failure> {
    const { disk, native } = this.#ground;
    // What will be in place must be on the disk before it is decided; a view's own files are not until now.
    syncAround(native, this.folderOf(id));
    const decided = writeDurably(disk, join(this.folderOf(id), "plan"), encodePlan(plan));
    return decided.ok ? this.#finish(id, plan) : decided;
  }

  /** Whatever a crash left half-way is finished or taken back. Under the lock. */
  recover(): Result<void, Failure> {
    for (const id of this.#ids()) {
      const goesBack = this.#has(id, "undoing");
      if (this.#has(id, "undone") || (this.#has(id, "done") && !goesBack)) continue;
      const plan = this.#plan(id);
      if (plan === null) removeTree(toText(this.folderOf(id)));
      else {
        const finished = goesBack ? this.#goBack(id, plan) : this.#finish(id, plan);
        if (!finished.ok) return finished;
      }
    }
    return ok(undefined);
  }

  #finish(id: string, plan: Plan): Result<Conflict | null, Failure> {
    const taken = this.#transaction(id, plan).take();
    if (!taken.ok || taken.value !== null) {
      const back = this.#goBack(id, plan);
      if (back.ok) removeTree(toText(this.folderOf(id)));
      return back.ok ? taken : back;
    }
    const spent = plan.isWhole ? this.#ground.spend(plan.view) : ok(undefined);
    if (!spent.ok) return spent;
    const done = this.#mark(id, "done");
    return done.ok ? ok(null) : done;
  }

  #goBack(id: string, plan: Plan): Result<readonly string[], Failure> {
    const begun = this.#mark(id, "undoing");
    const back = begun.ok ? this.#transaction(id, plan).takeBack() : begun;
    if (!back.ok) return back;
    const done = this.#mark(id, "undone");
    return done.ok ? back : done;
  }

  /** Newest first. */
  commits(): readonly Commit[] {
    return this.#ids().flatMap((id): Commit[] => {
      const state = this.#has(id, "undone") ? "undone" : this.#has(id, "done") && !this.#has(id, "undoing") ? "done" : null;
      const plan = state === null ? null : this.#plan(id);
      return state === null || plan === null ? [] : [{ id, plan, state }];
    });
  }

  /** Where what was at `path` in this state is now, since a commit replaced it; null: not here, or somebody has written to it. */
  replaced(path: string, signature: Signature): AbsPath | null {
    const mark = markOf(signature);
    for (const { id, plan } of this.commits().filter(({ state }) => state === "done")) {
      for (const step of plan.steps) {
        if ((step.kind !== "replace" && step.kind !== "remove") || (step.path !== path && !path.startsWith(`${step.path}/`))) continue;
        const at = absPath(`${this.folderOf(id)}/${String(step.slot)}${path.slice(step.path.length)}`);
        const [found] = this.#ground.disk.signatures([at]);
        if (found !== undefined && found !== null && found !== "error" && markOf(found) === mark) return at;
      }
    }
    return null;
  }

  /** Paths in the way; none: it was undone. */
  undo({ id, plan }: Commit): Result<readonly string[], Failure> {
    const changed = this.#transaction(id, plan).changedSince();
    return changed.length > 0 ? ok(changed) : this.#goBack(id, plan);
  }

  /** Oldest first, beyond the bounds; the newest stays. */
  prune(nowNs: bigint): void {
    let bytes = 0;
    for (const [index, id] of this.#ids().entries()) {
      if (!this.#has(id, "done") && !this.#has(id, "undone")) continue;
      bytes += sizeOf(this.#ground.disk, this.folderOf(id));
      const isOld = BigInt(id.slice(0, 19)) + UNDO_AGE_NS_MAX < nowNs;
      if (index > 0 && (index >= COMMITS_MAX || bytes > UNDO_BYTES_MAX || isOld)) removeTree(toText(this.folderOf(id)));
    }
  }

  #transaction(id: string, plan: Plan): Transaction {
    return new Transaction(this.#beneath, this.#ground.disk, this.#ground.native, `${FOLDER}/${id}`, plan.steps);
  }

  #ids(): readonly string[] {
    return [...namesIn(this.#ground.disk.list(this.folder) ?? "")].map(({ name }) => name).filter((name) => ID.test(name)).sort(byteOrder).reverse();
  }

  #has(id: string, name: string): boolean {
    return this.#ground.disk.isThere(join(this.folderOf(id), name));
  }

  #mark(id: string, name: string): Result<void, Failure> {
    return writeDurably(this.#ground.disk, join(this.folderOf(id), name), Buffer.alloc(0));
  }

  #plan(id: string): Plan | null {
    const path = join(this.folderOf(id), "plan");
    const [found] = this.#ground.disk.signatures([path]);
    if (found === undefined || found === null || found === "error" || sizeBytesOf(found) > PLAN_BYTES_MAX) return null;
    const read = this.#ground.disk.readFile(path);
    return read.ok ? decodePlan(read.value) : null;
  }
}

/** What is held for nobody else: a file that has another name elsewhere is no cost. */
function sizeOf(disk: Disk, folder: AbsPath): number {
  const paths = [...namesIn(disk.list(folder) ?? "")].map(({ name }) => join(folder, name));
  return disk.signatures(paths).reduce((sum, found, index) => {
    const path = paths[index];
    if (path === undefined || found === null || found === "error") return sum;
    return sum + (typeOf(found) === "directory" ? sizeOf(disk, path) : linkCountOf(found) > 1 ? 0 : sizeBytesOf(found));
  }, 0);
}

export const noCommit = (workspace: AbsPath): { readonly ok: false; readonly failure: Failure } =>
  fail({ code: "nothing-to-undo", message: `Cannot undo anything in "${toText(workspace)}": no commit is kept there`, advice: `Kept are the last ${String(COMMITS_MAX)} of 14 days, as long as they take no more than 1 GB` });
