// Runs the command of a recorded run once more, from the state in which it has made
// nothing yet, in another schedule, and tells what happened. It runs in a view of the
// workspace that is gone afterwards (native/supervisor/trial.c): nothing of yours changes,
// as long as the command writes nothing outside of the workspace.

import { spawnSync } from "node:child_process";
import type { Disk } from "../base/disk.ts";
import { absPath, fromText, isAbsPath, isWithin, toBuffer, toText, type AbsPath } from "../base/path.ts";
import { fail, type Failure, type Result } from "../base/result.ts";
import { removeTree } from "../base/scratch.ts";
import type { Roots } from "../cache/roots.ts";
import { decodeTrace } from "../explain/decode.ts";
import type { Trace } from "../explain/trace.ts";
import { STREAM_NULL, STREAM_PIPE } from "../tap/messages.ts";
import type { Environment } from "./render.ts";
import { REHEARSED } from "./tracing.ts";

export interface Rehearsed {
  readonly trace: Trace;
  /** What it said at the end, one line. */
  readonly lastLine: string;
}

export interface Rehearsal {
  /** `more`: further words for the command. */
  (seed: number, more: readonly string[]): Result<Rehearsed, Failure>;
}

export interface RehearsalContext {
  readonly disk: Disk;
  readonly roots: Roots;
  readonly store: AbsPath;
  readonly supervisor: string;
  readonly env: Environment;
}

const REHEARSAL_MS_MAX = 600_000;
/** First what the run made is taken away. */
const SCRIPT = 'f=$1; shift; xargs -0 rm -rf -- <"$f/outputs"; exec "$@" >"$f/said" 2>&1';

const refused = (why: string): Failure => ({ code: "rehearsal-refused", message: `Cannot run the build once more in a copy of the workspace: ${why}`, advice: "\"fathom doctor\" says whether this machine allows such copies" });

/** `outputs`: what the run made, tokens. */
export function rehearsals(trace: Trace, outputs: readonly string[], context: RehearsalContext): Rehearsal {
  const { disk, roots, store, supervisor, env } = context;
  let count = 0;
  return (seed, more) => {
    if (isWithin(store, roots.workspace)) return fail(refused("the store is in the workspace"));
    count += 1;
    const folder = absPath(`${store}/tmp/rehearsal-${String(process.pid)}-${String(count)}`);
    const home = roots.pathOf("H") ?? roots.workspace;
    const temporary = roots.pathOf("T") ?? roots.workspace;
    const argv = ["sh", "-c", SCRIPT, "sh", folder, ...trace.command, ...more.map(fromText)];
    const streams = [STREAM_NULL, STREAM_PIPE].map(String);
    const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [fromText(`${name}=${value}`)]));
    const unit = [roots.workspace, home, temporary, trace.cwd, "/bin/sh", "22", String(argv.length), ...streams, "=", ...argv, ...variables];
    const made = outputs.flatMap((at) => { const path = roots.locate(at); return path === null || path === roots.workspace || !isWithin(path, roots.workspace) ? [] : [path]; });
    const steps = [
      () => disk.ensureDirectory(absPath(`${folder}/view`)),
      () => disk.makeDirectory(absPath(`${folder}/store`), 0o700),
      () => disk.createFile(absPath(`${folder}/unit`), toBuffer(unit.map((text) => `${text}\0`).join("")), 0o600),
      () => disk.createFile(absPath(`${folder}/outputs`), toBuffer(made.map((text) => `${text}\0`).join("")), 0o600),
    ];
    try {
      for (const step of steps) {
        const done = step();
        if (!done.ok) return done;
      }
      const ran = spawnSync(supervisor, ["--trial", toText(folder), String(seed)], { stdio: "ignore", timeout: REHEARSAL_MS_MAX, killSignal: "SIGKILL" });
      if (ran.error !== undefined) return fail(refused(ran.error.message));
      return told(folder, disk);
    } finally {
      if (disk.signatures([folder])[0] !== null) removeTree(toText(folder));
    }
  };
}

function told(folder: AbsPath, disk: Disk): Result<Rehearsed, Failure> {
  const bytes = disk.readFile(absPath(`${folder}/store/${REHEARSED}`));
  if (!bytes.ok) return fail(refused("it left no record"));
  const trace = decodeTrace(bytes.value, "rehearsal");
  if (!trace.ok) return trace;
  const said = disk.readFile(absPath(`${folder}/said`));
  const lines = said.ok ? said.value.toString("utf8").trimEnd().split("\n") : [];
  return { ok: true, value: { trace: trace.value, lastLine: lines.at(-1) ?? "" } };
}

/** Whether the words of a run can be run again: a trace that was damaged may hold anything. */
export const isRunnable = ({ command, cwd }: Pick<Trace, "command" | "cwd">): boolean => command.length > 0 && isAbsPath(cwd);
