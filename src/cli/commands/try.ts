// `fathom try`: a command in a fresh view, then what it did, then the question what
// is to become of that.

import { createInterface } from "node:readline";
import { isatty } from "node:tty";
import { constants } from "node:os";
import { realClock } from "../../base/clock.ts";
import type { Failure } from "../../base/result.ts";
import { discardView } from "../../view/make.ts";
import { effectsOf } from "../../view/effects.ts";
import type { View } from "../../view/view.ts";
import type { ChildEnd } from "../child.ts";
import { refuse, type Environment, type Printer } from "../render.ts";
import { conflictJson, conflictLines, countText, diffLines, effectLines, factsJson, freshName, outsideText, seenText, type ViewFacts } from "../view-text.ts";
import { countOutputs, fetchOutputs, outputsText } from "../view-outputs.ts";
import { fixedTimeIn } from "../view-fixed.ts";
import { runInView } from "../view-run.ts";
import { commitView, newView, openReady, seen, stale, type Views } from "../views.ts";

export interface TryOptions {
  readonly commit?: true;
  readonly discard?: true;
  readonly keep?: true;
  readonly diff?: true;
  readonly hide?: readonly string[];
  readonly lazyOutputs?: true;
  readonly deterministic?: true;
  readonly json?: true;
}

/** The command succeeded, and what it changed could not be committed. */
export const CONFLICT_EXIT = 4;
const FAILED = 1;

type Fate = "commit" | "discard" | "keep";

export async function tryCommand(command: readonly string[], options: TryOptions, env: Environment, cwd: string, print: Printer): Promise<number> {
  const say = (failure: Failure): number => refuse(print, failure, FAILED, { isJson: options.json === true, where: "stderr" });
  const opened = openReady(env, cwd);
  if (!opened.ok) return say(opened.failure);
  const views = opened.value;
  const made = newView(views, freshName("try", realClock.realtimeNs(), process.pid), { isPinned: false, hides: options.hide ?? [], isLazy: options.lazyOutputs === true, fixedTimeS: options.deterministic === true ? fixedTimeIn(env) : null });
  if (!made.ok) return say(made.failure);
  const view = made.value;
  const ended = await runInView(views, view, command, env, print);
  if (!ended.ok) {
    discardView(view, views.disk, views.folder);
    return say(ended.failure);
  }
  const code = exitCodeOf(ended.value.end);
  const { decision } = ended.value;
  const facts: ViewFacts = { decision, seen: seen(views, view), stale: stale(views, view, decision) };
  const outputs = countOutputs(views, view);
  if (options.diff === true) await fetchOutputs(views, view);
  if (options.json !== true) describe(view, facts, options, views, print);
  if (options.json !== true && outputs !== null) print.note(`fathom: ${outputsText(outputs)}`);
  const fate = await fateOf(options, code, facts, view, views, print);
  const end = await carryOut(fate, view, views);
  if (options.json === true) print.note(JSON.stringify({ view: view.name, exitCode: code, ...factsJson(facts, view.workspace, views.disk), ...(outputs === null ? {} : { outputs }), ...end.json }));
  else for (const line of end.lines) print.note(line);
  return code !== 0 ? code : end.code;
}

/** A shell's: 128 and the number of the signal. */
export const exitCodeOf = (end: ChildEnd): number => (end.kind === "exited" ? end.code : 128 + constants.signals[end.signal]);

function describe(view: View, { decision, seen: looked }: ViewFacts, options: TryOptions, { disk }: Views, print: Printer): void {
  const effects = effectsOf(decision, view.workspace, disk);
  print.note(`fathom: ${countText(effects)}; ${seenText(looked)}`);
  for (const line of effectLines(effects, false)) print.note(line);
  const outside = outsideText(looked, disk);
  if (outside !== null) print.note(`fathom: ${outside}`);
  if (options.diff === true) for (const line of diffLines(decision, view.workspace, disk)) print.note(line);
}

/** Without a word and without a terminal nothing is done that cannot be taken back. */
async function fateOf(options: TryOptions, code: number, { decision }: ViewFacts, view: View, views: Views, print: Printer): Promise<Fate> {
  if (options.commit === true) return code === 0 ? "commit" : "keep";
  if (options.discard === true) return "discard";
  if (options.keep === true) return "keep";
  if (decision.changes.length === 0 && decision.conflicts.length === 0) return "discard";
  if (options.json === true || !isatty(0) || !isatty(2)) return "keep";
  return await askFate(view, views, decision, print);
}

/** Keep, when the terminal is gone or says no more: nothing was decided. */
async function askFate(view: View, views: Views, decision: ViewFacts["decision"], print: Printer): Promise<Fate> {
  const reader = createInterface({ input: process.stdin, output: process.stderr, prompt: "commit, discard, keep, or show the diff? [c/d/k/s] " });
  reader.prompt();
  try {
    for await (const line of reader) {
      const answer = line.trim().toLowerCase();
      if (answer.startsWith("c")) return "commit";
      if (answer.startsWith("d")) return "discard";
      if (answer.startsWith("k")) return "keep";
      if (answer.startsWith("s")) await fetchOutputs(views, view);
      if (answer.startsWith("s")) for (const each of diffLines(decision, views.workspace, views.disk)) print.note(each);
      reader.prompt();
    }
    return "keep";
  } finally {
    reader.close();
  }
}

interface End {
  readonly code: number;
  readonly lines: readonly string[];
  readonly json: object;
}

async function carryOut(fate: Fate, view: View, views: Views): Promise<End> {
  const kept = [`fathom: kept as "${view.name}": fathom view diff|enter|commit|discard ${view.name}`];
  if (fate === "keep") return { code: 0, lines: kept, json: { became: "kept" } };
  if (fate === "commit") {
    const committed = await commitView(views, view, []);
    if (!committed.ok) return { code: FAILED, lines: [`fathom: ${committed.failure.message}`, ...kept], json: { became: "kept", failure: committed.failure } };
    if (committed.value.kind === "conflicts") {
      const { conflicts } = committed.value;
      return { code: CONFLICT_EXIT, lines: ["fathom: not committed, and nothing was touched:", ...conflictLines(conflicts), ...kept], json: { became: "kept", conflicts: conflicts.map(conflictJson) } };
    }
  }
  const gone = discardView(view, views.disk, views.folder);
  if (!gone.ok) return { code: FAILED, lines: [`fathom: ${gone.failure.message}`], json: { became: "kept", failure: gone.failure } };
  return fate === "commit" ? { code: 0, lines: ["fathom: committed; \"fathom undo\" takes it back"], json: { became: "committed" } } : { code: 0, lines: ["fathom: discarded"], json: { became: "discarded" } };
}
