// Outputs of the cache in a view without their bytes, as the commands have them: served
// while a command runs there, brought when they are committed or nothing can serve them.

import { spawn, type ChildProcess } from "node:child_process";
import { getSystemErrorName } from "node:util";
import { namesIn } from "../base/disk.ts";
import { withForeignDescriptor } from "../base/foreign-descriptor.ts";
import { isDigest } from "../base/digest.ts";
import { toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { plural } from "../explain/words.ts";
import { bring, standing } from "../view/bring.ts";
import { Contents, storeSource } from "../view/fuse/content.ts";
import { dropHollow, layHollow } from "../view/hollow.ts";
import { fetchedOf, laidIn, laidOf, OUTPUTS, servedOf, type Laid } from "../view/outputs.ts";
import { Upper } from "../view/upper.ts";
import { upperOf, type View } from "../view/view.ts";
import { outputsServer, packageRoot } from "./places.ts";
import type { Environment } from "./render.ts";
import type { Views } from "./views.ts";

/** Before the view is mounted. Gives what its command has in its environment. */
export function prepareOutputs({ disk }: Views, view: View): Result<Environment, Failure> {
  if (!view.isLazy) return ok({});
  const made = disk.makeDirectory(servedOf(view), 0o755);
  if (!made.ok && made.failure.code !== "eexist") return made;
  const list = disk.createFile(laidOf(view), Buffer.alloc(0), 0o600);
  return list.ok || list.failure.code === "eexist" ? ok({ [OUTPUTS]: toText(view.folder) }) : list;
}

/** Nothing is served or laid there any more. */
export const settleOutputs = (view: View): void => { dropHollow(view); };

/** The process that mounts the view has opened what the kernel speaks through; it is `device` there. Ends with us. */
export function serveOutputs({ native, store }: Views, view: View, mounting: number, device: number): Result<ChildProcess, Failure> {
  return withForeignDescriptor(native, mounting, device, (taken) => {
    if (taken < 0) return fail({ code: "outputs-not-served", message: `Cannot serve outputs in the view "${view.name}": the system does not hand over what the kernel speaks through (${getSystemErrorName(taken)})` });
    return ok(spawn(process.execPath, [outputsServer(packageRoot()), toText(view.folder), toText(store.root)], { stdio: ["pipe", "ignore", "inherit", taken], detached: true }));
  });
}

const contentsOf = ({ store, disk }: Views, view: View): Contents => new Contents(view, storeSource(store, disk), disk, String(process.pid));
const upperIn = ({ disk, native }: Views, view: View): Upper => new Upper(upperOf(view), disk, native);

/** They become changes of the view like any other. Nobody is in it. */
export function bringOutputs(views: Views, view: View): Promise<Result<void, Failure>> {
  if (!views.disk.isThere(laidOf(view))) return Promise.resolve(ok(undefined));
  return bring(view, { ...views, upper: upperIn(views, view), contents: contentsOf(views, view) });
}

/** Before calls are led into the view: the supervisor asks for the bytes when somebody opens one. */
export const layOutputs = (views: Views, view: View): Result<void, Failure> => layHollow(view, standingOutputs(views, view), views);

/** Of an output by its path in the view: the file that has its content. */
export function outputSource(views: Views, view: View): (path: string) => Promise<Result<AbsPath, Failure>> {
  const [contents, files] = [contentsOf(views, view), new Map(standingOutputs(views, view).map((file) => [file.path, file]))];
  return (path) => {
    const file = files.get(path);
    if (file !== undefined) return contents.of(file);
    return Promise.resolve(fail({ code: "output-lost", message: `Cannot give the content of "${toText(path)}": it was not replayed from the cache` }));
  };
}

/** Those that are still to be seen in it. */
export const standingOutputs = (views: Views, view: View): readonly Laid[] => standing(view, { disk: views.disk, upper: upperIn(views, view) });

/** Of all that were replayed in it without their bytes, whatever became of them. */
export const laidPaths = ({ disk }: Views, view: View): ReadonlySet<string> => new Set(laidIn(view, disk).map(({ path }) => path));

/** So that they can be shown. What cannot be had is not shown. */
export async function fetchOutputs(views: Views, view: View): Promise<void> {
  const contents = contentsOf(views, view);
  for (const file of standingOutputs(views, view)) await contents.of(file);
}

export interface OutputCounts {
  /** Replayed in the view without their bytes. */
  readonly laid: number;
  /** Contents of which somebody wanted the bytes. */
  readonly fetched: number;
}

/** Null: it is no view for that. */
export function countOutputs({ disk }: Views, view: View): OutputCounts | null {
  if (!view.isLazy) return null;
  return { laid: laidIn(view, disk).length, fetched: [...namesIn(disk.list(fetchedOf(view)) ?? "")].filter(({ name }) => isDigest(name)).length };
}

export const outputsText = ({ laid, fetched }: OutputCounts): string => `${plural(laid, "output", "outputs")} replayed without bytes; ${String(fetched)} fetched when opened`;
