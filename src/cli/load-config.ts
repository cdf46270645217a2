// Has fathom.config.ts or its like run by a program of its own (config-run.ts) and
// gives what it exports. Under the tap that program is a unit: replayed, nothing of
// TypeScript is started.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { unreachable } from "../base/assert.ts";
import { toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { ConfigRan } from "./config-run.ts";
import { packageRoot } from "./places.ts";

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Null: it ended before it could say anything. */
function ranFrom(stdout: string): ConfigRan | null {
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  return last.startsWith("{") ? (JSON.parse(last) as ConfigRan) : null; // Our own program's line.
}

export function loadConfig(path: AbsPath): Result<unknown, Failure> {
  const file = toText(path);
  const done = spawnSync(process.execPath, [join(packageRoot(), "dist/bundle/config-run.js"), file], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: OUTPUT_BYTES_MAX });
  const ran = ranFrom(done.stdout);
  if (ran === null) return fail({ code: "config-failed", message: `Cannot run "${file}": it ended with ${String(done.status ?? done.signal)} before it exported anything` });
  switch (ran.kind) {
    case "exported": return ok(ran.value);
    case "nothing": return fail({ code: "config-invalid", message: `Cannot use "${file}": it exports no configuration`, advice: "Write: export default { tasks: { build: { dependsOn: [\"^build\"] } } }" });
    case "failed": return fail({ code: "config-failed", message: `Cannot run "${file}": ${ran.where}${ran.what}` });
    case "no-typescript": return fail({
      code: "config-typescript", message: `Cannot run "${file}": Node ${ran.node} runs no TypeScript, and neither "esbuild" nor "typescript" is installed here`,
      advice: "Install one of them, name the file fathom.config.mjs, use Node 22.18 or later, or write fathom.json",
    });
    default: return unreachable(ran);
  }
}
