// Three ways for each path: what the view has, what it had when the view began,
// and what the workspace has now. What the two agree on is no conflict; what only
// the view changed is taken; what both changed is merged where it is text, and
// else a conflict. A doubt about what it was is a change.

import { digestOf } from "../base/digest.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import { absPath, byteOrder, toBuffer, toText, type AbsPath } from "../base/path.ts";
import { mtimeNsOf, permissionsOf, signatureOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import type { Before } from "./before.ts";
import type { Hidden } from "./hide.ts";
import type { Laid } from "./outputs.ts";
import type { Upper, UpperName } from "./upper.ts";

/** What is to be in the workspace, in the order in which it is made: directories before what is in them. */
export type Change =
  /** A file or a link. `before`: what it replaces; null: nothing. `merged`: its content, where that is not the view's. */
  | { readonly kind: "put"; readonly path: string; readonly from: AbsPath; readonly before: Signature | null; readonly signature: Signature; readonly merged: Buffer | null; readonly permissions: number; readonly isModeOnly: boolean }
  /** A directory, empty at first. */
  | { readonly kind: "directory"; readonly path: string; readonly from: AbsPath; readonly before: Signature | null; readonly permissions: number }
  | { readonly kind: "remove"; readonly path: string; readonly before: Signature }
  /** Permissions of a directory that stays. */
  | { readonly kind: "mode"; readonly path: string; readonly before: Signature; readonly permissions: number }
  /** Written anew with the same content: who compares times sees it. */
  | { readonly kind: "time"; readonly path: string; readonly before: Signature; readonly mtimeNs: bigint };

export type ConflictReason = "both-changed" | "both-added" | "removed-there" | "changed-in-removed" | "type" | "special" | "unreadable" | "changed-meanwhile" | "link-on-the-way" | "hidden";

export interface Conflict {
  readonly path: string;
  readonly reason: ConflictReason;
}

export interface Decision {
  readonly changes: readonly Change[];
  readonly conflicts: readonly Conflict[];
  /** Files of the workspace that have to be known as they were before, should they change again. */
  readonly touched: readonly string[];
  /** Names that were not there, though the view has there what it had elsewhere. */
  readonly absent: readonly string[];
}

export interface Sides {
  readonly upper: Upper;
  readonly before: Before;
  readonly hidden: Hidden;
  /** What was replayed without its bytes and is there still, with where these are or will be. */
  readonly laid: readonly { readonly file: Laid; readonly from: AbsPath }[];
  /** Paths of all that ever was: there was nothing before. */
  readonly wasLaid: ReadonlySet<string>;
  readonly workspace: AbsPath;
  readonly disk: Disk;
  /** Null without one: then nothing merges. Loaded by who needs it. */
  readonly merge: ((view: string, before: string, now: string) => string | null) | null;
}

/** Ours, at the root: neither a fact nor an effect of anybody. */
const STATE = ".fathom";

export function decide(sides: Sides): Decision {
  return new Decider(sides).all();
}

interface Pair {
  readonly path: string;
  /** A name may have been removed from its directory in the workspace since the view began. */
  readonly mayHaveGone: boolean;
  /** It is in a directory of which nothing below shows through: then neither does anything of what is in it, and it need not say so itself. */
  readonly isInOpaque: boolean;
  readonly view: UpperName;
  readonly at: AbsPath;
  readonly now: Signature | null;
}

class Decider {
  readonly #sides: Sides;
  readonly #changes: Change[] = [];
  readonly #conflicts: Conflict[] = [];
  readonly #touched: string[] = [];
  readonly #absent: string[] = [];

  constructor(sides: Sides) {
    this.#sides = sides;
  }

  all(): Decision {
    const [root] = this.#sides.disk.signatures([this.#sides.workspace]);
    this.#directory("", false, root === undefined || root === null || root === "error" || !this.#sides.before.isOld(root));
    for (const { file, from } of this.#sides.laid) this.#laid(file, from);
    return { changes: this.#changes, conflicts: this.#conflicts, touched: this.#touched, absent: this.#absent };
  }

  /** It was laid where nothing was. A commit brings it first, so that it is what the view changed like everything else. */
  #laid({ path, digest, sizeBytes, permissions, mtimeNs, ctimeNs }: Laid, from: AbsPath): void {
    const at = absPath(`${this.#sides.workspace}/${path}`);
    const [now] = this.#sides.disk.signatures([at]);
    if (now === undefined || now === "error") return this.#conflict(path, "unreadable");
    const signature = signatureOf({ mode: 0o100000 | permissions, size: BigInt(sizeBytes), mtimeNs, ctimeNs });
    if (now === null) this.#changes.push({ kind: "put", path, from, before: null, signature, merged: null, permissions, isModeOnly: false });
    else if (this.#sides.disk.hashFiles([at])[0]?.digest !== digest || permissionsOf(now) !== permissions) this.#conflict(path, "both-added");
  }

  #conflict(path: string, reason: ConflictReason): void {
    this.#conflicts.push({ path, reason });
  }

  #directory(relative: string, isOpaque: boolean, mayHaveGone: boolean): void {
    const { upper, workspace, disk } = this.#sides;
    const listed = upper.list(relative);
    if (listed === null) return this.#conflict(relative, "unreadable");
    const names = listed.filter(({ name }) => relative !== "" || name !== STATE);
    const pathOf = (name: string): string => (relative === "" ? name : `${relative}/${name}`);
    const now = disk.signatures(names.map(({ name }) => absPath(`${workspace}/${pathOf(name)}`)));
    const pairs: Pair[] = [];
    for (const [index, view] of names.entries()) {
      const [path, found] = [pathOf(view.name), now[index]];
      if (found === undefined || found === "error") this.#conflict(path, "unreadable");
      else pairs.push({ path, mayHaveGone, isInOpaque: isOpaque, view, at: absPath(`${workspace}/${path}`), now: found });
    }
    if (isOpaque) this.#hidden(relative, new Set(names.map(({ name }) => name)));
    const equal = this.#equalContents(pairs);
    for (const pair of pairs) this.#pair(pair, equal);
  }

  /** Of an opaque directory what is not in the view is gone. */
  #hidden(relative: string, kept: ReadonlySet<string>): void {
    const directory = absPath(`${this.#sides.workspace}/${relative}`);
    const listed = this.#sides.disk.list(directory);
    if (listed === null) return this.#conflict(relative, "unreadable");
    for (const { name } of namesIn(listed)) {
      if (kept.has(name)) continue;
      const path = `${relative}/${name}`;
      const [now] = this.#sides.disk.signatures([absPath(`${directory}/${name}`)]);
      if (now === undefined || now === "error") this.#conflict(path, "unreadable");
      else if (now !== null) this.#removed(path, now);
    }
  }

  /** Of files that are of one size in both. */
  #equalContents(pairs: readonly Pair[]): ReadonlySet<Pair> {
    const alike = pairs.filter(({ view, now }) => view.kind === "file" && now !== null && typeOf(now) === "file" && sizeBytesOf(now) === sizeBytesOf(view.signature));
    const hashed = this.#sides.disk.hashFiles(alike.flatMap(({ view, at }) => [view.path, at]));
    return new Set(alike.filter((_, index) => {
      const [one, other] = [hashed[index * 2], hashed[index * 2 + 1]];
      return one !== null && one !== undefined && other !== null && other !== undefined && one.digest === other.digest;
    }));
  }

  #pair(pair: Pair, equal: ReadonlySet<Pair>): void {
    const { path, view, now } = pair;
    if (now !== null && this.#sides.hidden.has(path)) return this.#conflict(path, "hidden");
    switch (view.kind) {
      case "whiteout":
        if (now !== null) this.#removed(path, now);
        return;
      case "special": return this.#conflict(path, "special");
      case "directory": return this.#subdirectory(pair);
      case "file": return this.#put(pair, equal.has(pair));
      case "link": return this.#put(pair, now !== null && typeOf(now) === "link" && this.#sides.disk.readLink(view.path) === this.#sides.disk.readLink(pair.at));
    }
  }

  #removed(path: string, now: Signature): void {
    const at = absPath(`${this.#sides.workspace}/${path}`);
    if (this.#sides.hidden.hasIn(path)) return this.#conflict(path, "hidden");
    this.#touched.push(path);
    if (typeOf(now) === "directory" ? this.#isOldTree(at, now) : this.#sides.before.isSame(path, at, now)) this.#changes.push({ kind: "remove", path, before: now });
    else this.#conflict(path, "changed-in-removed");
  }

  /** Its time of status tells of every name in it, and that of each file of what is in it. */
  #isOldTree(directory: AbsPath, signature: Signature): boolean {
    const { before, disk } = this.#sides;
    const listed = before.isOld(signature) ? disk.list(directory) : null;
    if (listed === null) return false;
    const names = [...namesIn(listed)].map(({ name }) => absPath(`${directory}/${name}`));
    return disk.signatures(names).every((found, index) => {
      const name = names[index];
      if (name === undefined || found === null || found === "error") return false;
      return typeOf(found) === "directory" ? this.#isOldTree(name, found) : before.isOld(found);
    });
  }

  /** A file that was there before, or was made of one that was and renamed: that it is no more says something only where a name has gone. */
  #hasGone({ path, mayHaveGone, view }: Pair): boolean {
    if (!this.#sides.upper.wasThere(view) || this.#sides.before.wasAbsent(path)) return false;
    const hasGone = mayHaveGone && !this.#sides.wasLaid.has(path);
    if (!hasGone) this.#absent.push(path);
    return hasGone;
  }

  #subdirectory(pair: Pair): void {
    const { path, view, at, now, isInOpaque } = pair;
    const permissions = permissionsOf(view.signature);
    if (now === null) {
      const hasGone = this.#hasGone(pair);
      const first = this.#changes.length;
      this.#directory(path, false, hasGone);
      // Removed there, and here only on the way to something: it comes back for the sake of what is in it.
      const isNeeded = !hasGone || this.#changes.length > first;
      if (isNeeded) this.#changes.splice(first, 0, { kind: "directory", path, from: view.path, before: null, permissions });
      return;
    }
    if (typeOf(now) === "directory") {
      if (permissionsOf(now) !== permissions) this.#mode(path, now, permissions);
      return this.#directory(path, isInOpaque || this.#sides.upper.isOpaque(view), !this.#sides.before.isOld(now));
    }
    if (!this.#sides.before.isSame(path, at, now)) return this.#conflict(path, "type");
    this.#changes.push({ kind: "directory", path, from: view.path, before: now, permissions });
    this.#directory(path, false, false);
  }

  #mode(path: string, now: Signature, permissions: number): void {
    const was = this.#sides.before.directoryPermissions(path);
    if (was === permissions) return; // Changed there alone.
    if (was === permissionsOf(now) || this.#sides.before.isOld(now)) this.#changes.push({ kind: "mode", path, before: now, permissions });
    else this.#conflict(path, "both-changed");
  }

  #put(pair: Pair, isEqual: boolean): void {
    const { path, view, at, now } = pair;
    const { before, upper } = this.#sides;
    const permissions = permissionsOf(view.signature);
    const put = (fields: { readonly merged?: Buffer; readonly permissions?: number } = {}): void => {
      this.#changes.push({ kind: "put", path, from: view.path, before: now, signature: view.signature, merged: null, permissions, isModeOnly: isEqual, ...fields });
    };
    if (now === null) {
      if (before.known(path) !== undefined || this.#hasGone(pair)) return this.#conflict(path, "removed-there");
      return put();
    }
    if (typeOf(now) === "directory" && this.#sides.hidden.hasIn(path)) return this.#conflict(path, "hidden");
    this.#touched.push(path);
    const isSameMode = view.kind === "link" || permissionsOf(now) === permissions;
    if (isEqual && isSameMode && upper.hasOwnerOf(view, at)) {
      if (view.kind === "file" && mtimeNsOf(now) !== mtimeNsOf(view.signature) && before.isOld(now)) this.#changes.push({ kind: "time", path, before: now, mtimeNs: mtimeNsOf(view.signature) });
      return;
    }
    const type = typeOf(now);
    if (type === "directory" ? this.#isOldTree(at, now) : before.isSame(path, at, now)) return put();
    const merged = view.kind === "file" && type === "file" ? this.#merged(pair, now) : null;
    if (merged !== null) return put(merged);
    this.#conflict(path, type !== view.kind ? "type" : before.known(path) === undefined && !upper.wasThere(view) ? "both-added" : "both-changed");
  }

  #merged({ path, view, at }: Pair, now: Signature): { readonly merged: Buffer; readonly permissions: number } | null {
    const { before, disk, merge } = this.#sides;
    const [was, known] = [before.content(path), before.known(path)];
    if (merge === null || was === null || known === undefined) return null;
    const [ours, theirs] = [disk.readFile(view.path), disk.readFile(at)];
    if (!ours.ok || !theirs.ok || before.settledDigest(at, now) !== digestOf(theirs.value)) return null;
    const text = merge(ours.value.toString("latin1"), was.toString("latin1"), theirs.value.toString("latin1"));
    if (text === null) return null;
    const changed = permissionsOf(view.signature);
    if (changed !== known.permissions && permissionsOf(now) !== known.permissions && changed !== permissionsOf(now)) return null;
    return { merged: toBuffer(text), permissions: changed === known.permissions ? permissionsOf(now) : changed };
  }
}

