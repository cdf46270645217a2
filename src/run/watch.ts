// Which tasks a change of files concerns, by what they looked at when they ran.
// Pure: it is told of changes and of what tasks saw, and watches nothing itself.

import type { AbsPath } from "../base/path.ts";
import type { TaskGraph, TaskId } from "../workspace/graph.ts";
import type { PathsSeen } from "./paths-seen.ts";

export interface Change {
  readonly path: AbsPath;
  /** A name appeared or went; else a content changed. */
  readonly isName: boolean;
  /** While tasks ran, or so shortly after that one of them may have made it. */
  readonly isDuring: boolean;
}

/** What a task looked at and wrote when it ran last. */
export interface TaskSaw {
  readonly lookedAt: PathsSeen;
  readonly wrote: PathsSeen;
}

export interface Concerned {
  /** What has to be asked about again, with all that waits for it. */
  readonly tasks: ReadonlySet<TaskId>;
  /** The changes because of which. */
  readonly because: readonly AbsPath[];
}

/** `saw`: null for a task of which it is not known: whatever nobody made concerns it. */
export function concernedBy(changes: readonly Change[], graph: TaskGraph, saw: (id: TaskId) => TaskSaw | null): Concerned {
  const [tasks, because] = [new Set<TaskId>(), new Set<AbsPath>()];
  const all = [...graph.values()].filter(({ command }) => command !== null).map(({ id }) => ({ id, seen: saw(id) }));
  for (const { path, isName, isDuring } of changes) {
    const isMade = all.some(({ seen }) => seen?.wrote.has(path) === true);
    // A task made it, and who reads it waits for that task.
    if (isMade && isDuring) continue;
    for (const { id, seen } of all) {
      const isConcerned = seen === null ? !isMade && !isDuring : seen.wrote.has(path) || (isName ? seen.lookedAt.hasName(path) : seen.lookedAt.has(path));
      if (!isConcerned) continue;
      tasks.add(id);
      because.add(path);
    }
  }
  for (const [id, { dependsOn }] of graph) if (dependsOn.some((before) => tasks.has(before))) tasks.add(id);
  return { tasks, because: [...because] };
}
