// Asks the workspace of a recorded run for the order of tasks that it declares now.

import type { Disk } from "../base/disk.ts";
import { isAbsPath, toText } from "../base/path.ts";
import { NO_TASKS, type DeclaredTasks } from "../explain/declared-tasks.ts";
import type { Trace } from "../explain/trace.ts";
import { HELLO_TASKS } from "../tap/messages.ts";
import { discover } from "../workspace/discover.ts";
import { linksOf } from "../workspace/links.ts";
import { prepare } from "./run-plan.ts";

export async function declaredTasks(trace: Trace, disk: Disk): Promise<DeclaredTasks> {
  const found = isAbsPath(trace.cwd) ? discover(disk, trace.cwd) : null;
  if (found === null || !found.ok) return NO_TASKS;
  const { packages } = found.value;
  const folders = new Map(packages.map(({ name, folder }) => [name, toText(folder)]));
  const links = [...linksOf(found.value)].flatMap(([name, others]) => { const folder = folders.get(name); return folder === undefined ? [] : [[folder, others.flatMap((other) => folders.get(other) ?? [])] as const]; });
  return { tasks: (trace.flags & HELLO_TASKS) === 0 || trace.command.includes("--parallel") ? null : await tasksOf(trace, disk), packages: new Map(links) };
}

/** Of all packages, so that no filter needs to be understood. */
async function tasksOf(trace: Trace, disk: Disk): Promise<DeclaredTasks["tasks"]> {
  const names = new Set(trace.traced.flatMap(({ task }) => (task === null ? [] : [task.slice(task.lastIndexOf("#") + 1)])));
  const prepared = names.size === 0 ? null : await prepare([...names], { logOrder: "auto", logPrefix: "auto" }, disk, toText(trace.cwd), {});
  return prepared?.ok === true ? new Map([...prepared.value.graph.values()].map(({ id, dependsOn }) => [id, dependsOn])) : null;
}
