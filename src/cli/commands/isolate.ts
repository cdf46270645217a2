// `fathom exec --isolate`: a command works on the workspace as it is now, in a view,
// and what it makes appears there at once when it has succeeded, or not at all. Had
// somebody changed meanwhile what it looked at, it may have seen half of that: then
// nothing appears either.

import { realClock } from "../../base/clock.ts";
import type { Disk } from "../../base/disk.ts";
import { absPath, toText } from "../../base/path.ts";
import type { Failure } from "../../base/result.ts";
import { typeOf } from "../../base/signature.ts";
import { plural } from "../../explain/words.ts";
import { changedSinceBase } from "../../view/base.ts";
import { discardView } from "../../view/make.ts";
import type { Seen } from "../../view/seen.ts";
import { keptOf, type View } from "../../view/view.ts";
import { refuse, type Environment, type Printer } from "../render.ts";
import { conflictJson, conflictLines, freshName } from "../view-text.ts";
import { runInView, type RanInView } from "../view-run.ts";
import { commitView, newView, openReady, seen, stale, type Views } from "../views.ts";
import { CONFLICT_EXIT, exitCodeOf } from "./try.ts";

export interface IsolateOptions {
  readonly json?: true;
  readonly quiet?: true;
}

const FAILED = 1;

/** Names in one sentence. */
const NAMES_MAX = 5;
const namesText = (paths: readonly string[]): string => `${paths.slice(0, NAMES_MAX).map((path) => `"${toText(path)}"`).join(", ")}${paths.length > NAMES_MAX ? ` and ${String(paths.length - NAMES_MAX)} more` : ""}`;

type Outcome =
  | { readonly kind: "published"; readonly changes: number }
  | { readonly kind: "discarded" }
  /** `lines`: why. */
  | { readonly kind: "kept"; readonly lines: readonly string[]; readonly json: object };

export async function isolate(command: readonly string[], options: IsolateOptions, env: Environment, cwd: string, print: Printer): Promise<number> {
  const say = (failure: Failure): number => refuse(print, failure, FAILED, { isJson: options.json === true, where: "stderr" });
  const opened = openReady(env, cwd);
  if (!opened.ok) return say(opened.failure);
  const views = opened.value;
  const made = newView(views, freshName("isolate", realClock.realtimeNs(), process.pid), { isPinned: true, hides: [], isLazy: false, fixedTimeS: null });
  if (!made.ok) return say(made.failure);
  const ran = await runInView(views, made.value, command, env, print);
  if (!ran.ok) {
    discardView(made.value, views.disk, views.folder);
    return say(ran.failure);
  }
  const code = exitCodeOf(ran.value.end);
  const outcome = code === 0 ? await publish(views, made.value, ran.value) : ({ kind: "discarded" } as const);
  if (outcome.kind !== "kept") discardView(made.value, views.disk, views.folder);
  if (options.json === true) print.note(JSON.stringify({ exitCode: code, became: outcome.kind, ...(outcome.kind === "kept" ? { view: made.value.name, ...outcome.json } : {}) }));
  else if (outcome.kind === "kept") for (const line of outcome.lines) print.note(line);
  else if (options.quiet !== true) print.note(`fathom: ${outcome.kind === "published" ? `${plural(outcome.changes, "change", "changes")} published; "fathom undo" takes it back` : "nothing published: the command failed"}`);
  return outcome.kind === "kept" ? CONFLICT_EXIT : code;
}

/** What is "kept" can be looked at, and committed all the same. */
async function publish(views: Views, view: View, { changedMeanwhile: changed, decision }: RanInView): Promise<Outcome> {
  const kept = `  Kept as "${view.name}": fathom view diff|commit|discard ${view.name}`;
  if (changed === null) return { kind: "kept", lines: ["fathom: not published: what the command may have seen half of is not known", kept], json: { changedMeanwhile: null } };
  const doubtful = doubts(views.disk, view, changed, seen(views, view));
  if (doubtful.length > 0) {
    return { kind: "kept", lines: [`fathom: not published: the command may have seen half of what changed in the workspace meanwhile: ${namesText(doubtful)}`, kept], json: { changedMeanwhile: doubtful.map(toText) } };
  }
  // Though the command saw nothing of it: what it made would look newer than what it was made of.
  const since = changedSinceBase(view, views.disk);
  const old = stale(views, view, decision).map(({ path }) => path);
  const built = !since.ok || seen(views, view).isWhole ? old : [...new Set([...old, ...since.value])];
  if (!since.ok || built.length > 0) return { kind: "kept", lines: [`fathom: not published: it was made of what has changed in the workspace since${built.length > 0 ? `: ${namesText(built)}` : ""}`, kept], json: { stale: built.map(toText) } };
  const committed = await commitView(views, view, []);
  if (!committed.ok) return { kind: "kept", lines: [`fathom: ${committed.failure.message}`, kept], json: { failure: committed.failure } };
  if (committed.value.kind === "committed") return { kind: "published", changes: committed.value.changes };
  const { conflicts } = committed.value;
  return { kind: "kept", lines: ["fathom: not published, and nothing was touched:", ...conflictLines(conflicts), kept], json: { conflicts: conflicts.map(conflictJson) } };
}

/** Who listed a directory is not known, so a name that came or went is a doubt; another content is one for who read it. */
function doubts(disk: Disk, view: View, changed: readonly string[], { isWhole, reads }: Pick<Seen, "isWhole" | "reads">): readonly string[] {
  const read = new Set(reads);
  return changed.filter((path) => {
    const [is, was] = disk.signatures([absPath(`${view.workspace}/${path}`), absPath(`${keptOf(view)}/${path}`)]);
    const isContent = [is, was].every((state) => state !== undefined && state !== null && state !== "error" && typeOf(state) === "file");
    return !isContent || !isWhole || read.has(path);
  });
}
