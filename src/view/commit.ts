// Puts what a view changed into its workspace: decides, makes everything ready
// beside the names where it will be, writes down what is to be done, and does it.
// Until it is written down nothing was touched; from then on it happens, whoever
// is killed.

import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { syncAround } from "../base/durable.ts";
import type { Native } from "../base/native.ts";
import { absPath, join, type AbsPath } from "../base/path.ts";
import { ok, type Failure, type Result } from "../base/result.ts";
import { modeOf, mtimeNsOf, permissionsOf, typeOf, type Signature } from "../base/signature.ts";
import type { Change, Conflict, Decision } from "./decide.ts";
import type { History } from "./history.ts";
import { markOf, type Step } from "./plan.ts";
import { OVERLAY_ATTRIBUTES } from "./upper.ts";
import { upperOf, type View } from "./view.ts";

export interface CommitContext {
  readonly disk: Disk;
  readonly native: Native;
  readonly clock: Clock;
  readonly history: History;
}

export type Committed =
  | { readonly kind: "committed"; readonly id: string | null; readonly changes: number }
  | { readonly kind: "conflicts"; readonly conflicts: readonly Conflict[] };

/** Under the lock of the history, with nobody in the view. `isWhole`: nothing is left in the view afterwards. */
export function commit(view: View, decision: Decision, isWhole: boolean, context: CommitContext): Result<Committed, Failure> {
  const { clock, history, native } = context;
  if (decision.conflicts.length > 0) return ok({ kind: "conflicts", conflicts: decision.conflicts });
  if (decision.changes.length === 0) return ok({ kind: "committed", id: null, changes: 0 });
  const atNs = clock.realtimeNs();
  const id = history.prepare(atNs);
  if (!id.ok) return id;
  const folder = history.folderOf(id.value);
  const steps: Step[] = [];
  for (const change of decision.changes) {
    const step = prepare(change, steps.length, folder, isWhole, context);
    if (!step.ok) return step; // What was made ready is removed by whoever is next.
    steps.push(step.value);
  }
  // Last of all, so that what is in them could be put there.
  for (const change of decision.changes.toReversed()) {
    if ((change.kind === "directory" || change.kind === "mode") && openedUp(change.permissions) !== change.permissions) steps.push({ kind: "mode", path: change.path, before: openedUp(change.permissions), after: change.permissions });
  }
  syncAround(native, upperOf(view));
  const conflict = history.carryOut(id.value, { view: view.name, isWhole, atNs, steps });
  if (!conflict.ok) return conflict;
  history.prune(clock.realtimeNs());
  return ok(conflict.value === null ? { kind: "committed", id: id.value, changes: steps.length } : { kind: "conflicts", conflicts: [conflict.value] });
}

/** Its owner may make names in it. */
const openedUp = (permissions: number): number => permissions | 0o700;

function prepare(change: Change, slot: number, folder: AbsPath, mayLink: boolean, context: CommitContext): Result<Step, Failure> {
  const { path } = change;
  const place = join(folder, String(slot));
  switch (change.kind) {
    case "remove": return ok({ kind: "remove", path, slot, before: markOf(change.before) });
    case "mode": return ok({ kind: "mode", path, before: permissionsOf(change.before), after: openedUp(change.permissions) });
    case "time": return ok({ kind: "time", path, before: String(mtimeNsOf(change.before)), after: String(change.mtimeNs) });
    case "directory": case "put": {
      const made = change.kind === "directory" ? makeDirectory(change.from, place, openedUp(change.permissions), context) : makeFile(change, place, mayLink, context);
      if (!made.ok) return made;
      const after = markOf(made.value);
      return ok(change.before === null ? { kind: "create", path, slot, after } : { kind: "replace", path, slot, before: markOf(change.before), after });
    }
  }
}

function stateOf(path: AbsPath, { disk }: CommitContext): Result<Signature, Failure> {
  const [found] = disk.signatures([path]);
  if (found !== undefined && found !== null && found !== "error") return ok(found);
  return { ok: false, failure: { code: "changed-while-read", message: `Cannot make "${path}" ready: it is gone` } };
}

function makeDirectory(from: AbsPath, place: AbsPath, permissions: number, context: CommitContext): Result<Signature, Failure> {
  const made = context.disk.makeDirectory(place, permissions);
  if (!made.ok) return made;
  copyOwner(from, place, context.native);
  return stateOf(place, context);
}

function makeFile(change: Extract<Change, { readonly kind: "put" }>, place: AbsPath, mayLink: boolean, context: CommitContext): Result<Signature, Failure> {
  const { disk, native } = context;
  const { merged, from, permissions, signature } = change;
  const made = merged !== null ? disk.createFile(place, merged, permissions) : mayLink ? linkOrCopy(change, place, context) : copy(change, place, context);
  if (!made.ok) return made;
  if (merged !== null) copyOwner(from, place, native);
  if (typeOf(signature) === "file") native.removeAttributes(place, OVERLAY_ATTRIBUTES);
  return stateOf(place, context);
}

/**
 * The file itself, with all that belongs to it: owner, lists of access, other names. It is in the view as well until
 * that is emptied, which is before the commit is done; so only where all of the view is committed.
 */
function linkOrCopy(change: Extract<Change, { readonly kind: "put" }>, place: AbsPath, context: CommitContext): Result<void, Failure> {
  return context.disk.link(change.from, place).ok ? ok(undefined) : copy(change, place, context);
}

function copy({ from, permissions, signature }: Extract<Change, { readonly kind: "put" }>, place: AbsPath, { disk, native }: CommitContext): Result<void, Failure> {
  const made = typeOf(signature) === "link" ? disk.symlink(disk.readLink(from) ?? "", place) : disk.copyFile(from, place, permissions);
  if (!made.ok) return made;
  copyOwner(from, place, native);
  // Changing the owner takes set-user-ID away.
  const restored = typeOf(signature) === "file" && (modeOf(signature) & 0o6000) !== 0 ? disk.setPermissions(place, permissions) : ok(undefined);
  return restored.ok ? disk.setModified(place, mtimeNsOf(signature)) : restored;
}

/** Only root has files of others to give; anybody else's are his own. */
function copyOwner(from: AbsPath, to: AbsPath, native: Native): void {
  const [was, is] = [native.owner(from), native.owner(to)];
  if (typeof was === "number" || typeof is === "number" || was.compare(is, 0, 8, 0, 8) === 0) return;
  native.setOwner(to, was.readUInt32LE(0), was.readUInt32LE(4));
}

/** Where a change of the view is to be found: for who shows it. */
export const inView = (view: View, path: string): AbsPath => absPath(`${upperOf(view)}/${path}`);
