// What is said of each process that we started: by the supervisor, whether it was
// replayed (before the program starts, so who has seen any output of it, or its
// end, finds it said); and by the engine, when it has looked at what a process
// that ran relied on, which others wrote that. Both write lines into one file.

import type { Disk } from "../base/disk.ts";
import { isAbsPath, toText, type AbsPath } from "../base/path.ts";
import { PathsSeen } from "./paths-seen.ts";
import type { Follows } from "./task-order.ts";
import type { TaskSaw } from "./watch.ts";

/** Where the file is, for the program that starts tasks; not for the tasks. native/supervisor/tasks.c */
export const OUTCOMES = "FATHOM_OUTCOMES";

const PART_BYTES = 64 * 1024;

export type Observed = "replayed" | "ran";

export interface Outcome {
  readonly status: Observed;
  /** Why it ran although it was asked about, in one line; null: it was not asked about. */
  readonly cause: string | null;
}

/** Paths may hold anything, so they are written in hexadecimal. `saw`: null where nobody wants to know. */
export function encodeAnswer(pid: number, follows: readonly Follows[], saw: TaskSaw | null): string {
  const lines = follows.map(({ after, before, path, isTooEarly }) =>
    `${String(after)} ${isTooEarly ? "too-early-for" : "after"} ${String(before)} ${Buffer.from(path, "latin1").toString("hex")}\n`);
  const seen = saw === null ? "" : `${String(pid)} saw ${saw.lookedAt.encode()} ${saw.wrote.encode()}\n`;
  return `${lines.join("")}${seen}${String(pid)} known\n`;
}

export class Outcomes {
  readonly #disk: Disk;
  readonly #path: AbsPath | null;
  readonly #observed = new Map<number, Outcome>();
  readonly #known = new Set<number>();
  readonly #follows: Follows[] = [];
  readonly #saw = new Map<number, TaskSaw>();
  #isAlone = false;
  #readBytes = 0;
  #rest = "";

  /** `path`: null where nobody observes. */
  constructor(disk: Disk, path: AbsPath | null) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Null: nothing was said of it. */
  of(pid: number): Outcome | null {
    if (!this.#observed.has(pid)) this.#read();
    return this.#observed.get(pid) ?? null;
  }

  /** Of these processes those of which something will still be said. One look at the file, however many they are. */
  unsaid(pids: readonly number[]): number[] {
    const open = (): number[] => (this.#isAlone ? [] : pids.filter((pid) => this.#observed.get(pid)?.status === "ran" && !this.#known.has(pid)));
    if (open().length > 0) this.#read();
    return open();
  }

  /** All of which is known by now, by the numbers of processes. */
  follows(): readonly Follows[] {
    return this.#follows;
  }

  /** Null: it is not known, or nobody wanted to know. */
  sawOf(pid: number): TaskSaw | null {
    return this.#saw.get(pid) ?? null;
  }

  #read(): void {
    if (this.#path === null) return;
    for (;;) {
      const part = this.#disk.readPart(this.#path, this.#readBytes, PART_BYTES);
      if (!part.ok || part.value.length === 0) return;
      this.#readBytes += part.value.length;
      const lines = `${this.#rest}${part.value.toString("latin1")}`.split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#learn(line);
    }
  }

  #learn(line: string): void {
    const [number, word, ...rest] = line.split(" ");
    const [first = "", second = ""] = rest;
    const pid = Number(number);
    if (word === "replayed" || word === "ran") this.#observed.set(pid, { status: word, cause: rest.length === 0 ? null : toText(rest.join(" ")) });
    else if (word === "known") this.#known.add(pid);
    else if (word === "alone") this.#isAlone = true;
    else if (word === "saw") this.#saw.set(pid, { lookedAt: PathsSeen.decode(first), wrote: PathsSeen.decode(second) });
    else if (word === "after" || word === "too-early-for") {
      const path = Buffer.from(second, "hex").toString("latin1");
      if (isAbsPath(path)) this.#follows.push({ after: pid, before: Number(first), path, isTooEarly: word !== "after" });
    }
  }
}
