// Views as the commands have them: where they are, and what is asked of them. Every
// way in begins by finishing what a crash left of a commit.

import { realClock } from "../base/clock.ts";
import type { Lock } from "../base/durable.ts";
import { takeLock } from "../base/durable.ts";
import type { Disk } from "../base/disk.ts";
import { native, type Native } from "../base/native.ts";
import { absPath, fromText, join, toText, type AbsPath } from "../base/path.ts";
import { realDisk } from "../base/real-disk.ts";
import { realNameOf } from "../base/real-name.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { workspaceOf } from "../explain/runs.ts";
import { Before } from "../view/before.ts";
import { commit, type Committed } from "../view/commit.ts";
import { decide, onlyPaths, type Decision } from "../view/decide.ts";
import { Hidden } from "../view/hide.ts";
import { History } from "../view/history.ts";
import { foreignName, makeView, obstacle, spendView, type ViewKind } from "../view/make.ts";
import { contentPath } from "../view/outputs.ts";
import { readSeen, type Seen } from "../view/seen.ts";
import { staleReads, type Stale } from "../view/stale.ts";
import { Upper } from "../view/upper.ts";
import { begunNs, lockOf, readView, relativePath, upperOf, viewNamed, viewNames, viewsFolder, type View } from "../view/view.ts";
import type { Store } from "../store/store.ts";
import { perhaps } from "../workspace/nearest.ts";
import { ignoreState, stateFolder } from "../workspace/state-folder.ts";
import { ensureBase } from "./view-base.ts";
import { bringOutputs, laidPaths, standingOutputs } from "./view-outputs.ts";
import type { Environment } from "./render.ts";
import { openUserStore } from "./user-store.ts";

export interface Views {
  readonly workspace: AbsPath;
  readonly cwd: AbsPath;
  readonly folder: AbsPath;
  readonly disk: Disk;
  readonly native: Native;
  readonly history: History;
  readonly store: Store;
}

export function openViews(env: Environment, cwdText: string): Result<Views, Failure> {
  const disk = realDisk(realClock);
  const addon = native();
  if (!addon.ok) return fail({ ...addon.failure, message: `Cannot make views: ${addon.failure.message}`, advice: "npm rebuild, or in a clone npm run build" });
  const cwd = cwdText === "/" ? absPath("/") : realNameOf(disk, fromText(cwdText));
  const home = env["HOME"]?.startsWith("/") === true ? realNameOf(disk, fromText(env["HOME"])) : null;
  if (cwd === null) return fail({ code: "no-folder", message: `Cannot make views of "${cwdText}": it is gone`, advice: "Go to the folder of a project" });
  const workspace = workspaceOf(cwd, home ?? "", disk);
  // Made where there is none: what is kept beside the records of a store does not make a store.
  const store = openUserStore(env);
  if (!store.ok) return store;
  const folder = viewsFolder(workspace, realNameOf(disk, store.value.root) ?? store.value.root);
  if (!folder.ok) return folder;
  const history = new History({ workspace, disk, native: addon.value, spend: (name) => spend(folder.value, name, disk, addon.value) });
  return ok({ workspace, cwd, folder: folder.value, disk, native: addon.value, history, store: store.value });
}

/** A view that is gone has nothing left over. */
function spend(views: AbsPath, name: string, disk: Disk, addon: Native): Result<void, Failure> {
  const folder = viewNamed(views, name);
  const view = folder.ok ? readView(disk, folder.value, name) : folder;
  return view.ok ? spendView(view.value, { disk, native: addon }) : ok(undefined);
}

export function named(views: Views, name: string): Result<View, Failure> {
  const folder = viewNamed(views.folder, name);
  if (!folder.ok) return folder;
  if (views.disk.isThere(folder.value)) return readView(views.disk, folder.value, name);
  const known = viewNames(views.disk, views.folder);
  return fail({ code: "view-unknown", message: `Cannot find a view "${name}" of "${toText(views.workspace)}"`, advice: perhaps(name, known, known.length === 0 ? "\"fathom view new\" makes one" : "\"fathom view list\" shows them") });
}

/** `isPinned`: it stays, and goes on to stand on what the workspace is now. */
export function newView(views: Views, name: string, kind: Omit<ViewKind, "tier">): Result<View, Failure> {
  const found = obstacle(views.workspace, views.disk);
  if (found !== null) return fail(found);
  // Before the view begins: afterwards it would be a change of the root. A folder without a mark of a project stays as it is until there is a commit.
  const isProject = [join(views.workspace, ".git"), stateFolder(views.workspace)].some((mark) => views.disk.isThere(mark));
  const prepared = isProject ? prepareState(views) : ok(undefined);
  return prepared.ok ? makeView(views.folder, name, views.workspace, { tier: "user", ...kind }, { ...views, clock: realClock }) : prepared;
}

