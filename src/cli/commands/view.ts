// `fathom view ...`: views that stay, for an agent or a person to work in, until
// they are committed or thrown away.

import { realClock } from "../../base/clock.ts";
import { toText } from "../../base/path.ts";
import { ok, type Failure, type Result } from "../../base/result.ts";
import { timeText } from "../../explain/text.ts";
import { plural } from "../../explain/words.ts";
import { discardView } from "../../view/make.ts";
import { effectsOf } from "../../view/effects.ts";
import { onlyPaths } from "../../view/decide.ts";
import { rebase } from "../../view/rebase.ts";
import { areIndependent, changedNames } from "../../view/stale.ts";
import { readView, upperOf, viewNamed, viewNames, type View } from "../../view/view.ts";
import { endAs } from "../child.ts";
import { refuse, table, type Environment, type Printer } from "../render.ts";
import { conflictJson, conflictLines, countText, diffLines, effectLines, factsJson, freshName, outsideText, seenText, staleText, type ViewFacts } from "../view-text.ts";
import { beginBase, ensureBase } from "../view-base.ts";
import { bringOutputs, fetchOutputs, standingOutputs } from "../view-outputs.ts";
import { fixedTimeIn } from "../view-fixed.ts";
import { probeView, runInView } from "../view-run.ts";
import { before, commitView, decisionOf, lockView, named, newView, openReady, pathsFrom, seen, stale, upper, type Views, withHistory } from "../views.ts";
import { CONFLICT_EXIT } from "./try.ts";

export interface ViewOptions {
  readonly text?: true;
  readonly json?: true;
}

export interface NewOptions extends ViewOptions {
  readonly hide?: readonly string[];
  readonly lazyOutputs?: true;
  readonly deterministic?: true;
}

const FAILED = 1;
const USAGE_ERROR = 2;
const UNKNOWN: ReadonlySet<string> = new Set(["view-unknown", "view-name-invalid", "view-exists", "path-outside"]);

export interface Asked {
  readonly env: Environment;
  readonly cwd: string;
  readonly print: Printer;
  readonly isJson: boolean;
}

function failed({ print, isJson }: Asked, failure: Failure): number {
  return refuse(print, failure, UNKNOWN.has(failure.code) ? USAGE_ERROR : FAILED, { isJson, where: "stdout" });
}

const open = ({ env, cwd }: Asked): Result<Views, Failure> => openReady(env, cwd);

async function withView(name: string, asked: Asked, act: (views: Views, view: View) => Promise<number>): Promise<number> {
  const views = open(asked);
  const view = views.ok ? named(views.value, name) : views;
  if (!views.ok || !view.ok) return failed(asked, view.ok ? { code: "view-unknown", message: name } : view.failure);
  return act(views.value, view.value);
}

const kindOf = (options: NewOptions, env: Environment): Parameters<typeof newView>[2] =>
  ({ isPinned: true, hides: options.hide ?? [], isLazy: options.lazyOutputs === true, fixedTimeS: options.deterministic === true ? fixedTimeIn(env) : null });

export async function viewNew(name: string | undefined, command: readonly string[], options: NewOptions, asked: Asked): Promise<number> {
  const views = open(asked);
  if (!views.ok) return failed(asked, views.failure);
  const made = newView(views.value, name ?? freshName("view", realClock.realtimeNs(), process.pid), kindOf(options, asked.env));
  if (!made.ok) return failed(asked, made.failure);
  const based = await beginBase(views.value, made.value);
  const mounted = based.ok ? await probeView(views.value, made.value, asked.print) : based;
  if (!mounted.ok) {
    discardView(made.value, views.value.disk, views.value.folder);
    return failed(asked, mounted.failure);
  }
  if (asked.isJson) asked.print.value({ view: made.value.name, workspace: toText(made.value.workspace), tier: mounted.value.tier });
  else asked.print.say(made.value.name);
  return command.length === 0 ? 0 : await enter(views.value, mounted.value, command, asked);
}

