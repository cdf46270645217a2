// Which task of a run relied on what another one wrote, and whether it came too
// early for that. Pure but for looking at what is on the disk when both have ended.

import type { Disk } from "../base/disk.ts";
import { isWithin, type AbsPath } from "../base/path.ts";
import type { Signature } from "../base/signature.ts";
import type { Footprint } from "../ledger/footprint.ts";

export interface TaskFacts extends Pick<Footprint, "observations" | "touched"> {
  /** Any number that tells tasks apart. */
  readonly task: number;
  readonly startedNs: bigint;
  readonly endedNs: bigint;
}

/** `after` looked at what `before` wrote. */
export interface Follows {
  readonly after: number;
  readonly before: number;
  readonly path: AbsPath;
  /** It looked before that was written: what it made may be of what was there before. */
  readonly isTooEarly: boolean;
}

interface Reading {
  readonly task: number;
  readonly startedNs: bigint;
  /** Null: nothing was there. */
  readonly seen: Signature | null;
}

interface Writing {
  readonly task: number;
  readonly endedNs: bigint;
  /** What it found there itself, when that is known. */
  readonly before: Signature | null | undefined;
}

export class TaskOrder {
  readonly #disk: Pick<Disk, "signatures">;
  readonly #root: AbsPath;
  readonly #readings = new Map<AbsPath, Reading[]>();
  readonly #writings = new Map<AbsPath, Writing[]>();

  /** `root`: what is outside is nobody's output. */
  constructor(disk: Pick<Disk, "signatures">, root: AbsPath) {
    this.#disk = disk;
    this.#root = root;
  }

  /** What is known now that it has ended: of any two tasks at most one path, one that was read too early if there is one. */
  add(facts: TaskFacts): readonly Follows[] {
    const { task, startedNs, endedNs } = facts;
    const touched = new Set(facts.touched.filter((path) => isWithin(path, this.#root)));
    const seenAt = new Map<AbsPath, Signature | null>();
    for (const observation of facts.observations) {
      if (observation.kind === "content") seenAt.set(observation.path, observation.signature);
      else if (observation.kind === "missing") seenAt.set(observation.path, null);
    }
    const found: Follows[] = [];
    for (const path of touched) {
      const writing = { task, endedNs, before: seenAt.get(path) };
      add(this.#writings, path, writing);
      for (const reading of this.#readings.get(path) ?? []) found.push(...this.#between(path, reading, writing));
    }
    for (const [path, seen] of seenAt) {
      // What it wrote as well says nothing: a cache that both keep.
      if (touched.has(path) || !isWithin(path, this.#root)) continue;
      const reading = { task, startedNs, seen };
      add(this.#readings, path, reading);
      for (const writing of this.#writings.get(path) ?? []) found.push(...this.#between(path, reading, writing));
    }
    const pairs = new Map<string, Follows>();
    for (const each of found) {
      const pair = `${String(each.after)} ${String(each.before)}`;
      if (pairs.get(pair)?.isTooEarly !== true && (each.isTooEarly || !pairs.has(pair))) pairs.set(pair, each);
    }
    return [...pairs.values()];
  }

  #between(path: AbsPath, reading: Reading, writing: Writing): Follows[] {
    if (reading.task === writing.task) return [];
    const [now = null] = this.#disk.signatures([path]);
    // Removed again, or opened for writing and not written.
    if (now === null || now === "error" || now === writing.before) return [];
    const isTooEarly = reading.seen !== now;
    // Another one wrote it later.
    if (isTooEarly && reading.startedNs >= writing.endedNs) return [];
    return [{ after: reading.task, before: writing.task, path, isTooEarly }];
  }
}

function add<T>(lists: Map<AbsPath, T[]>, path: AbsPath, item: T): void {
  const list = lists.get(path);
  if (list === undefined) lists.set(path, [item]);
  else list.push(item);
}
