// Stores what units did. A unit is folded as soon as it is finished (the disk
// still shows what it saw) and captured when the times of its files can tell
// whether they change again.

import { capture, take } from "../cache/capture.ts";
import type { Captured, CaptureContext, Unit } from "../cache/capture-types.ts";
import { MIN_CPU_NS } from "../cache/comparators.ts";
import { searchedBy } from "../cache/libraries.ts";
import { doubtOf, worthOf } from "../cache/policy.ts";
import { COMPARATORS, isListed, OVERWRITERS, TIME_READERS } from "../cache/programs.ts";
import { loseLeft } from "../cache/remember.ts";
import { assert } from "../base/assert.ts";
import type { Digest } from "../base/digest.ts";
import { isAbsPath } from "../base/path.ts";
import { carryImage, foldAlone, foldUnit, type CarriedImage } from "../ledger/fold.ts";
import { isSystem } from "../cache/roots.ts";
import { LedgerDecoder } from "../ledger/decode.ts";
import type { Doubt, Footprint } from "../ledger/footprint.ts";
import type { FoldContext, Image } from "../ledger/image.ts";
import type { End, Exec } from "../tap/messages.ts";
import type { Barren } from "./barren.ts";
import type { LookedAt } from "./looked-at.ts";
import { Gone, finishOf } from "./gone.ts";
import type { Tally } from "./tally.ts";
import type { Tasks } from "./tasks.ts";
import { taskIn, type Passed, type Tracing } from "./tracing.ts";
import type { Claim, Verification } from "./verification.ts";
import type { Whole } from "./whole.ts";
import type { DiskWorld } from "./world.ts";

export interface KeepContext extends CaptureContext {
  readonly world: DiskWorld;
  readonly tally: Tally;
  readonly tracing: Tracing;
  /** False: the user wants nothing stored; units are only counted. */
  readonly isStoring: boolean;
  /** True: the command's own unit is stored whatever it is worth, because somebody wants to know what it did. */
  readonly isTrial: boolean;
  readonly foldContext: FoldContext;
  readonly barren: Pick<Barren, "has" | "isPlanned" | "forget">;
  /** Null: everything that can be replayed is. */
  readonly verification: Pick<Verification, "compare" | "notCompared"> | null;
  /** Null: it is not `fathom run`. */
  readonly tasks: Pick<Tasks, "isTask" | "ended"> | null;
  /** Null: nobody wants to know what the whole command looked at. */
  readonly lookedAt: Pick<LookedAt, "add" | "unknown"> | null;
  readonly whole: Pick<Whole, "stored"> | null;
}

/** A unit that the cache answered for. */
export interface ReplayedUnit {
  /** Null: no unit around it will be stored. */
  readonly footprint: Omit<Footprint, "doubts"> | null;
  readonly exitCode: number;
  /** Processor time that it took when it ran. */
  readonly cpuNs: bigint;
  /** Null: the supervisor did it alone. */
  readonly strongKey: Digest | null;
}

/** What is known of an image when it starts. */
export interface Beginning {
  readonly replayed: ReplayedUnit | null;
  readonly mayBeStored: boolean;
  /** Whether it was asked about in vain. */
  readonly isMissed: boolean;
  /** What an entry says that the unit will do, when that is verified. */
  readonly claim: Claim | null;
}

interface Known extends Beginning {
  readonly start: Exec;
  end: End | null;
  ledger: readonly Buffer[];
  /** Null: nothing below it has ended that matters. */
  gone: Gone | null;
}

/** A unit that is to be stored. `images`: those whose units were to be stored, its own first. */
interface Candidate {
  readonly unit: Omit<Unit, "footprint">;
  readonly images: readonly [number, ...number[]];
  readonly claim: Claim | null;
}

interface Job extends Candidate {
  readonly unit: Unit;
  readonly readyAtNs: bigint;
}

/** Events that are handed up without having been looked at: a few programs that each read a few hundred files. */
const CARRIED_EVENTS_MAX = 10_000;

/** Units that may wait while there are messages: answers come first, but a build that asks nothing may go on for minutes. */
const UNFOLDED_MAX = 256;