/** Held while somebody is in it, and while it is committed. */
export const lockView = ({ disk, native: addon }: Views, view: View): Result<Lock, Failure> =>
  takeLock(disk, addon, lockOf(view), { code: "view-busy", message: `Cannot use the view "${view.name}": a command is running in it, or it is being committed`, advice: "Wait until that has ended" });

/** In a mount of an ordinary user nobody else is known. Null: nothing to say. */
export function foreignText({ workspace, disk, native: addon }: Views, { tier }: View): string | null {
  const found = tier === "copy" ? null : foreignName(workspace, process.getuid?.() ?? 0, process.getgid?.() ?? 0, { disk, native: addon });
  return found === null ? null : `"${toText(found)}" belongs to another user or group: a view of yours shows it and cannot change it (EOVERFLOW)`;
}

export const upper = ({ disk, native: addon }: Views, view: View): Upper => new Upper(upperOf(view), disk, addon);
export const before = ({ disk }: Views, view: View): Before => new Before(view, disk);

/** What the view and the workspace come to, now. */
export async function decisionOf(views: Views, view: View): Promise<Decision> {
  const { mergedText } = await import("../view/lines.ts");
  return decide({ upper: upper(views, view), before: before(views, view), hidden: new Hidden(view, views.disk), laid: standingOutputs(views, view).map((file) => ({ file, from: contentPath(view, file.digest) })), wasLaid: laidPaths(views, view), workspace: view.workspace, disk: views.disk, merge: mergedText });
}

/** After a command: what the files were that it has changed. */
export function remember(views: Views, view: View, { touched, absent }: Decision): Result<void, Failure> {
  return before(views, view).remember(touched, absent, view.workspace);
}

export function seen({ disk }: Views, view: View): Seen {
  return readSeen(disk, view);
}

export function stale(views: Views, view: View, decision: Decision): readonly Stale[] {
  const own = new Set([...decision.touched, ...decision.changes.map(({ path }) => path)]);
  const sinceNs = begunNs(views.disk, view) ?? 0n;
  return staleReads(seen(views, view), own, { disk: views.disk, workspace: view.workspace, before: before(views, view), commits: views.history.commits(), sinceNs });
}

/** Where commits are kept, with a note that git is to leave it alone. */
function prepareState({ disk, history, workspace }: Views): Result<void, Failure> {
  const made = disk.ensureDirectory(history.folder);
  return made.ok ? ignoreState(disk, stateFolder(workspace)) : made;
}

/** What a crash left of an earlier commit is finished first. With the history's lock while `act` runs. */
export function withHistory<T>(views: Views, act: () => Result<T, Failure>): Result<T, Failure> {
  const prepared = prepareState(views);
  const lock = prepared.ok ? views.history.lock() : prepared;
  if (!lock.ok) return lock;
  try {
    const finished = views.history.recover();
    return finished.ok ? act() : finished;
  } finally {
    lock.value.release();
  }
}

/** With what a crash left finished, where there is anything. */
export function openReady(env: Environment, cwdText: string): Result<Views, Failure> {
  const views = openViews(env, cwdText);
  if (!views.ok || !views.value.disk.isThere(views.value.history.folder)) return views;
  const finished = withHistory(views.value, () => ok(undefined));
  return finished.ok ? views : finished;
}

export async function commitView(views: Views, view: View, paths: readonly string[]): Promise<Result<Committed, Failure>> {
  const { mergedText } = await import("../view/lines.ts");
  const lock = lockView(views, view);
  if (!lock.ok) return lock;
  const wasLaid = laidPaths(views, view);
  const brought = await bringOutputs(views, view);
  const result = !brought.ok ? brought : withHistory(views, () => {
    const all = decide({ upper: upper(views, view), before: before(views, view), hidden: new Hidden(view, views.disk), laid: [], wasLaid, workspace: view.workspace, disk: views.disk, merge: mergedText });
    const decision = onlyPaths(all, paths);
    return commit(view, decision, paths.length === 0, { ...views, clock: realClock });
  });
  // All of it is in the workspace, on which it stands anew.
  const based = result.ok && result.value.kind === "committed" && paths.length === 0 ? await ensureBase(views, view) : ok(undefined);
  lock.value.release();
  return based.ok ? result : based;
}

/** From where the user stands, as names from the workspace's root. */
export function pathsFrom({ cwd, workspace }: Views, texts: readonly string[]): Result<readonly string[], Failure> {
  const paths: string[] = [];
  for (const text of texts) {
    const path = clean(text.startsWith("/") ? fromText(text) : join(cwd, fromText(text)));
    const relative = path === null ? null : relativePath(workspace, path);
    if (relative === null) return fail({ code: "path-outside", message: `Cannot commit "${text}": it is not in "${toText(workspace)}"`, advice: "Name files or folders of the workspace" });
    paths.push(relative);
  }
  return ok(paths);
}

function clean(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.length === 0 ? null : `/${parts.join("/")}`;
}
