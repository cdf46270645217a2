// Whether a run gets a view of its tasks, by what is known of the terminal.

import { isatty } from "node:tty";
import { realClock } from "../base/clock.ts";
import { readText } from "../base/scratch.ts";
import type { HeldLog } from "./held-log.ts";
import type { Environment } from "./render.ts";
import type { RunOptions } from "./run-plan.ts";
import { isInFront, whyNoView, type Onlooker } from "./view-choice.ts";
import type { TaskView } from "./task-view.ts";

function onlooker(env: Environment): Onlooker {
  const [isInputTerminal, isOutputTerminal] = [isatty(0), isatty(1)];
  // Node looks closer at a terminal when its stream is asked for: not where nobody will need it.
  const [columns, rows] = isInputTerminal && isOutputTerminal ? process.stdout.getWindowSize() : [0, 0];
  return { env, isInputTerminal, isOutputTerminal, columns, rows, isInFront: isInputTerminal && isInFront(readText("/proc/self/stat")) };
}

/** Null: tasks are shown in lines; who asked for a view is told why. */
export async function viewFor({ tui, json, watch }: Pick<RunOptions, "tui" | "json" | "watch">, env: Environment, log: HeldLog): Promise<TaskView | null> {
  if (tui === false) return null;
  const why = json === true ? "--json is for programs" : whyNoView(onlooker(env));
  if (why !== null) {
    if (tui === true) log.printer.note(`fathom: there is no view of the tasks: ${why}`);
    return null;
  }
  const { TaskView: Opened } = await import("./task-view.ts");
  return new Opened({ log, clock: realClock, isWatching: watch === true });
}
