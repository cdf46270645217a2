// One command under the tap, from its first process to its last: answers what the
// supervisor asks, and stores what units did when they are gone. Answers come
// first; storing is done in between, one unit at a time.

import { ask, type VerifyContext } from "../cache/verify.ts";
import { footprintOf } from "../cache/hit-footprint.ts";
import { isAboutPath } from "../cache/facts.ts";
import type { Detailed } from "../cache/differences.ts";
import type { Layer } from "../cache/layer.ts";
import { encodePlan } from "../cache/plan.ts";
import { replay } from "../cache/replay.ts";
import type { PreservedState } from "../cache/capture-types.ts";
import { isNeverStored } from "../cache/policy.ts";
import { COMPARATORS, isListed } from "../cache/programs.ts";
import type { Digest } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import { isAbsPath, type AbsPath } from "../base/path.ts";
import { realNameOf } from "../base/real-name.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { Clock } from "../base/clock.ts";
import { ctimeNsOf, isSignature, SIGNATURE_BYTES, type Signature } from "../base/signature.ts";
import { UnitTree } from "../ledger/units.ts";
import type { Channel } from "../tap/channel.ts";
import { EXEC_BEGUN, EXEC_BOUND, EXEC_PLANNED, type Ask, type Done, type End, type Exec, type Kept, type Message, type Preserve } from "../tap/messages.ts";
import { Barren } from "./barren.ts";
import { limitOf } from "./limit.ts";
import { Keeper, sleep, type KeepContext, type ReplayedUnit } from "./keep.ts";
import type { RunResult, Tally } from "./tally.ts";
import type { Tasks } from "./tasks.ts";
import { taskIn, type Miss, type Start, type Unplanned } from "./tracing.ts";
import { isUncached } from "./uncached.ts";
import type { Verification } from "./verification.ts";
import type { Whole } from "./whole.ts";

export interface SessionContext extends Omit<KeepContext, "barren" | "verification"> {
  readonly verification: Verification | null;
  readonly channel: Channel;
  readonly verify: VerifyContext;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly tally: Tally;
  readonly runId: string;
  /** Null: it is not `fathom run`. */
  readonly tasks: Tasks | null;
  /** Null: no plan is made of the whole run. */
  readonly whole: Whole | null;
  /** Null: it is no view in which outputs may be without their bytes. */
  readonly layer: Layer | null;
  /** Content of a file that was about to change, for units that need it; `preserved` gives it back. */
  readonly preserve: (path: AbsPath, state: PreservedState) => unknown;
}

/** The supervisor follows plans only where no unit around will be stored. */
const BY_PLAN: ReplayedUnit = { footprint: null, exitCode: 0, cpuNs: 0n, strongKey: null };

/** It runs already, and nobody waits for an answer. */
const isBegun = ({ flags }: Ask): boolean => (flags & EXEC_BEGUN) !== 0;

