// What the supervisor says of each process that we started: whether it was replayed.
// It writes before the program starts, so who has seen any output of it, or its end,
// finds it said.

import type { Disk } from "../base/disk.ts";
import { toText, type AbsPath } from "../base/path.ts";

const PART_BYTES = 64 * 1024;

export type Observed = "replayed" | "ran";

export interface Outcome {
  readonly status: Observed;
  /** Why it ran although it was asked about, in one line; null: it was not asked about. */
  readonly cause: string | null;
}

export class Outcomes {
  readonly #disk: Disk;
  readonly #path: AbsPath | null;
  readonly #known = new Map<number, Outcome>();
  #readBytes = 0;
  #rest = "";

  /** `path`: null where nobody observes. */
  constructor(disk: Disk, path: AbsPath | null) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Null: nothing was said of it. */
  of(pid: number): Outcome | null {
    if (!this.#known.has(pid)) this.#read();
    return this.#known.get(pid) ?? null;
  }

  #read(): void {
    if (this.#path === null) return;
    for (;;) {
      const part = this.#disk.readPart(this.#path, this.#readBytes, PART_BYTES);
      if (!part.ok || part.value.length === 0) return;
      this.#readBytes += part.value.length;
      const lines = `${this.#rest}${part.value.toString("latin1")}`.split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) {
        const [pid, status, ...cause] = line.split(" ");
        if (status === "replayed" || status === "ran") this.#known.set(Number(pid), { status, cause: cause.length === 0 ? null : toText(cause.join(" ")) });
      }
    }
  }
}
