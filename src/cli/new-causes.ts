// Why a task ran that the store knew nothing of, from the runs that are recorded: it is
// new, its script is another, or it could not be stored. Read when the first one asks.

import { fromText, toText } from "../base/path.ts";
import { newCause } from "../explain/inline.ts";
import type { Step } from "../run/script.ts";
import type { Task } from "../workspace/graph.ts";
import type { Environment } from "./render.ts";
import { recorded, type Recorded } from "./recorded.ts";

export function newCauses(env: Environment, cwd: string): (task: Task, step: Step) => string | null {
  let place: Recorded | null | undefined;
  return (task, step) => {
    if (place === undefined) {
      const found = recorded(env, cwd);
      place = found.ok ? found.value : null;
    }
    if (place === null) return newCause({ task: fromText(task.id), words: [], folder: null }, [], null);
    const { roots, before } = place.ground;
    const words = ["/bin/sh", "-c", step.command].map((word) => roots.tokeniseText(fromText(word)));
    return toText(newCause({ task: fromText(task.id), words, folder: roots.tokenise(task.owner.folder) }, before(null), roots));
  };
}