export class Session {
  readonly #context: SessionContext;
  readonly #units = new UnitTree();
  readonly #keeper: Keeper;
  /** Questions that were answered "replayed", until their image starts. */
  readonly #answered = new Map<number, ReplayedUnit>();
  /** Weak keys that were answered "run". */
  readonly #missed = new Set<Digest>();
  readonly #barren = new Barren();
  #done: Done | null = null;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#keeper = new Keeper({ ...context, barren: this.#barren });
  }

  run(): Result<RunResult | null, Failure> {
    const { channel, tally } = this.#context;
    while (this.#done === null && channel.isOpen()) {
      if (this.#keeper.isBehind()) this.#keeper.workOnce(() => undefined);
      const next = channel.next(!this.#keeper.hasWork());
      if (!next.ok) return next;
      if (next.value !== null) this.#handle(next.value);
      else if (channel.isOpen()) this.#keeper.workOnce((timeoutMs) => { channel.wait(timeoutMs); });
    }
    this.#keeper.finish();
    if (this.#done === null) return ok(null);
    this.#keepWhole(this.#done);
    this.#nameLeftRunning(this.#done);
    const result = tally.result(this.#done.processes, this.#done.endedNs - this.#done.startedNs, this.#done.supervisorNs);
    this.#context.tracing.done(this.#done, result);
    return ok(result);
  }

  #keepWhole(done: Done): void {
    const { tasks, tracing, whole } = this.#context;
    if (tasks === null) return;
    const no = (code: string): Result<never, readonly Unplanned[]> => fail([{ code, detail: "", task: null }]);
    const kept = whole === null ? no("not-storing") : this.#units.running().length > 0 ? no("left-running") : whole.keep(done, sleep);
    if (!kept.ok) tracing.unplanned(kept.failure);
  }

  /** No unit around a process that outlives the command is ever finished: the one reason for all of them. */
  #nameLeftRunning({ startedNs, endedNs }: Done): void {
    const [left] = this.#units.running();
    if (left === undefined) return;
    this.#context.lookedAt?.unknown();
    this.#context.tally.refused(left.image, { code: "left-running", program: left.path, detail: "" }, Number(endedNs - startedNs));
  }

  #handle(message: Message): void {
    switch (message.kind) {
      case "ask": return this.#ask(message);
      case "exec": return this.#exec(message);
      case "end": return this.#end(message);
      case "preserve": return this.#preserve(message);
      case "kept": return this.#keep(message);
      case "done":
        this.#done = message;
        return;
      case "task-planned": return this.#context.whole?.planned(message);
      case "planned": return this.#context.tally.planned(message.units, message.savedNs);
      case "slight": return this.#context.tracing.slight(message);
      case "mapped": return this.#context.known.mapped.begins(message.image, message.dev, message.ino);
      case "took": return this.#context.tracing.took(message);
      case "left-out": return this.#context.tracing.slight(null);
      case "hello": case "answer": case "release": return;
    }
  }

  #ask(message: Ask): void {
    const miss = this.#replay(message);
    if (miss === "replayed") return;
    this.#missed.add(message.weakKey);
    const cause = miss === null ? "" : this.#context.tracing.missed(message, miss);
    if (isBegun(message)) return;
    this.#context.channel.send({ kind: "answer", question: message.question, verdict: 0, code: 0, streams: cause });
  }

  /** Null: a program that runs always. */
  #replay(message: Ask): "replayed" | Miss | null {
    const { verify, verification, disk, clock, tally, channel, runId, store, records, roots, known, tasks, lookedAt, layer } = this.#context;
    if (isListed(COMPARATORS, message.path)) return null;
    let startedNs = clock.nowNs();
    if (this.#keeper.isBusyWith(message.weakKey)) this.#keeper.finishReady();
    let verdict = ask(message.weakKey, message.env, verify);
    if (verdict.kind === "hit" && isBegun(message)) return { kind: "gone" }; // It came back meanwhile.
    if (verdict.kind === "hit" && verification !== null) {
      if (verification.takes(message, verdict.hit)) return { kind: "verified", strongKey: verdict.hit.strongKey };
      // Trials take their time, in which things change.
      startedNs = clock.nowNs();
      verdict = ask(message.weakKey, message.env, verify);
    }
    if (verdict.kind === "miss") {
      const near = verdict.near();
      if (near === null || near === "gone") return { kind: "gone" };
      return { kind: "differs", strongKey: near.strongKey, differences: isBegun(message) ? this.#fromBefore(near.differences, message.startedNs) : near.differences };
    }
    this.#keeper.finishReady(); // A replay may change what those that ended have made; who runs waits for none of that.
    const { entry, strongKey } = verdict.hit;
    // Before the replay, which may change a directory that was listed.
    const isInner = !this.#barren.has(message.parent);
    const isTask = tasks?.isTask(message) === true;
    const footprint = isInner || lookedAt !== null || isTask ? footprintOf(verdict.hit, { disk, store, roots }) : ok(null);
    if (!footprint.ok && isInner) return { kind: "not-replayed", strongKey, code: footprint.failure.code };
    const isJudgedByTime = this.#barren.isJudgedByTime(message.parent);
    const makes = this.#barren.isPlanned(message.parent);
    const restores = isTask && isAbsPath(message.cwd) ? limitOf(message.env, message.cwd) : null;
    const done = replay(verdict.hit, { disk, clock, store, records, roots, known, runId, isJudgedByTime, makes, restores, layer, task: isTask ? taskIn(message.env) : null });
    if (!done.ok) return { kind: "not-replayed", strongKey, code: done.failure.code };
    const unit = { footprint: footprint.ok ? footprint.value : null, exitCode: done.value.exitCode, cpuNs: entry.cpuNs, strongKey };
    this.#answered.set(message.question, unit);
    channel.send({ kind: "answer", question: message.question, verdict: 1, code: unit.exitCode, streams: done.value.output ?? "" });
    const { hit } = verdict;
    done.value.remember((confirmed) =>
      !isInner ? encodePlan(hit, confirmed, message.env, { disk, clock, store, roots, makes, areBlobsNew: false }) : null);
    records.markUsed(message.weakKey);
    tally.replayed(entry.cpuNs, clock.nowNs() - startedNs);
    if (unit.footprint !== null) this.#context.tracing.listed(unit.footprint.observations);
    return "replayed";
  }

  /** Without what has changed since: the unit's own doing. */
  #fromBefore(differences: readonly Detailed[], startedNs: bigint): readonly Detailed[] {
    const { disk, roots } = this.#context;
    const before = differences.filter((difference) => {
      const path = isAboutPath(difference) ? roots.locate(difference.name) : null;
      const [signature = null] = path === null ? [null] : disk.signatures([path]);
      return path === null || (isSignature(signature) && ctimeNsOf(signature) < startedNs);
    });
    return before.length > 0 ? before : differences;
  }

  #exec(message: Exec): void {
    const { roots, tasks } = this.#context;
    this.#units.exec(message);
    tasks?.begins(message);
    this.#context.whole?.begins(message, this.#answered.get(message.question)?.strongKey ?? null);
    const replayed = (message.flags & EXEC_PLANNED) !== 0 ? BY_PLAN : this.#answered.get(message.question);
    this.#answered.delete(message.question);
    this.#context.tracing.began(message, startOf(replayed));
    const { path, argv, cwd } = message;
    const isPlain = path.startsWith("/") && isAbsPath(cwd);
    const mayBeStored = isPlain && !(tasks !== null && isUncached(message.env)) && (message.flags & EXEC_BOUND) === 0 && !isNeverStored({ program: path, argv, cwd }, roots);
    // Of `fathom run` the tasks are stored, not the program that starts them.
    const startsTasks = tasks !== null && message.parent === 0;
    this.#barren.begins(message, { isComparator: isPlain && !startsTasks && isListed(COMPARATORS, path), startsTasks, mayBeStored });
    this.#keeper.begin(message, { replayed: replayed ?? null, mayBeStored, isMissed: this.#missed.has(message.weakKey), claim: this.#context.verification?.begins(message) ?? null });
  }

  #end(message: End): void {
    this.#context.known.mapped.ends(message.image);
    const ledger = this.#context.channel.take(message.chunks);
    this.#context.tracing.ended(message, ledger);
    this.#context.whole?.ended(message, ledger);
    this.#keeper.ended(message, ledger);
    for (const image of this.#units.end(message)) this.#keeper.finished(image);
  }

  /** A file that somebody relied on or made is about to change: what it holds is kept for the units that need it. */
  #preserve({ question, image, path, atNs }: Preserve): void {
    const { channel, disk, store, known, preserve } = this.#context;
    this.#keeper.finishReady();
    const real = realNameOf(disk, path);
    const [hashed] = real === null ? [] : disk.hashFiles([real]);
    if (real !== null && hashed !== null && hashed !== undefined && !known.mapped.has(hashed.signature) && store.putFile(real, hashed.digest, hashed.signature).ok) {
      preserve(real, { signature: hashed.signature, digest: hashed.digest, owner: disk.otherOwner(real), atNs, by: this.#units.around(image) });
      this.#context.tracing.preserved(path, hashed.digest);
    }
    channel.send({ kind: "answer", question, verdict: 0, code: 0, streams: "" });
  }

  /** Likewise, by the supervisor, before this engine was started. What made it is not stored then, unless the store has its content. */
  #keep({ image, path, state, content, atNs }: Kept): void {
    if (!isAbsPath(path) || state.length !== SIGNATURE_BYTES) return;
    this.#context.preserve(path, { signature: state as Signature, digest: content, owner: "", atNs, by: this.#units.around(image) });
    this.#context.tracing.preserved(path, content);
  }
}

const startOf = (unit: ReplayedUnit | undefined): Start =>
  unit === undefined ? { kind: "ran" } : unit.strongKey === null ? { kind: "planned" } : { kind: "replayed", strongKey: unit.strongKey };