async function enter(views: Views, view: View, command: readonly string[], asked: Asked): Promise<number> {
  const ended = await runInView(views, view, command, asked.env, asked.print);
  if (!ended.ok) return failed(asked, ended.failure);
  const { end } = ended.value;
  endAs(end);
  return end.kind === "exited" ? end.code : FAILED;
}

/** Without a command the user's shell. */
export const viewEnter = (name: string, command: readonly string[], asked: Asked): Promise<number> =>
  withView(name, asked, (views, view) => enter(views, view, command.length === 0 ? [asked.env["SHELL"] ?? "/bin/sh"] : command, asked));

export async function viewList(asked: Asked): Promise<number> {
  const views = open(asked);
  if (!views.ok) return failed(asked, views.failure);
  const { disk, folder } = views.value;
  const all = viewNames(disk, folder).flatMap((name): View[] => {
    const path = viewNamed(folder, name);
    const view = path.ok ? readView(disk, path.value, name) : path;
    if (!view.ok) asked.print.failure(view.failure);
    return view.ok ? [view.value] : [];
  });
  const rows = [];
  const sides = new Map(all.map((view) => [view.name, { changed: new Set([...changedNames(upper(views.value, view)), ...standingOutputs(views.value, view).map(({ path }) => path)]), seen: seen(views.value, view) }]));
  for (const view of all) {
    const mine = sides.get(view.name);
    const decision = await decisionOf(views.value, view);
    const meets = all.filter(({ name }) => {
      const theirs = sides.get(name);
      return name !== view.name && mine !== undefined && theirs !== undefined && !areIndependent(mine, theirs);
    }).map(({ name }) => name);
    rows.push({ view, effects: effectsOf(decision, view.workspace, disk), meets, stale: stale(views.value, view, decision) });
  }
  if (asked.isJson) {
    asked.print.value(rows.map(({ view, effects, meets, stale: old }) => ({ view: view.name, created: new Date(Number(view.createdNs / 1_000_000n)).toISOString(), tier: view.tier, changes: effects.length, conflicts: effects.filter(({ kind }) => kind === "conflict").length, stale: old.length, dependsOn: meets })));
  } else if (rows.length === 0) asked.print.say("There are no views of this workspace");
  else {
    const texts = rows.map(({ effects, meets, stale: old }) =>
      `${countText(effects)}${meets.length === 0 ? "" : `; not independent of ${meets.join(", ")}`}${old.length > 0 ? `; built on ${plural(old.length, "file", "files")} that changed since` : ""}`);
    const widest = Math.max(...texts.map((text) => text.length));
    for (const line of table(rows.map(({ view }, index) => [view.name, timeText(view.createdNs), (texts[index] ?? "").padEnd(widest)]))) asked.print.say(line);
  }
  return 0;
}

async function factsOf(views: Views, view: View): Promise<ViewFacts> {
  const decision = await decisionOf(views, view);
  return { decision, seen: seen(views, view), stale: stale(views, view, decision) };
}

export const viewDiff = (name: string, texts: readonly string[], options: ViewOptions, asked: Asked): Promise<number> => withView(name, asked, async (views, view) => {
  const paths = pathsFrom(views, texts);
  if (!paths.ok) return failed(asked, paths.failure);
  const all = await factsOf(views, view);
  const facts = { ...all, decision: onlyPaths(all.decision, paths.value) };
  if (asked.isJson) asked.print.value({ view: name, ...factsJson(facts, view.workspace, views.disk) });
  else if (options.text === true) {
    await fetchOutputs(views, view);
    for (const line of diffLines(facts.decision, view.workspace, views.disk)) asked.print.say(line);
  } else {
    const effects = effectsOf(facts.decision, view.workspace, views.disk);
    asked.print.say(`${countText(effects)}; ${seenText(facts.seen)}`);
    for (const line of effectLines(effects, true)) asked.print.say(line);
    for (const text of [outsideText(facts.seen, views.disk), staleText(facts.stale)]) if (text !== null) asked.print.note(`fathom: ${text}`);
  }
  return 0;
});

