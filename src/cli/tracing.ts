// The trace of a run, from its first process to its file: where it is kept, and what
// of it is said at once to who waits (`fathom run`).

import process from "node:process";
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { AbsPath } from "../base/path.ts";
import type { Records } from "../cache/records.ts";
import type { Roots } from "../cache/roots.ts";
import { inlineCause } from "../explain/inline.ts";
import { Recorder } from "../explain/recorder.ts";
import { prepareRuns, runId, Runs, runsFolder, saltOf, writeRun } from "../explain/runs.ts";
import { SALT_BYTES } from "../explain/encode.ts";
import { NO_TRACING, type Tracing } from "../run/tracing.ts";
import type { Hello } from "../tap/messages.ts";

/** In the store of a rehearsal, its trace. */
export const REHEARSED = "trace";

export interface TracingGround {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly roots: Roots;
  readonly store: AbsPath;
  readonly records: Records;
  /** Of a rehearsal: the one place where its trace is looked for. Null: among the runs of the workspace. */
  readonly only: AbsPath | null;
}

/** None where its folder cannot be made: `fathom why` says so then, and the run goes on as ever. */
export function tracing(hello: Hello, { disk, clock, roots, store, records, only }: TracingGround): Tracing {
  const folder = runsFolder(roots.workspace, store, disk);
  if (only === null && !prepareRuns(folder, disk).ok) return NO_TRACING;
  const salt = saltOf(folder, disk, () => process.getBuiltinModule("node:crypto").randomFillSync(Buffer.alloc(SALT_BYTES)));
  const id = runId(clock.realtimeNs(), hello.pid);
  let earlier: Runs | null = null;
  return new Recorder({
    hello, roots, disk, salt,
    inline: (ask, miss, now) => inlineCause(miss, ask.env, { ...now, roots, salt, entry: (strongKey) => records.entry(strongKey), earlier: () => (earlier ??= new Runs(folder, disk)).before(null) }),
    keep: (bytes) => { if (only === null) writeRun(folder, id, bytes, disk); else disk.createFile(only, bytes, 0o600); },
  });
}
