// `fathom undo`: takes commits of views back, the last one first.

import { toText } from "../../base/path.ts";
import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { timeText } from "../../explain/text.ts";
import { plural } from "../../explain/words.ts";
import { noCommit, type Commit } from "../../view/history.ts";
import { refuse, table, type Environment, type Printer } from "../render.ts";
import { openViews, withHistory, type Views } from "../views.ts";
import { CONFLICT_EXIT } from "./try.ts";

export interface UndoOptions {
  readonly list?: true;
  readonly json?: true;
}

const FAILED = 1;
const USAGE_ERROR = 2;
const COUNT = /^[1-9]\d{0,3}$/;
const NAMES_MAX = 20;

export function undo(countText: string | undefined, options: UndoOptions, env: Environment, cwd: string, print: Printer): number {
  const say = (failure: Failure, code: number): number => refuse(print, failure, code, { isJson: options.json === true, where: "stdout" });
  const count = countText === undefined ? 1 : COUNT.test(countText) ? Number(countText) : 0;
  if (count === 0) return say({ code: "undo-count-invalid", message: `Cannot undo "${countText ?? ""}" commits: expected a whole number from 1`, advice: "fathom undo --list shows them" }, USAGE_ERROR);
  const opened = openViews(env, cwd);
  if (!opened.ok) return say(opened.failure, FAILED);
  const views = opened.value;
  if (!views.disk.isThere(views.history.folder)) return options.list === true ? list([], options, print) : say(noCommit(views.workspace).failure, FAILED);
  if (options.list === true) {
    const found = withHistory(views, () => ok(views.history.commits()));
    return found.ok ? list(found.value, options, print) : say(found.failure, FAILED);
  }
  const undone = withHistory(views, () => undoLast(count, views));
  if (!undone.ok) return say(undone.failure, undone.failure.code === "undo-conflict" ? CONFLICT_EXIT : FAILED);
  if (options.json === true) print.value({ undone: undone.value.map(commitJson) });
  else for (const { plan } of undone.value) print.say(`Undone: the commit of "${plan.view}" of ${timeText(plan.atNs)} (${plural(plan.steps.length, "change", "changes")})`);
  return 0;
}

/** Each whole or not at all; ends at the first that is in the way. */
function undoLast(count: number, views: Views): Result<readonly Commit[], Failure> {
  const kept = views.history.commits().filter(({ state }) => state === "done").slice(0, count);
  if (kept.length === 0) return noCommit(views.workspace);
  for (const [index, each] of kept.entries()) {
    const changed = views.history.undo(each);
    if (!changed.ok) return changed;
    if (changed.value.length > 0) return fail(inTheWay(each, changed.value, index));
  }
  return ok(kept);
}

function inTheWay({ plan }: Commit, changed: readonly string[], before: number): Failure {
  const names = changed.slice(0, NAMES_MAX).map((path) => `"${toText(path)}"`).join(", ");
  const done = before === 0 ? "Nothing was touched" : `${plural(before, "newer one was", "newer ones were")} undone`;
  return { code: "undo-conflict", message: `Cannot undo the commit of "${plan.view}" of ${timeText(plan.atNs)}: changed since: ${names}${changed.length > NAMES_MAX ? ` and ${String(changed.length - NAMES_MAX)} more` : ""}. ${done}`,
    advice: "What it replaced is below .fathom/undo; put those files back as the commit left them, or take what you need from there" };
}

function commitJson({ id, plan, state }: Commit): object {
  return { id, view: plan.view, at: new Date(Number(plan.atNs / 1_000_000n)).toISOString(), state, changes: plan.steps.map(({ kind, path }) => ({ kind, path: toText(path) })) };
}

function list(commits: readonly Commit[], options: UndoOptions, print: Printer): number {
  if (options.json === true) print.value({ commits: commits.map(commitJson) });
  else if (commits.length === 0) print.say("No commit of a view is kept here");
  else for (const line of table([["when", "changes", "state", "view"], ...commits.map(({ plan, state }) => [timeText(plan.atNs), String(plan.steps.length), state === "done" ? "in place" : "undone", plan.view])])) print.say(line);
  return 0;
}