export const viewCommit = (name: string, texts: readonly string[], asked: Asked): Promise<number> => withView(name, asked, async (views, view) => {
  const paths = pathsFrom(views, texts);
  if (!paths.ok) return failed(asked, paths.failure);
  const all = await factsOf(views, view);
  const facts = { ...all, decision: onlyPaths(all.decision, paths.value) };
  const effects = effectsOf(facts.decision, view.workspace, views.disk);
  const json = factsJson(facts, view.workspace, views.disk);
  const committed = await commitView(views, view, paths.value);
  if (!committed.ok) return failed(asked, committed.failure);
  const { kind } = committed.value;
  if (asked.isJson) asked.print.value({ view: name, committed: kind === "committed", ...json, ...(kind === "conflicts" ? { conflicts: committed.value.conflicts.map(conflictJson) } : {}) });
  else if (kind === "conflicts") {
    asked.print.note(`fathom: Cannot commit "${name}", and nothing was touched:`);
    for (const line of conflictLines(committed.value.conflicts)) asked.print.note(line);
    asked.print.note(`  Commit the rest by name ("fathom view commit ${name} <path>"), or change the view and try again`);
  } else {
    asked.print.say(`Committed: ${countText(effects)}`);
    const text = staleText(facts.stale);
    if (text !== null) asked.print.note(`fathom: ${text}`);
  }
  return kind === "conflicts" ? CONFLICT_EXIT : 0;
});

export const viewRebase = (name: string, asked: Asked): Promise<number> => withView(name, asked, async (views, view) => {
  const lock = lockView(views, view);
  if (!lock.ok) return failed(asked, lock.failure);
  const brought = await bringOutputs(views, view);
  const decision = await decisionOf(views, view);
  const done = !brought.ok ? brought : withHistory(views, () => (decision.conflicts.length > 0 ? ok(undefined) : rebase(view, decision, before(views, view), views.disk)));
  const based = done.ok && decision.conflicts.length === 0 ? await ensureBase(views, view) : done;
  lock.value.release();
  if (!based.ok) return failed(asked, based.failure);
  const merged = decision.changes.filter((change) => change.kind === "put" && change.merged !== null).length;
  if (asked.isJson) asked.print.value({ view: name, rebased: decision.conflicts.length === 0, merged, conflicts: decision.conflicts.map(conflictJson) });
  else if (decision.conflicts.length === 0) asked.print.say(`The view stands on the workspace as it is now; ${String(merged)} merged`);
  else {
    asked.print.note(`fathom: Cannot rebase "${name}", and nothing was touched:`);
    for (const line of conflictLines(decision.conflicts)) asked.print.note(line);
  }
  return decision.conflicts.length === 0 ? 0 : CONFLICT_EXIT;
});

/** Also one that cannot be read. */
export function viewDiscard(name: string, asked: Asked): number {
  const views = open(asked);
  const known = views.ok ? named(views.value, name) : views;
  if (!views.ok || (!known.ok && known.failure.code !== "view-damaged")) return failed(asked, known.ok ? { code: "view-unknown", message: name } : known.failure);
  const folder = viewNamed(views.value.folder, name);
  if (!folder.ok) return failed(asked, folder.failure);
  const lock = known.ok ? lockView(views.value, known.value) : ok(null);
  if (!lock.ok) return failed(asked, lock.failure);
  const gone = discardView({ name, folder: folder.value }, views.value.disk, views.value.folder);
  lock.value?.release();
  if (!gone.ok) return failed(asked, gone.failure);
  if (asked.isJson) asked.print.value({ view: name, discarded: true });
  return 0;
}

/** Where what was changed in it is, as an overlay keeps it. */
export const viewPath = (name: string, asked: Asked): Promise<number> => withView(name, asked, (_, view) => {
  const path = toText(upperOf(view));
  if (asked.isJson) asked.print.value({ view: name, path });
  else asked.print.say(path);
  return Promise.resolve(0);
});
