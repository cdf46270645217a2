// --dry and --graph: what would run, without running it.

import type { Disk } from "../base/disk.ts";
import { absPath, fromText } from "../base/path.ts";
import { shown } from "../workspace/manifest.ts";
import type { Printer } from "./render.ts";
import { runs, type Prepared } from "./run-plan.ts";

const USAGE_ERROR = 2;

export function showDry({ workspace, packages, graph }: Prepared, isJson: boolean, print: Printer): number {
  const tasks = [...graph.values()].filter(runs);
  if (isJson) {
    print.value({
      packages,
      tasks: tasks.map(({ id, owner, name, command, dependsOn, rule }) => ({
        taskId: id, task: name, package: owner.name, directory: shown(owner.folder, workspace.root), command,
        dependencies: dependsOn.filter((other) => graph.get(other)?.command !== null), cache: rule.cache, persistent: rule.persistent, env: rule.env,
      })),
    });
    return 0;
  }
  print.say(`Packages in scope: ${packages.join(", ")}`);
  for (const { id, command, owner, dependsOn } of tasks) {
    print.say(`\n${print.bold(id)}`);
    print.say(`  Directory     ${shown(owner.folder, workspace.root)}`);
    print.say(`  Command       ${command ?? ""}`);
    print.say(`  Dependencies  ${dependsOn.join(", ")}`);
  }
  return 0;
}

export async function showGraph({ graph }: Prepared, file: string | true, { disk, cwd, print }: { readonly disk: Disk; readonly cwd: string; readonly print: Printer }): Promise<number> {
  const { graphText } = await import("./task-graph-text.ts");
  const text = graphText(graph, file === true ? "dot" : file);
  if (!text.ok) {
    print.failure(text.failure);
    return USAGE_ERROR;
  }
  if (file === true) {
    print.say(text.value.trimEnd());
    return 0;
  }
  const path = file.startsWith("/") ? file : `${cwd}/${file.replace(/^(\.\/)+/, "")}`;
  const written = disk.writeFile(absPath(fromText(path)), Buffer.from(text.value, "utf8"), 0o644);
  if (written.ok) return 0;
  print.failure(written.failure);
  return 1;
}
