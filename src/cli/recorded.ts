// The recorded runs of the place where somebody stands, and what answers need beside them.

import { realClock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { fromText, join, nameOf, parentOf, toText, type AbsPath } from "../base/path.ts";
import { realDisk } from "../base/real-disk.ts";
import { realNameOf } from "../base/real-name.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { Records } from "../cache/records.ts";
import { Roots } from "../cache/roots.ts";
import type { Ground } from "../explain/ground.ts";
import { Runs, runsFolder, workspaceOf } from "../explain/runs.ts";
import type { Environment } from "./render.ts";
import { openUserStore, userStoreFolder } from "./user-store.ts";

export interface Recorded {
  readonly workspace: AbsPath;
  readonly cwd: AbsPath;
  readonly runs: Runs;
  readonly ground: Ground;
}

/** Null: nothing is there. */
const rootFrom = (text: string | undefined, disk: Disk): AbsPath | null => (text?.startsWith("/") === true ? realNameOf(disk, fromText(text)) : null);

/** Failure: "no-runs", with where they were looked for. */
export function recorded(env: Environment, cwdText: string): Result<Recorded, Failure> {
  const place = recordedPlace(env, cwdText);
  if (!place.ok || place.value.runs.ids.length > 0) return place;
  const { runs: { folder }, workspace } = place.value;
  const disk = realDisk(realClock);
  return fail(noRuns(folder, workspace, disk.list(folder) !== null && !disk.isWritable(folder)));
}

/** The same where none may be recorded yet. */
export function recordedPlace(env: Environment, cwdText: string): Result<Recorded, Failure> {
  const disk = realDisk(realClock);
  const cwd = rootFrom(cwdText, disk);
  if (cwd === null) return fail({ code: "no-runs", message: `Cannot look for recorded runs from "${cwdText}": it is no folder with a name`, advice: "Go to the folder in which Fathom ran" });
  const home = rootFrom(env["HOME"], disk);
  const workspace = workspaceOf(cwd, home ?? "", disk);
  const store = userStoreFolder(env);
  if (!store.ok) return store;
  const folder = runsFolder(workspace, store.value, disk);
  const runs = new Runs(folder, disk);
  const roots = new Roots(workspace, home, rootFrom(env["TMPDIR"] ?? "/tmp", disk));
  const opened = openUserStore(env);
  const records = opened.ok ? new Records(opened.value) : { entry: () => null, set: () => null };
  return ok({ workspace, cwd, runs, ground: { before: (id) => runs.before(id), newest: runs.ids[0] ?? null, records, roots, isSamePlace: placesIn(disk, roots), contentNow: contentIn(disk, roots) } });
}

function contentIn(disk: Disk, roots: Roots): Ground["contentNow"] {
  return (tokens) => {
    const paths = tokens.map((token) => roots.locate(token));
    const hashed = disk.hashFiles(paths.flatMap((path) => (path === null ? [] : [path])));
    let at = 0;
    return paths.map((path) => (path === null ? null : hashed[at++]?.digest ?? null));
  };
}

function placesIn(disk: Disk, roots: Roots): (one: string, other: string) => boolean {
  const placeOf = (token: string): AbsPath | null => {
    const path = roots.locate(token);
    if (path === null) return null;
    const above = realNameOf(disk, parentOf(path));
    return realNameOf(disk, path) ?? (above === null ? null : join(above, nameOf(path)));
  };
  return (one, other) => {
    const place = placeOf(one);
    return place !== null && place === placeOf(other);
  };
}

function noRuns(folder: AbsPath, workspace: AbsPath, isReadOnly: boolean): Failure {
  const found = isReadOnly ? `none is recorded, and "${toText(folder)}" cannot be written` : `none is recorded in "${toText(folder)}"`;
  return { code: "no-runs", message: `Cannot say anything about runs in "${toText(workspace)}": ${found}`, advice: "Run something first, for instance: fathom -- make. A run in which no step takes 10 ms is recorded if it fails, or with --force: fathom exec --force -- make" };
}

/** By its whole name, or any part of it that no other run has. Null: the newest. */
export const runNamed = (name: string | undefined, { runs }: Recorded): Result<string | null, Failure> => (name === undefined ? ok(null) : idNamed(name, runs.ids));

/** `ids`: newest first. */
export function idNamed(name: string, ids: readonly string[]): Result<string, Failure> {
  const meant = ids.includes(name) ? [name] : ids.filter((id) => id.includes(name));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return ok(only);
  const message = meant.length > 1 ? `Cannot tell which run "${name}" is: ${String(meant.length)} have that in their name` : `Cannot find a run "${name}"`;
  return fail({ code: "run-unknown", message, advice: `"fathom runs" lists them; the newest is "${ids[0] ?? ""}"` });
}
