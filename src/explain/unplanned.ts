// Why the next `fathom run` of the same tasks starts Node even if nothing changes: the
// run left no plan of the whole (src/run/whole.ts), and said what was in the way.

import { toText } from "../base/path.ts";
import { doubtText } from "./doubt-text.ts";
import { outcomeOf } from "./outcome.ts";
import type { Trace, TracedProcess, UnplannedTask } from "./trace.ts";

export interface UnplannedReason {
  /** Stable; docs/reference/cli.md has the list. */
  readonly code: string;
  readonly task: string | null;
  /** Half a sentence. */
  readonly text: string;
}

/** `process`: the program that started the tasks. */
export function unplannedReasons(process: TracedProcess, trace: Trace): readonly UnplannedReason[] {
  return process.unplanned.map((reason) => {
    const task = reason.task === null ? null : toText(reason.task);
    return { code: reason.code, task, text: `${task === null ? "" : `${task} `}${textOf(reason, process, trace)}` };
  });
}

function textOf(reason: UnplannedTask, starter: TracedProcess, trace: Trace): string {
  const detail = toText(reason.detail);
  switch (reason.code) {
    case "option": return `${detail} was asked for`;
    case "persistent": return "does not end by itself";
    case "bypassed": return "is not to be replayed (\"cache\": false)";
    case "unobserved": return "was not observed";
    case "too-early": case "order-learnt": return `comes after ${detail} from now on`;
    case "order-not-kept": return `an order could not be kept: ${detail}`;
    case "said-too-much": return "the tasks printed more than is kept";
    case "failed": return "it did not succeed";
    case "not-storing": return "nothing was to be stored";
    case "not-said": return "it did not come to say what it would print";
    case "limited": return "puts back only a part of what it writes (\"outputs\")";
    case "task-not-stored": return notStored(reason, starter, trace);
    case "task-not-seen": return "a program that it started was not seen";
    case "task-not-confirmed": return `is not known to make nothing the next time: ${detail}`;
    case "not-in-place": return `would begin from another state the next time, or not all that it made is in place: ${detail}`;
    case "starter-changed": return `it changed "${detail}" itself`;
    case "too-young": return `relied on or made "${detail}" so shortly before the end that its times cannot tell the next change`;
    default: return doubtText({ code: reason.code, program: "", detail: reason.detail });
  }
}

function notStored({ task }: UnplannedTask, starter: TracedProcess, { traced }: Trace): string {
  const ran = traced.filter((process) => process.parent === starter.image && process.task === task && !["stored", "replayed", "planned"].includes(process.fate.kind));
  for (const process of ran) {
    const outcome = outcomeOf(process);
    if (outcome.kind === "ran" && outcome.notStored !== null) return `is not stored: ${outcome.notStored}`;
  }
  return task === null ? "a program that it started for itself is not stored" : "is not stored";
}
