// Runs one command in a copy of the workspace that only it sees and that is gone
// afterwards (trial_in_view in native/supervisor/trial.c), with some files put back or
// taken away before. It reaches nobody: its network has nobody else in it.

import { spawnSync } from "node:child_process";
import type { Disk } from "../base/disk.ts";
import { absPath, fromText, isWithin, join, toText, type AbsPath } from "../base/path.ts";
import { makeScratch, removeTree } from "../base/scratch.ts";
import { nativeProgram, packageRoot } from "./places.ts";
import type { Environment } from "./render.ts";

export type FileChange =
  | { readonly kind: "put"; readonly at: AbsPath; readonly content: Buffer; readonly permissions: number }
  | { readonly kind: "drop"; readonly at: AbsPath }
  | { readonly kind: "link"; readonly at: AbsPath; readonly target: string }
  | { readonly kind: "mode"; readonly at: AbsPath; readonly permissions: number };

export interface Experiment {
  readonly workspace: AbsPath;
  readonly cwd: AbsPath;
  /** Program and arguments; one character a byte. */
  readonly words: readonly string[];
  readonly env: Environment;
  readonly changes: readonly FileChange[];
  /** Null: that of who asks. */
  readonly umask: number | null;
  readonly timeoutMs: number;
}

/** NO_VIEW_EXIT of trial.c. */
const NO_VIEW_EXIT = 125;

/** The umask or nothing, three words for each change, then "--" and the command. */
const SCRIPT = `mask=$1
shift
while [ "$1" != "--" ]; do
case "$1" in
put) mkdir -p -- "\${3%/*}" && cp -- "$2" "$3" ;;
drop) rm -rf -- "$3" ;;
link) ln -sfn -- "$2" "$3" ;;
*) chmod -- "$2" "$3" ;;
esac || exit ${String(NO_VIEW_EXIT)}
shift 3
done
shift
[ -z "$mask" ] || umask "$mask"
exec "$@"`;

/** The exit code, or 128 and the number of a signal; null: it could not be tried, or took too long. */
export function experiment({ workspace, cwd, words, env, changes, umask, timeoutMs }: Experiment, disk: Disk): number | null {
  const scratch = makeScratch("fathom-postmortem");
  const folder = absPath(fromText(scratch));
  try {
    if (isWithin(folder, workspace) || !disk.makeDirectory(join(folder, "view"), 0o700).ok) return null;
    const steps: string[] = [];
    for (const [index, change] of changes.entries()) {
      const content = join(folder, `content-${String(index)}`);
      if (change.kind === "put" && !disk.createFile(content, change.content, change.permissions).ok) return null;
      steps.push(...wordsFor(change, content).map(toText));
    }
    const ran = spawnSync(nativeProgram(packageRoot()), ["--aside", toText(workspace), `${scratch}/view`, "/bin/sh", "-c", SCRIPT, "sh", umask === null ? "" : umask.toString(8), ...steps, "--", ...words.map(toText)], {
      cwd: toText(cwd), env: { ...env }, stdio: "ignore", timeout: timeoutMs, killSignal: "SIGKILL",
    });
    if (ran.error !== undefined) return null;
    if (ran.status === null) return 128 + (signalNumber(ran.signal) ?? 0);
    return ran.status === NO_VIEW_EXIT ? null : ran.status;
  } finally {
    removeTree(scratch);
  }
}

function wordsFor(change: FileChange, content: string): readonly string[] {
  switch (change.kind) {
    case "put": return ["put", content, change.at];
    case "drop": return ["drop", "", change.at];
    case "link": return ["link", change.target, change.at];
    case "mode": return ["mode", change.permissions.toString(8), change.at];
  }
}

const signalNumber = (name: NodeJS.Signals | null): number | undefined => (name === null ? undefined : process.getBuiltinModule("node:os").constants.signals[name]);