/** For folds, which ask about names without a path. */
export const timeReaders: Pick<ReadonlySet<string>, "has"> = { has: (name) => isListed(TIME_READERS, name) };
export const comparators: Pick<ReadonlySet<string>, "has"> = { has: (name) => isListed(COMPARATORS, name) };

export class Keeper {
  readonly #context: KeepContext;
  readonly #images = new Map<number, Known>();
  readonly #unfolded: number[] = [];
  readonly #decoder = new LedgerDecoder();
  #jobs: Job[] = [];

  constructor(context: KeepContext) {
    this.#context = context;
  }

  begin(start: Exec, beginning: Beginning): void {
    this.#images.set(start.image, { ...beginning, start, end: null, ledger: [], gone: null });
  }

  ended(end: End, ledger: readonly Buffer[]): void {
    const image = this.#images.get(end.image);
    if (image === undefined) return;
    image.end = end;
    image.ledger = ledger;
  }

  /** The image and everything under it is gone. */
  finished(image: number): void {
    this.#unfolded.push(image);
  }

  /** Images of which something is kept. */
  get size(): number {
    return this.#images.size;
  }

  hasWork(): boolean {
    return this.#unfolded.length > 0 || this.#jobs.length > 0;
  }

  /** So much waits to be folded that memory grows with it: each is an environment, and a ledger. */
  isBehind(): boolean {
    return this.#unfolded.length > UNFOLDED_MAX;
  }

  /** One piece of work; where nothing is ready, `wait` is given the time until something is. */
  workOnce(wait: (timeoutMs: number) => void): void {
    const image = this.#unfolded.shift();
    if (image !== undefined) {
      this.#fold(image);
      this.#images.delete(image);
      this.#context.barren.forget(image);
      return;
    }
    const nowNs = this.#context.clock.realtimeNs();
    const job = this.#jobs.find(({ readyAtNs }) => readyAtNs <= nowNs);
    if (job !== undefined) this.#capture(job);
    else if (this.#jobs.length > 0) wait(Number((this.#jobs.reduce((first, { readyAtNs }) => (readyAtNs < first ? readyAtNs : first), nowNs + 1_000_000_000n) - nowNs) / 1_000_000n) + 1);
  }

  /** Has one that ended under this key still to be stored? */
  isBusyWith(weakKey: Digest): boolean {
    return this.#unfolded.some((image) => this.#images.get(image)?.start.weakKey === weakKey) || this.#jobs.some(({ unit }) => unit.weakKey === weakKey);
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
    if (known.replayed !== null) {
      const { footprint, exitCode } = known.replayed;
      assert(footprint !== null, "the footprint of a replayed unit is known where a unit around it may be stored");
      return { kind: "replayed", start: known.start, footprint, exitCode };
    }
    const decoded = this.#decoder.decode(known.ledger);
    known.ledger = [];
    const { records, seqs, isIncomplete } = decoded.ok ? decoded.value : { records: [], seqs: [], isIncomplete: true };
    return { kind: "ran", start: known.start, end: known.end, records, seqs, isIncomplete };
  }

  #fold(image: number): void {
    const known = this.#images.get(image);
    const { barren, isStoring, verification, tasks, lookedAt } = this.#context;
    if (known === undefined) return;
    const isTask = tasks?.isTask(known.start) === true;
    if (isTask && (!isStoring || barren.has(image))) this.#endTask(known, null);
    if (!isStoring) {
      lookedAt?.unknown();
      return this.#passed(image, "not-storing");
    }
    if (barren.has(image)) {
      this.#passed(image, "barren");
      if (lookedAt !== null) this.#lookAlone(known, lookedAt);
      if (known.claim !== null) verification?.notCompared(known.claim, { code: "comparator", program: known.start.path, detail: "" });
      return;
    }
    const above = this.#isWanted(known) ? null : this.#isHandedOn(known) ? "handed-on" : this.#isPart(known) ? "part" : null;
    if (above !== null) this.#passed(image, above);
    const isHandedOn = above !== null;
    const worth = isHandedOn ? null : this.#worthOf(known);
    const isOutermost = barren.has(known.start.parent);
    if (isOutermost && worth === null && !isTask) return lookedAt === null ? undefined : this.#lookAlone(known, lookedAt);
    if (isTask && known.replayed !== null) return this.#endTask(known, known.replayed.footprint);
    const { foldContext, world } = this.#context;
    const children = childrenOf(known);
    const ran = this.#imageOf(known);
    world.begin();
    if (isOutermost) {
      const { footprint } = foldAlone(ran, children, foldContext);
      if (worth !== null) this.#consider(worth, footprint);
      if (isTask) this.#endTask(known, footprint);
      lookedAt?.add(footprint);
      return;
    }
    const isCarried = worth === null && ran.kind === "ran" && this.#isLasting(ran.start.path) && (isHandedOn || isFew(ran, children));
    if (isCarried) return this.#handUp(known, carryImage(ran, children, foldContext), worth);
    const folded = foldUnit(ran, children, foldContext);
    this.#handUp(known, folded, worth);
    if (worth !== null) this.#consider(worth, folded.footprint);
  }

