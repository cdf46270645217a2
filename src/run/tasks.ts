// `fathom run`, from the engine's side: the program that starts tasks is the
// command itself. It is told what becomes of each that ran, in the file in which the
// supervisor says which were replayed (outcomes.ts, native/supervisor/tasks.c).

import type { Disk } from "../base/disk.ts";
import { absPath, isAbsPath, type AbsPath } from "../base/path.ts";
import type { Footprint } from "../ledger/footprint.ts";
import type { Exec } from "../tap/messages.ts";
import { encodeAnswer, OUTCOMES } from "./outcomes.ts";
import { PathsSeen } from "./paths-seen.ts";
import { TaskOrder } from "./task-order.ts";

export class Tasks {
  readonly #disk: Disk;
  readonly #order: TaskOrder;
  /** The image that starts them; 0: not seen yet. */
  #runner = 0;
  #outcomes: AbsPath | null = null;
  #isWatching = false;

  constructor(disk: Disk, workspace: AbsPath) {
    this.#disk = disk;
    this.#order = new TaskOrder(disk, workspace);
  }

  begins({ image, parent, argv, env }: Pick<Exec, "image" | "parent" | "argv" | "env">): void {
    if (parent !== 0) return;
    this.#runner = image;
    const dashes = argv.indexOf("--");
    this.#isWatching = argv.slice(0, dashes < 0 ? argv.length : dashes).includes("--watch");
    const named = env.find((variable) => variable.startsWith(`${OUTCOMES}=`))?.slice(OUTCOMES.length + 1) ?? "";
    this.#outcomes = isAbsPath(named) ? absPath(named) : null;
  }

  isTask({ parent }: Pick<Exec, "parent">): boolean {
    return parent !== 0 && parent === this.#runner;
  }

  /** A task has ended. `footprint` null: what it relied on is not known. */
  ended({ pid, startedNs }: Pick<Exec, "pid" | "startedNs">, footprint: Pick<Footprint, "observations" | "touched"> | null, endedNs: bigint | null): void {
    if (this.#outcomes === null) return;
    const follows = footprint === null || endedNs === null ? [] : this.#order.add({ ...footprint, task: pid, startedNs, endedNs });
    const saw = footprint === null || !this.#isWatching ? null : { lookedAt: PathsSeen.lookedAt(footprint), wrote: PathsSeen.of(footprint.touched) };
    this.#disk.appendFile(this.#outcomes, Buffer.from(encodeAnswer(pid, follows, saw), "latin1"));
  }
}
