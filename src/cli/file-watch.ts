// Tells what changes below a folder while tasks run and between. The only file that
// loads chokidar.

import { realClock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { CLOCK_TICK_NS_MAX } from "../base/limits.ts";
import { absPath, fromText, isAbsPath, parentOf, type AbsPath } from "../base/path.ts";
import { ctimeNsOf, isSignature, mtimeNsOf } from "../base/signature.ts";
import type { Change } from "../run/watch.ts";

/** What tools keep for themselves, and what no task's author edits. */
const IGNORED = new Set([".git", ".hg", ".svn", ".fathom", "node_modules"]);

/** An editor, or a branch that is changed, writes several files: so long after the last one nothing more is expected. */
const QUIET_MS = 50;

export class FileWatch {
  readonly #watcher: { close(): Promise<void> };
  readonly #disk: Pick<Disk, "signatures">;
  #changes: Change[] = [];
  #isRunning = false;
  #endedNs = 0n;
  #wake: () => void = () => undefined;

  private constructor(watcher: { close(): Promise<void> }, disk: Pick<Disk, "signatures">) {
    this.#watcher = watcher;
    this.#disk = disk;
  }

  /** When it is ready, every later change is told. `folder` as the system takes it. */
  static async over(folder: string, disk: Pick<Disk, "signatures">): Promise<FileWatch> {
    const { watch } = await import("chokidar");
    const isIgnored = (path: string): boolean => path.length > folder.length && IGNORED.has(path.slice(path.lastIndexOf("/") + 1));
    const watcher = watch(folder, { ignored: isIgnored, ignoreInitial: true, followSymlinks: false, ignorePermissionErrors: true, atomic: false });
    const self = new FileWatch(watcher, disk);
    watcher.on("all", (event, path) => { self.#add(path, event !== "change"); });
    await new Promise<void>((resolve) => { watcher.once("ready", resolve); });
    return self;
  }

  /** Tasks run until `ended`: what changed before that one of them may have done, though it is heard of later. */
  begins(): void {
    this.#isRunning = true;
  }

  /** Time of files moves in steps: what they wrote last has to be older than a step, to be told from what comes now. */
  async ended(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Number(CLOCK_TICK_NS_MAX / 1_000_000n) + 1));
    this.#isRunning = false;
    this.#endedNs = realClock.realtimeNs();
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
    const isDuring = this.#isRunning || this.#changedAtNs(absPath(bytes)) < this.#endedNs - CLOCK_TICK_NS_MAX;
    this.#changes.push({ path: absPath(bytes), isName, isDuring });
    this.#wake();
  }

  /** What is gone has no time, but its folder has that of its going. */
  #changedAtNs(path: AbsPath): bigint {
    const [own = null, above = null] = this.#disk.signatures([path, parentOf(path)]);
    if (isSignature(own)) return ctimeNsOf(own);
    return isSignature(above) ? mtimeNsOf(above) : realClock.realtimeNs();
  }
}
