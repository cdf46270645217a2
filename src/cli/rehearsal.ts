// Runs a command in a view of the workspace that only it sees and that is gone
// afterwards (native/supervisor/trial.c): nothing of yours changes, as long as the
// command writes nothing outside of the workspace.

import type { Disk } from "../base/disk.ts";
import { absPath, fromText, isWithin, type AbsPath } from "../base/path.ts";
import { fail, type Failure, type Result } from "../base/result.ts";
import type { Roots } from "../cache/roots.ts";
import { decodeTrace } from "../explain/decode.ts";
import type { Trace } from "../explain/trace.ts";
import { STREAM_NULL, STREAM_PIPE } from "../tap/messages.ts";
import type { Environment } from "./render.ts";
import { REHEARSED } from "./tracing.ts";
import { refused, runAside, type TrialUnit } from "./trial-folder.ts";

export interface ViewContext {
  readonly disk: Disk;
  readonly roots: Roots;
  /** Outside of the workspace: what is left for us is there. */
  readonly store: AbsPath;
  readonly supervisor: string;
}

export interface ViewCommand {
  /** One character a byte, as `cwd`. */
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** What is taken away first. */
  readonly without: readonly AbsPath[];
  /** For `--perturb`; null: in its own schedule. */
  readonly seed: number | null;
  /** Whoever runs longer is ended. */
  readonly mostMs: number;
}

export interface ViewRun {
  readonly trace: Trace;
  readonly stdout: string;
  readonly stderr: string;
}

const SCRIPT = 'f=$1; shift; xargs -0 rm -rf -- <"$f/without"; exec "$@" >"$f/stdout" 2>"$f/stderr"';

/** What it makes is gone with the copy. */
const UMASK = 0o022;

export class Views {
  readonly #context: ViewContext;
  #count = 0;

  constructor(context: ViewContext) {
    this.#context = context;
  }

  run({ words, cwd, env, without, seed, mostMs }: ViewCommand): Result<ViewRun, Failure> {
    const { store, roots, disk, supervisor } = this.#context;
    const { workspace } = roots;
    if (isWithin(store, workspace)) return fail(refused("the store is in the workspace"));
    this.#count += 1;
    const folder = absPath(`${store}/tmp/view-${String(process.pid)}-${String(this.#count)}`);
    const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [fromText(`${name}=${value}`)]));
    const unit: TrialUnit = {
      workspace, home: roots.pathOf("H") ?? workspace, temporary: roots.pathOf("T") ?? workspace, cwd, program: "/bin/sh", umask: UMASK,
      streams: [String(STREAM_NULL), String(STREAM_PIPE), "="], argv: ["sh", "-c", SCRIPT, "sh", folder, ...words], variables,
    };
    const inside = without.filter((path) => path !== workspace && isWithin(path, workspace));
    return runAside(unit, [["without", inside]], { disk, supervisor, folder, mostMs, seed }, () => this.#told(folder));
  }

  #told(folder: AbsPath): Result<ViewRun, Failure> {
    const { disk } = this.#context;
    const bytes = disk.readFile(absPath(`${folder}/store/${REHEARSED}`));
    if (!bytes.ok) return fail(refused("it left no record"));
    const trace = decodeTrace(bytes.value, "view");
    if (!trace.ok) return trace;
    const [stdout, stderr] = ["stdout", "stderr"].map((name) => disk.readFile(absPath(`${folder}/${name}`))).map((read) => (read.ok ? read.value.toString("utf8") : ""));
    return { ok: true, value: { trace: trace.value, stdout: stdout ?? "", stderr: stderr ?? "" } };
  }
}