/** Below one of these, or one of them; all of it for none. */
export function onlyPaths({ changes, conflicts, touched, absent }: Decision, paths: readonly string[]): Decision {
  const isMeant = (path: string): boolean => paths.length === 0 || paths.some((each) => each === "" || path === each || path.startsWith(`${each}/`));
  const meant = changes.filter(({ path }) => isMeant(path));
  // The directories that they are in, where those are new.
  const above = changes.filter((change) => change.kind === "directory" && !isMeant(change.path) && meant.some(({ path }) => path.startsWith(`${change.path}/`)));
  return { changes: [...above, ...meant].sort((a, b) => byteOrder(a.path, b.path)), conflicts: conflicts.filter(({ path }) => isMeant(path)), touched, absent };
}

export const reasonText = (reason: ConflictReason): string => {
  switch (reason) {
    case "both-changed": return "changed in the view and in the workspace";
    case "both-added": return "made in the view and in the workspace";
    case "removed-there": return "changed in the view and removed in the workspace";
    case "changed-in-removed": return "removed in the view and changed in the workspace";
    case "type": return "of another type in the workspace, where it changed";
    case "special": return "no file, link or directory: it cannot be committed";
    case "unreadable": return "it, or something in it, may not be looked at";
    case "changed-meanwhile": return "changed while it was committed";
    case "hidden": return "hidden from the view, or something in it is: it stays";
    case "link-on-the-way": return "a link leads to its directory";
  }
};

export const conflictText = ({ path, reason }: Conflict): string => `"${toText(path)}": ${reasonText(reason)}`;
