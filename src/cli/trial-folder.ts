// Runs one command beside the build, in a copy of the workspace that only it sees
// (native/supervisor/trial.c): in a folder that holds what to run, room for the copy,
// and a store of its own, from which is read what it did. It is gone afterwards.

import { spawnSync } from "node:child_process";
import type { Disk } from "../base/disk.ts";
import { absPath, toBuffer, toText, type AbsPath } from "../base/path.ts";
import { fail, type Failure, type Result } from "../base/result.ts";
import { removeTree } from "../base/scratch.ts";

/** All texts one character a byte. */
export interface TrialUnit {
  readonly workspace: string;
  readonly home: string;
  readonly temporary: string;
  readonly cwd: string;
  readonly program: string;
  readonly umask: number;
  /** Kinds of the three streams; "=": what the one before it is. */
  readonly streams: readonly [string, string, string];
  readonly argv: readonly string[];
  readonly variables: readonly string[];
}

export interface TrialPlace {
  readonly disk: Disk;
  readonly supervisor: string;
  /** Outside of the workspace, and not there yet. */
  readonly folder: AbsPath;
  /** Whoever runs longer is ended. */
  readonly mostMs: number;
  /** For `--perturb`; null: a rehearsal in the build's own schedule. */
  readonly seed?: number | null;
}

export const refused = (why: string): Failure => ({ code: "view-refused", message: `Cannot run anything in a copy of the workspace: ${why}`, advice: "\"fathom doctor\" says whether this machine allows such copies" });

/** What a file of the folder holds: texts with a NUL behind each. */
export type TrialFile = readonly [name: string, texts: readonly string[]];

/** `read`: from the folder, when it has ended, with whatever. */
export function runAside<T>(unit: TrialUnit, more: readonly TrialFile[], { disk, supervisor, folder, mostMs, seed }: TrialPlace, read: () => Result<T, Failure>): Result<T, Failure> {
  try {
    for (const step of stepsOf(unit, more, disk, folder)) {
      const done = step();
      if (!done.ok) return done;
    }
    const ran = spawnSync(supervisor, ["--trial", toText(folder), ...(seed === undefined ? [] : [seed === null ? "-" : String(seed)])], { stdio: "ignore", timeout: mostMs, killSignal: "SIGKILL" });
    return ran.error === undefined ? read() : fail(refused(ran.error.message));
  } finally {
    if (disk.signatures([folder])[0] !== null) removeTree(toText(folder));
  }
}

/** In the order in which native/supervisor/trial.c takes them. */
function stepsOf({ workspace, home, temporary, cwd, program, umask, streams, argv, variables }: TrialUnit, more: readonly TrialFile[], disk: Disk, folder: AbsPath): readonly (() => Result<unknown, Failure>)[] {
  const unit = [workspace, home, temporary, cwd, program, umask.toString(8), String(argv.length), ...streams, ...argv, ...variables];
  const files: readonly TrialFile[] = [["unit", unit], ...more];
  return [
    () => disk.ensureDirectory(absPath(`${folder}/view`)),
    () => disk.makeDirectory(absPath(`${folder}/store`), 0o700),
    ...files.map(([name, texts]) => () => disk.createFile(absPath(`${folder}/${name}`), toBuffer(texts.map((text) => `${text}\0`).join("")), 0o600)),
  ];
}
