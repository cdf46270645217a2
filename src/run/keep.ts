// Stores what units did. A unit is folded as soon as it is finished (the disk
// still shows what it saw) and captured when the times of its files can tell
// whether they change again.

import { capture } from "../cache/capture.ts";
import type { CaptureContext, Unit } from "../cache/capture-types.ts";
import { MIN_CPU_NS, worthOf } from "../cache/policy.ts";
import { COMPARATORS, isListed, TIME_READERS } from "../cache/programs.ts";
import { isAbsPath } from "../base/path.ts";
import { foldUnit, type FoldedUnit } from "../ledger/fold.ts";
import { decodeLedger } from "../ledger/decode.ts";
import type { Footprint } from "../ledger/footprint.ts";
import type { FoldContext, Image } from "../ledger/image.ts";
import { cpuNsOf, exitOf, type UnitNode } from "../ledger/units.ts";
import type { End, Exec } from "../tap/messages.ts";
import type { Tally } from "./tally.ts";
import type { DiskWorld } from "./world.ts";

export interface KeepContext extends CaptureContext {
  readonly world: DiskWorld;
  readonly tally: Tally;
  /** False: the user wants nothing stored; units are only counted. */
  readonly isStoring: boolean;
  readonly foldContext: FoldContext;
}

/** What is known of an image when it starts. */
export interface Beginning {
  /** The cache answered for it. */
  readonly replayed: { readonly footprint: Omit<Footprint, "doubts">; readonly exitCode: number } | null;
  readonly mayBeStored: boolean;
  /** No unit around it is ever stored. */
  readonly isOutermost: boolean;
}

interface Known extends Beginning {
  readonly start: Exec;
  end: End | null;
  ledger: readonly Buffer[];
}

interface Job {
  readonly unit: Unit;
  readonly readyAtNs: bigint;
}

/** For folds, which ask about names without a path. */
export const timeReaders: Pick<ReadonlySet<string>, "has"> = { has: (name) => isListed(TIME_READERS, name) };
export const comparators: Pick<ReadonlySet<string>, "has"> = { has: (name) => isListed(COMPARATORS, name) };

export class Keeper {
  readonly #context: KeepContext;
  readonly #images = new Map<number, Known>();
  readonly #folds = new Map<number, FoldedUnit>();
  readonly #unfolded: UnitNode[] = [];
  /** Of every image whose unit is not stored yet. */
  readonly #ends = new Map<number, End>();
  #jobs: Job[] = [];

  constructor(context: KeepContext) {
    this.#context = context;
  }

  begin(start: Exec, beginning: Beginning): void {
    this.#images.set(start.image, { ...beginning, start, end: null, ledger: [] });
  }

  ended(end: End, ledger: readonly Buffer[]): void {
    const image = this.#images.get(end.image);
    if (image === undefined) return;
    image.end = end;
    this.#ends.set(end.image, end);
    image.ledger = ledger;
  }

  /** The image and everything under it is gone. */
  finished(unit: UnitNode): void {
    this.#unfolded.push(unit);
  }

  hasWork(): boolean {
    return this.#unfolded.length > 0 || this.#jobs.length > 0;
  }

