// Takes the steps of a plan, or takes them back. Each step is one call of the
// kernel that happens or does not, and from where things are then it is known
// whether it happened: so both directions may be begun again after a crash at any
// moment. What comes to a slot was at the path until then, and is looked at there:
// had somebody changed it after it was decided about, it goes back.

import { getSystemErrorName } from "node:util";
import { unreachable } from "../base/assert.ts";
import type { Beneath } from "../base/beneath.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import type { Native } from "../base/native.ts";
import { join, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { mtimeNsOf, permissionsOf, typeOf, type Signature } from "../base/signature.ts";
import type { Conflict, ConflictReason } from "./decide.ts";
import { markOf, type Mark, type Step } from "./plan.ts";

/** Source: renameat2(2). */
const NO_REPLACE = 1;
const EXCHANGE = 2;
/** Source: errno(3). */
const ENOENT = 2;
const EEXIST = 17;

type Taken = Result<ConflictReason | null, Failure>;
type Slotted = Extract<Step, { readonly slot: number }>;

const DONE: Taken = ok(null);
const MEANWHILE: Taken = ok("changed-meanwhile");

export class Transaction {
  readonly #beneath: Beneath;
  readonly #disk: Disk;
  readonly #native: Pick<Native, "rename">;
  /** Of the slots, from the workspace's root. */
  readonly #folder: string;
  readonly #steps: readonly Step[];

  constructor(beneath: Beneath, disk: Disk, native: Pick<Native, "rename">, folder: string, steps: readonly Step[]) {
    this.#beneath = beneath;
    this.#disk = disk;
    this.#native = native;
    this.#folder = folder;
    this.#steps = steps;
  }

  /** In order; ends at the first that cannot be taken. */
  take(): Result<Conflict | null, Failure> {
    for (const step of this.#steps) {
      const taken = this.#take(step);
      if (!taken.ok && !isInTheWay(taken.failure)) return taken;
      const reason = !taken.ok ? (taken.failure.code === "link-on-the-way" ? "link-on-the-way" : "changed-meanwhile") : taken.value;
      if (reason !== null) return ok({ path: step.path, reason });
    }
    return ok(null);
  }

  /** In the other order. What somebody changed since is left as it is, and named. */
  takeBack(): Result<readonly string[], Failure> {
    const left: string[] = [];
    for (const step of this.#steps.toReversed()) {
      const back = this.#takeBack(step);
      if (!back.ok && !isInTheWay(back.failure)) return back;
      if (!back.ok || !back.value) left.push(step.path);
    }
    return ok(left.reverse());
  }

  /** What is no longer as the steps left it, so that taking them back would lose something. */
  changedSince(): readonly string[] {
    // Of a directory that was opened up for what comes into it only the last word counts.
    const closing = new Map(this.#steps.flatMap((step) => (step.kind === "mode" ? [[step.path, step]] : [])));
    return this.#steps.filter((step) => (step.kind !== "mode" || closing.get(step.path) === step) && !this.#isAsLeft(step)).map(({ path }) => path);
  }

  #isAsLeft(step: Step): boolean {
    const found = this.#beneath.at(step.path, (path) => ok(this.#look(path)));
    if (!found.ok) return step.kind === "remove" && found.failure.code === "enoent";
    const now = found.value;
    switch (step.kind) {
      case "replace": case "create": return now !== null && markOf(now) === step.after && !this.#hasOthersNames(step, now);
      case "remove": return now === null;
      case "mode": return now !== null && typeOf(now) === "directory" && permissionsOf(now) === step.after;
      case "time": return now !== null && String(mtimeNsOf(now)) === step.after;
      default: return unreachable(step);
    }
  }

  /** A directory that was made, and has names that were not. */
  #hasOthersNames(step: Step, now: Signature): boolean {
    if (typeOf(now) !== "directory") return false;
    const ours = new Set(this.#steps.filter(({ path }) => path.startsWith(`${step.path}/`)).map(({ path }) => path.slice(step.path.length + 1).split("/")[0]));
    const listed = this.#beneath.inside(step.path, (directory) => ok([...namesIn(this.#disk.list(join(directory, ".")) ?? "")]));
    return !listed.ok || listed.value.some(({ name }) => !ours.has(name));
  }

  #look(path: AbsPath): Signature | null {
    const [found] = this.#disk.signatures([path]);
    return found === undefined || found === "error" ? null : found;
  }

  #take(step: Step): Taken {
    switch (step.kind) {
      case "mode": return this.#beneath.at(step.path, (path) => this.#setMode(path, step.before, step.after));
      case "time": return this.#beneath.at(step.path, (path) => this.#setTime(path, step.before, step.after));
      case "replace": case "create": case "remove": return this.#withSlot(step, (slot, path) => this.#takeSlotted(step, slot, path));
      default: return unreachable(step);
    }
  }

  #takeSlotted(step: Slotted, slot: AbsPath, path: AbsPath): Taken {
    const held = this.#look(slot);
    switch (step.kind) {
      case "create": return held === null ? DONE : this.#move(slot, path, NO_REPLACE);
      case "remove": {
        if (held === null) {
          const moved = this.#move(path, slot, NO_REPLACE);
          if (!moved.ok || moved.value !== null) return moved;
        }
        return this.#isIn(slot, step.before) ? DONE : this.#goBack(slot, path, NO_REPLACE);
      }
      case "replace": {
        if (held === null) return MEANWHILE;
        if (markOf(held) === step.after) {
          const moved = this.#move(slot, path, EXCHANGE);
          if (!moved.ok || moved.value !== null) return moved;
        }
        return this.#isIn(slot, step.before) ? DONE : this.#goBack(slot, path, EXCHANGE);
      }
      default: return unreachable(step);
    }
  }

  #isIn(slot: AbsPath, mark: Mark): boolean {
    const found = this.#look(slot);
    return found !== null && markOf(found) === mark;
  }

  /** It was not what was decided about. */
  #goBack(slot: AbsPath, path: AbsPath, flags: number): Taken {
    const moved = this.#move(slot, path, flags);
    return moved.ok ? MEANWHILE : moved;
  }

  #takeBack(step: Step): Result<boolean, Failure> {
    switch (step.kind) {
      case "mode": return told(this.#beneath.at(step.path, (path) => this.#setMode(path, step.after, step.before)));
      case "time": return told(this.#beneath.at(step.path, (path) => this.#setTime(path, step.after, step.before)));
      case "replace": case "create": case "remove": {
        // Its directory may be gone when it was taken back already.
        const isBack = this.#beneath.inside(this.#folder, (folder) => ok(this.#isBack(step, join(folder, String(step.slot)))));
        return isBack.ok && !isBack.value ? this.#withSlot(step, (slot, path) => this.#takeSlottedBack(step, slot, path)) : isBack;
      }
      default: return unreachable(step);
    }
  }

  #isBack(step: Slotted, slot: AbsPath): boolean {
    const held = this.#look(slot);
    switch (step.kind) {
      case "remove": return held === null;
      case "create": return held !== null;
      case "replace": return held === null || markOf(held) === step.after;
      default: return unreachable(step);
    }
  }

  #takeSlottedBack(step: Slotted, slot: AbsPath, path: AbsPath): Result<boolean, Failure> {
    if (step.kind === "remove") return told(this.#move(slot, path, NO_REPLACE));
    const now = this.#look(path);
    if (now === null || markOf(now) !== step.after || (typeOf(now) === "directory" && (this.#disk.list(path) ?? "") !== "")) return ok(false);
    return told(this.#move(step.kind === "create" ? path : slot, step.kind === "create" ? slot : path, step.kind === "create" ? NO_REPLACE : EXCHANGE));
  }

  #withSlot<T>(step: Slotted, act: (slot: AbsPath, path: AbsPath) => Result<T, Failure>): Result<T, Failure> {
    return this.#beneath.inside(this.#folder, (folder) => this.#beneath.at(step.path, (path) => act(join(folder, String(step.slot)), path)));
  }

  #move(from: AbsPath, to: AbsPath, flags: number): Taken {
    const done = this.#native.rename(from, to, flags);
    if (done === 0) return DONE;
    if (done === -ENOENT || done === -EEXIST) return MEANWHILE;
    const code = getSystemErrorName(done).toLowerCase();
    return fail({ code, message: `Cannot put "${toText(to.slice(to.lastIndexOf("/") + 1))}" in place: ${code}` });
  }

  #setMode(path: AbsPath, before: number, after: number): Taken {
    const now = this.#look(path);
    if (now === null || typeOf(now) !== "directory") return MEANWHILE;
    if (permissionsOf(now) === after) return DONE;
    if (permissionsOf(now) !== before) return MEANWHILE;
    const set = this.#disk.setPermissions(path, after);
    return set.ok ? DONE : set;
  }

  #setTime(path: AbsPath, before: string, after: string): Taken {
    const now = this.#look(path);
    if (now === null || typeOf(now) !== "file") return MEANWHILE;
    if (String(mtimeNsOf(now)) === after) return DONE;
    if (String(mtimeNsOf(now)) !== before) return MEANWHILE;
    const set = this.#disk.setModified(path, BigInt(after));
    return set.ok ? DONE : set;
  }
}

/** Somebody has put something else on the way. */
const isInTheWay = ({ code }: Failure): boolean => code === "link-on-the-way" || code === "enoent" || code === "enotdir";

const told = (taken: Taken): Result<boolean, Failure> => (taken.ok ? ok(taken.value === null) : taken);