  /** Of an image that nothing is stored of, and no unit around it. */
  #lookAlone(known: Known, lookedAt: Pick<LookedAt, "add" | "unknown">): void {
    const { foldContext, world } = this.#context;
    const { replayed } = known;
    if (replayed !== null) return replayed.footprint === null ? lookedAt.unknown() : lookedAt.add(replayed.footprint);
    const children = childrenOf(known);
    const ran = this.#imageOf(known);
    world.begin();
    lookedAt.add(foldAlone(ran, children, foldContext).footprint);
  }

  /** `footprint` null: what it did is not known. */
  #endTask({ start, end, gone }: Known, footprint: Pick<Footprint, "observations" | "touched"> | null): void {
    this.#context.tasks?.ended(start, footprint, finishOf(end, gone).endedNs);
  }

  /** To what the image above keeps of those below it. */
  #handUp({ start, end, gone, replayed }: Known, folded: CarriedImage, worth: Candidate | null): void {
    const above = this.#images.get(start.parent);
    if (above === undefined) return;
    above.gone ??= new Gone(above.start, (path) => this.#context.world.isSteady(path));
    above.gone.add({ start, end, gone, folded, sparedNs: replayed?.cpuNs ?? 0n, wasWorthStoring: worth !== null });
  }

  /**
   * A program such as env(1), or a script that ends in an exec, only handed its work on to this one: the unit around both
   * is stored, and asked for first. Whatever makes that one differ makes this one differ too, but for its own few lookups.
   */
  #isHandedOn({ start: { image, parent } }: Known): boolean {
    const end = this.#storableAt(parent)?.end;
    return end?.how === 2 && end.successor === image && BigInt(end.cpuNs) < MIN_CPU_NS;
  }

  /**
   * What a compiler's driver starts (cc1, as, ld): nobody else starts it, and the driver's unit is asked for first. With "-pipe"
   * no random name keeps it from being stored, and each compile would be stored three times.
   */
  #isPart({ start: { path, parent } }: Known): boolean {
    const above = this.#storableAt(parent);
    return above !== null && isListed(OVERWRITERS, above.start.path) && isListed(OVERWRITERS, path);
  }

  /** Null: its unit is not stored. */
  #storableAt(image: number): Known | null {
    const known = this.#images.get(image);
    return known?.mayBeStored === true && !this.#context.barren.has(image) ? known : null;
  }

  /** A program that builds do not make and remove: which interpreter and loader it has can be asked later. */
  #isLasting(path: string): boolean {
    return isAbsPath(path) && isSystem(this.#context.roots.tokenise(path));
  }

  /** Whatever it is worth: somebody compares it. */
  #isWanted({ claim, start }: Known): boolean {
    return claim !== null || (this.#context.isTrial && start.parent === 0);
  }

  /** The unit, when it ran and is wanted or worth an entry; its footprint is not looked at yet. */
  #worthOf(known: Known): Candidate | null {
    const { image, path, cwd, argv, weakKey, env, startedNs, parent } = known.start;
    const { end, gone } = known;
    const { barren, roots, tally, tasks } = this.#context;
    const { exit, endedNs } = finishOf(end, gone);
    const isWanted = this.#isWanted(known);
    if (known.replayed !== null || endedNs === null || !isAbsPath(cwd) || (!isWanted && !known.mayBeStored)) {
      if (known.replayed === null && endedNs === null) this.#passed(image, "unknown-end");
      if (known.isMissed) loseLeft(weakKey, this.#context);
      return null;
    }
    const exitCode = exit.kind === "exited" ? exit.code : 1;
    const cpuNs = BigInt((end?.cpuNs ?? 0) + (gone?.cpuNs ?? 0));
    const worth = worthOf({ program: path, argv, cwd, cpuNs, exitCode, isAskedAbout: known.isMissed || this.#context.tasks?.isTask(known.start) === true }, roots);
    if (worth.kind === "skip" && !isWanted) {
      this.#passed(image, worth.reason);
      if (known.isMissed) loseLeft(weakKey, this.#context);
      if (worth.reason === "failed" && cpuNs >= MIN_CPU_NS) tally.ran();
      return null;
    }
    const isAskedForAlone = barren.has(parent) && barren.isPlanned(parent);
    const programs = [...new Set([path, ...(gone?.programs ?? [])])];
    const endedSeq = exit.kind === "unknown" ? Number.MAX_SAFE_INTEGER : exit.exitSeq;
    const task = tasks?.isTask(known.start) === true ? taskIn(env) : null;
    const unit = { image, weakKey, task, program: path, programs, environment: env, exitCode, cpuNs, startedNs, endedNs, endedSeq, isAskedForAlone, searched: searchedBy(programs, argv, cwd) };
    return { unit, images: [image, ...(gone?.candidates ?? [])], claim: known.claim };
  }

  #consider(candidate: Candidate, footprint: Footprint): void {
    const { unit } = candidate;
    const doubt = doubtOf(unit.programs, footprint.doubts);
    if (doubt === undefined) this.#jobs.push({ ...candidate, unit: { ...unit, footprint }, readyAtNs: 0n });
    else this.#refuse(candidate, doubt);
  }

  #refuse({ unit, images, claim }: Candidate, doubt: Doubt): void {
    const { tally, tracing, verification } = this.#context;
    tally.refused(images[0], doubt, Number(unit.cpuNs));
    tracing.came(images[0], { kind: "refused", doubt });
    loseLeft(unit.weakKey, this.#context);
    if (claim !== null) verification?.notCompared(claim, doubt);
  }

  #capture(job: Job): void {
    const { tally, tracing, whole } = this.#context;
    this.#jobs = this.#jobs.filter((other) => other !== job);
    const captured = job.claim === null ? capture(job.unit, this.#context) : this.#verify(job.unit, job.claim);
    switch (captured.kind) {
      case "stored":
        tracing.came(job.images[0], { kind: "stored", strongKey: captured.strongKey });
        whole?.stored(job.images[0], captured.strongKey);
        tracing.listed(job.unit.footprint.observations);
        return tally.stored(job.images);
      case "differs":
        this.#passed(job.images[0], "deviation");
        loseLeft(job.unit.weakKey, this.#context);
        return tally.ran();
      case "refused": return this.#refuse(job, captured.refusal);
      case "too-young":
        this.#jobs.push({ ...job, readyAtNs: captured.retryAtNs });
        return;
    }
  }

  /** Of what was replayed that is all there is to say. */
  #passed(image: number, reason: Passed): void {
    if ((this.#images.get(image)?.replayed ?? null) === null) this.#context.tracing.came(image, { kind: "passed", reason });
  }

  /** Only a unit that did what was claimed has an entry afterwards. */
  #verify(unit: Unit, claim: Claim): Captured | { readonly kind: "differs" } {
    const taken = take(unit, this.#context);
    if (!taken.ok) return taken.failure;
    return this.#context.verification?.compare(claim, taken.value) === true ? taken.value.keep() : { kind: "differs" };
  }
}

const childrenOf = ({ gone, end }: Known): readonly CarriedImage[] => (gone === null ? [] : [gone.asOne(end?.successor ?? 0)]);

/** Walking records twice is cheaper than keeping many of them. */
const isFew = ({ records }: { readonly records: readonly unknown[] }, children: readonly CarriedImage[]): boolean =>
  children.reduce((sum, { carried }) => sum + carried.events.length, records.length) <= CARRIED_EVENTS_MAX;

const sleeper = new Int32Array(new SharedArrayBuffer(4));
export const sleep = (timeoutMs: number): void => {
  Atomics.wait(sleeper, 0, 0, timeoutMs);
};
