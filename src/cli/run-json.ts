// --json: one object a line for each thing that happens. The names are a promise
// (docs/reference/cli.md).

import { unreachable } from "../base/assert.ts";
import type { TaskEvent } from "../run/execute.ts";

export function valueOf(event: TaskEvent): object {
  const source = event.task.id;
  switch (event.kind) {
    case "started": return { event: "started", source, command: event.task.command };
    case "status": return { event: "status", source, status: event.status, cause: event.cause };
    case "output": return { event: "output", source, level: event.stream === 1 ? "stdout" : "stderr", text: event.bytes.toString("utf8") };
    case "ended": return { event: "ended", source, status: event.status, end: event.end, tookMs: event.tookMs };
    case "failed": return { event: "failed", source, end: event.end };
    case "skipped": return { event: "skipped", source };
    case "again": return { event: "again", source, before: event.before, path: event.path };
    default: return unreachable(event);
  }
}
