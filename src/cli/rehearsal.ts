// Runs a command in a view of the workspace that only it sees and that is gone
// afterwards (native/supervisor/trial.c): nothing of yours changes, as long as the
// command writes nothing outside of the workspace.

import { spawnSync } from "node:child_process";
import type { Disk } from "../base/disk.ts";
import { absPath, fromText, isWithin, toBuffer, toText, type AbsPath } from "../base/path.ts";
import { fail, type Failure, type Result } from "../base/result.ts";
import { removeTree } from "../base/scratch.ts";
import type { Roots } from "../cache/roots.ts";
import { decodeTrace } from "../explain/decode.ts";
import type { Trace } from "../explain/trace.ts";
import { STREAM_NULL, STREAM_PIPE } from "../tap/messages.ts";
import type { Environment } from "./render.ts";
import { REHEARSED } from "./tracing.ts";

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

const refused = (why: string): Failure => ({ code: "view-refused", message: `Cannot run anything in a copy of the workspace: ${why}`, advice: "\"fathom doctor\" says whether this machine allows such copies" });

export class Views {
  readonly #context: ViewContext;
  #count = 0;

  constructor(context: ViewContext) {
    this.#context = context;
  }

  run(command: ViewCommand): Result<ViewRun, Failure> {
    const { store, roots, disk, supervisor } = this.#context;
    if (isWithin(store, roots.workspace)) return fail(refused("the store is in the workspace"));
    this.#count += 1;
    const folder = absPath(`${store}/tmp/view-${String(process.pid)}-${String(this.#count)}`);
    try {
      for (const step of this.#steps(folder, command)) {
        const done = step();
        if (!done.ok) return done;
      }
      const ran = spawnSync(supervisor, ["--trial", toText(folder), command.seed === null ? "-" : String(command.seed)], { stdio: "ignore", timeout: command.mostMs, killSignal: "SIGKILL" });
      return ran.error === undefined ? this.#told(folder) : fail(refused(ran.error.message));
    } finally {
      if (disk.signatures([folder])[0] !== null) removeTree(toText(folder));
    }
  }

  /** In the order in which native/supervisor/trial.c takes them. */
  #steps(folder: AbsPath, { words, cwd, env, without }: ViewCommand): readonly (() => Result<unknown, Failure>)[] {
    const { roots, disk } = this.#context;
    const [home, temporary] = [roots.pathOf("H") ?? roots.workspace, roots.pathOf("T") ?? roots.workspace];
    const argv = ["sh", "-c", SCRIPT, "sh", folder, ...words];
    const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [fromText(`${name}=${value}`)]));
    const unit = [roots.workspace, home, temporary, cwd, "/bin/sh", "22", String(argv.length), String(STREAM_NULL), String(STREAM_PIPE), "=", ...argv, ...variables];
    const inside = without.filter((path) => path !== roots.workspace && isWithin(path, roots.workspace));
    const file = (name: string, texts: readonly string[]) => (): Result<unknown, Failure> => disk.createFile(absPath(`${folder}/${name}`), toBuffer(texts.map((text) => `${text}\0`).join("")), 0o600);
    return [() => disk.ensureDirectory(absPath(`${folder}/view`)), () => disk.makeDirectory(absPath(`${folder}/store`), 0o700), file("unit", unit), file("without", inside)];
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