  /** One piece of work; where nothing is ready, `wait` is given the time until something is. */
  workOnce(wait: (timeoutMs: number) => void): void {
    const unit = this.#unfolded.shift();
    if (unit !== undefined) {
      this.#fold(unit);
      return;
    }
    const nowNs = this.#context.clock.realtimeNs();
    const job = this.#jobs.find(({ readyAtNs }) => readyAtNs <= nowNs);
    if (job !== undefined) this.#capture(job);
    else if (this.#jobs.length > 0) wait(Number((this.#jobs.reduce((first, { readyAtNs }) => (readyAtNs < first ? readyAtNs : first), nowNs + 1_000_000_000n) - nowNs) / 1_000_000n) + 1);
  }

  /** Everything that can be stored now, without waiting. */
  finishReady(): void {
    while (this.#unfolded.length > 0) this.workOnce(() => undefined);
    const nowNs = this.#context.clock.realtimeNs();
    for (const job of this.#jobs.filter(({ readyAtNs }) => readyAtNs <= nowNs)) this.#capture(job);
  }

  /** Everything, waiting for the clock where it must. */
  finish(): void {
    while (this.hasWork()) this.workOnce(sleep);
  }

  #imageOf(known: Known): Image {
    if (known.replayed !== null) return { kind: "replayed", start: known.start, ...known.replayed };
    const decoded = decodeLedger(known.ledger);
    known.ledger = [];
    const records = decoded.ok ? decoded.value.records.sort((a, b) => a.seq - b.seq) : [];
    return { kind: "ran", start: known.start, end: known.end, records, isIncomplete: !decoded.ok || decoded.value.isIncomplete };
  }

  #fold(node: UnitNode): void {
    const { image } = node.start;
    const known = this.#images.get(image);
    this.#images.delete(image);
    const children = node.children.flatMap((child) => {
      const fold = this.#folds.get(child.start.image);
      this.#folds.delete(child.start.image);
      return fold === undefined ? [] : [fold];
    });
    if (known === undefined || !this.#context.isStoring) return;
    const worth = this.#worthOf(known, node);
    if (known.isOutermost && worth === null) return;
    this.#context.world.begin();
    const folded = foldUnit(this.#imageOf(known), children, this.#context.foldContext);
    if (!known.isOutermost) this.#folds.set(image, folded);
    if (worth !== null) this.#consider(worth, folded);
  }

  /** The unit, when it ran and is worth an entry; its footprint is not looked at yet. */
  #worthOf(known: Known, node: UnitNode): Omit<Unit, "footprint"> | null {
    const { path, cwd, argv, weakKey, env, startedNs } = known.start;
    const end = lastEnd(node, this.#ends);
    if (known.replayed !== null || !known.mayBeStored || end === null || !isAbsPath(cwd)) return null;
    const exit = exitOf(node);
    const exitCode = exit.kind === "exited" ? exit.code : 1;
    const cpuNs = BigInt(cpuNsOf(node));
    const worth = worthOf({ program: path, argv, cwd, cpuNs, exitCode }, this.#context.roots);
    if (worth.kind === "skip") {
      if (worth.reason === "failed" && cpuNs >= MIN_CPU_NS) this.#context.tally.ran();
      return null;
    }
    return { weakKey, program: path, programs: programsIn(node), environment: env, exitCode, cpuNs, startedNs, endedNs: end.endedNs };
  }

  #consider(unit: Omit<Unit, "footprint">, { footprint }: FoldedUnit): void {
    const [doubt] = footprint.doubts;
    if (doubt === undefined) this.#jobs.push({ unit: { ...unit, footprint }, readyAtNs: 0n });
    else this.#context.tally.refused(doubt, Number(unit.cpuNs));
  }

  #capture(job: Job): void {
    const { tally } = this.#context;
    this.#jobs = this.#jobs.filter((other) => other !== job);
    const captured = capture(job.unit, this.#context);
    switch (captured.kind) {
      case "stored": return tally.ran();
      case "refused": return tally.refused(captured.refusal, Number(job.unit.cpuNs));
      case "too-young":
        this.#jobs.push({ unit: job.unit, readyAtNs: captured.retryAtNs });
        return;
    }
  }
}

const programsIn = (node: UnitNode): string[] => [...new Set([node.start.path, ...node.children.flatMap(programsIn)])];

/** A process that exec'd another program ends as that one. */
function lastEnd(node: UnitNode, ends: ReadonlyMap<number, End>): End | null {
  const end = ends.get(node.start.image) ?? null;
  const next = end?.how === 2 ? node.children.find((child) => child.start.image === end.successor) : undefined;
  return next === undefined ? end : lastEnd(next, ends);
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const sleep = (timeoutMs: number): void => {
  Atomics.wait(sleeper, 0, 0, timeoutMs);
};
