// Tells what changes below a folder while tasks run and between. The only file that
// loads chokidar.

import { realClock } from "../base/clock.ts";
import { absPath, fromText, isAbsPath } from "../base/path.ts";
import type { Change } from "../run/watch.ts";

/** What tools keep for themselves, and what no task's author edits. */
const IGNORED = new Set([".git", ".hg", ".svn", ".fathom", "node_modules"]);

/** An editor, or a branch that is changed, writes several files: so long after the last one nothing more is expected. */
const QUIET_MS = 50;

/** The kernel tells of a write when it is done; we hear of it a little later. */
const LATE_MS = 200;

export class FileWatch {
  readonly #watcher: { close(): Promise<void> };
  #changes: Change[] = [];
  #isRunning = false;
  #endedNs = 0n;
  #wake: () => void = () => undefined;

  private constructor(watcher: { close(): Promise<void> }) {
    this.#watcher = watcher;
  }

  /** When it is ready, every later change is told. `folder` as the system takes it. */
  static async over(folder: string): Promise<FileWatch> {
    const { watch } = await import("chokidar");
    const isIgnored = (path: string): boolean => path.length > folder.length && IGNORED.has(path.slice(path.lastIndexOf("/") + 1));
    const watcher = watch(folder, { ignored: isIgnored, ignoreInitial: true, followSymlinks: false, ignorePermissionErrors: true, atomic: false });
    const self = new FileWatch(watcher);
    watcher.on("all", (event, path) => { self.#add(path, event !== "change"); });
    await new Promise<void>((resolve) => { watcher.once("ready", resolve); });
    return self;
  }

  /** Tasks run until `ended`: what is heard until then, or shortly after, one of them may have done. */
  begins(): void {
    this.#isRunning = true;
  }

  ended(): void {
    this.#isRunning = false;
    this.#endedNs = realClock.nowNs();
  }

  /** The next changes, when there have been none for a moment; empty when it was stopped. */
  async next(stop: AbortSignal): Promise<readonly Change[]> {
    stop.addEventListener("abort", () => { this.#wake(); }, { once: true });
    for (let count = -1; !stop.aborted;) {
      if (this.#changes.length > 0 && this.#changes.length === count) return this.#changes.splice(0);
      count = this.#changes.length;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (count > 0) setTimeout(resolve, QUIET_MS);
      });
    }
    return [];
  }

  async close(): Promise<void> {
    await this.#watcher.close();
  }

  #add(path: string, isName: boolean): void {
    const bytes = fromText(path);
    if (!isAbsPath(bytes)) return;
    const isDuring = this.#isRunning || realClock.nowNs() - this.#endedNs < BigInt(LATE_MS) * 1_000_000n;
    this.#changes.push({ path: absPath(bytes), isName, isDuring });
    this.#wake();
  }
}
