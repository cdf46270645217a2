// Makes a trace of what a session tells. Nothing here may break a run: what is too
// much is left out, and said to be.

import { digestOf, isDigest, type Digest } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import { isAbsPath, toBuffer, type AbsPath } from "../base/path.ts";
import type { Detailed } from "../cache/differences.ts";
import { listedState, type State } from "../cache/facts.ts";
import { isIgnoredState, withoutIgnored } from "../cache/programs.ts";
import { ROOT_LETTERS, type Roots } from "../cache/roots.ts";
import type { Observation } from "../ledger/footprint.ts";
import { STREAM } from "../ledger/layout.ts";
import type { RunResult } from "../run/tally.ts";
import { isUncached } from "../run/uncached.ts";
import { taskIn, type Fate, type Miss, type Start, type Tracing, type Unplanned } from "../run/tracing.ts";
import { EXEC_BOUND, EXEC_PLANNED, type Ask, type Done, type End, type Exec, type Hello, type Slight, type Took as ToldTook } from "../tap/messages.ts";
import { TraceEncoder, WEAK_KEY_BYTES } from "./encode.ts";
import { Flows } from "./flows.ts";
import { changesFrom, changesOf, type LedgerChange } from "./ledger-changes.ts";
import type { InlineGround } from "./inline.ts";
import { readFailure } from "./ledger-failure.ts";
import { LedgerReader, type LedgerReading } from "./ledger-reading.ts";
import { amongNow, foundOwn } from "./own-doing.ts";
import { Touching } from "./touching.ts";
import { FAILED_MAX, type FailedLook, type PathChange, type ProcessDifference, type ProcessMiss } from "./trace.ts";
import { Variables } from "./variables.ts";

/** Paths and variables that differed somewhere in the run: who looks at them is noted. */
const WATCHED_MAX = 4096;
/** Paths whose last writer is told at once, not only afterwards. */
const WRITERS_MAX = 100_000;

export interface RecorderContext {
  readonly hello: Hello;
  readonly roots: Roots;
  readonly disk: Pick<Disk, "list" | "signatures" | "hashFiles">;
  readonly salt: Buffer;
  /** One line for who waits for it; asked of tasks only. */
  readonly inline: (ask: Ask, miss: ProcessMiss, now: Pick<InlineGround, "writerOf" | "foundOwn">) => string;
  /** Is given the bytes of the trace. */
  readonly keep: (bytes: Buffer) => void;
}

/** As native/supervisor/key.c counts them. */
const roleOf = ({ kind }: { readonly kind: number }): number => (kind === STREAM.closed || kind === STREAM.terminal ? kind : STREAM.pipe);

export class Recorder implements Tracing {
  readonly #context: RecorderContext;
  readonly #encoder = new TraceEncoder();
  readonly #variables: Variables;
  readonly #reader: LedgerReader;
  readonly #touching: Touching;
  /** By the order record that a question and its start share. */
  readonly #misses = new Map<number, ProcessMiss>();
  readonly #watched = new Set<string>();
  /** What wrote a path last, for who waits for a cause; only of tasks. */
  readonly #writers = new Map<string, string>();
  readonly #tasks = new Map<number, string>();
  /** Of what was started for a task, by its weak key. */
  readonly #taskNames = new Map<Digest, string>();
  readonly #flows = new Flows();
  /** Written at the end: which are the last is known then. */
  readonly #failed = new Map<number, FailedLook>();
  #startedNs: bigint | null = null;
  #root = 0;

  constructor(context: RecorderContext) {
    this.#context = context;
    this.#variables = new Variables(this.#encoder, context.roots, context.salt);
    this.#reader = new LedgerReader(ROOT_LETTERS.flatMap((letter) => context.roots.pathOf(letter) ?? []));
    this.#touching = new Touching(context.roots, context.disk, this.#reader);
  }

  missed(ask: Ask, miss: Miss): string {
    const kept = this.#missOf(miss);
    this.#misses.set(ask.seq, kept);
    const isTask = ask.parent === this.#root && this.#root !== 0 && taskIn(ask.env) !== null;
    if (!isTask) return "";
    const { roots, disk, inline } = this.#context;
    const differences = miss.kind === "differs" ? miss.differences : [];
    return inline(ask, kept, {
      writerOf: (at) => this.#writers.get(at) ?? null,
      foundOwn: (own) => foundOwn(differences, own, (difference) => amongNow(difference, own, roots, disk)),
    });
  }

  began(exec: Exec, start: Start): void {
    this.#startedNs ??= exec.startedNs;
    if (exec.parent === 0 && this.#root === 0) this.#root = exec.image;
    const { roots } = this.#context;
    const miss = this.#misses.get(exec.seq);
    this.#misses.delete(exec.seq);
    const task = taskIn(exec.env);
    const isKept = this.#encoder.began({
      image: exec.image, parent: exec.parent, startedUs: this.#sinceStart(exec.startedNs), program: tokenOf(exec.path, roots), cwd: tokenOf(exec.cwd, roots),
      argv: exec.argv.map((argument) => roots.tokeniseText(argument)), umask: exec.umask, roles: [roleOf(exec.streams[1]), roleOf(exec.streams[2])], task,
      environment: this.#variables.environment(exec.env), weakKey: exec.weakKey.slice(0, WEAK_KEY_BYTES * 2), isBound: (exec.flags & EXEC_BOUND) !== 0, isUncached: isUncached(exec.env), isSlight: false, argumentsLeftOut: 0,
    });
    if (!isKept) return;
    this.#flows.began(exec.image, exec.path, exec.seq);
    this.#touching.began(exec);
    if (task !== null) this.#tasks.set(exec.image, task);
    if (task !== null && exec.parent === this.#root) this.#taskNames.set(exec.weakKey, task);
    if (miss !== undefined) this.#encoder.missed(exec.image, miss);
    if (start.kind !== "ran") this.#encoder.came(exec.image, start);
    if (start.kind === "replayed") this.#touching.stored(exec.image);
  }

  took({ image, isCounted, delayNs, systemNs, faults, diskFaults, readBytes, writtenBytes, peakBytes, countersError, instructions, cycles, cacheMisses, ...waited }: ToldTook): void {
    const { childrenNs, pipeNs, lockNs, diskNs, networkNs, timerNs, eventsNs, tapNs } = waited;
    const counted = { delayUs: usOf(delayNs), systemUs: usOf(systemNs), faults: Number(faults), diskFaults: Number(diskFaults), readBytes: Number(readBytes), writtenBytes: Number(writtenBytes), peakBytes: Number(peakBytes) };
    const waitedUs = { children: usOf(childrenNs), pipe: usOf(pipeNs), lock: usOf(lockNs), disk: usOf(diskNs), network: usOf(networkNs), timer: usOf(timerNs), events: usOf(eventsNs), tap: usOf(tapNs) };
    const counters = countersError !== 0 ? countersError : cycles === 0n ? null : { instructions: Number(instructions), cycles: Number(cycles), cacheMisses: Number(cacheMisses) };
    this.#encoder.took(image, { counted: isCounted === 1 ? counted : null, counters, waitedUs });
  }

  ended(end: End, ledger: readonly Buffer[]): void {
    this.#encoder.ended(end.image, {
      endedUs: this.#sinceStart(end.endedNs), how: end.how, code: end.code >>> 0, successor: end.successor, cpuUs: Math.floor(end.cpuNs / 1000),
    });
    const task = this.#tasks.get(end.image);
    this.#tasks.delete(end.image);
    const reading = this.#reader.read(ledger);
    const { used, replaced } = this.#flows.ended(end.image, reading);
    this.#encoder.used(end.image, used, replaced);
    if (this.#flows.isFull) this.#encoder.leftOut();
    this.#touching.ended(end, reading);
    if (ledger.length === 0) return;
    if (end.how === 1 || (end.how === 0 && end.code !== 0)) this.#fell(end.image, ledger);
    const { roots } = this.#context;
    const changes = changesOf(reading.changes);
    for (const { path } of changes) this.#reader.want(path);
    const tokens = tokensOf(changes, roots);
    this.#encoder.changed(end.image, tokens);
    this.#encoder.looked(end.image, this.#watchedIn(reading).map((name) => (isAbsPath(name) ? roots.tokenise(name) : name)));
    if (task !== undefined && this.#writers.size < WRITERS_MAX) for (const { at } of tokens) this.#writers.set(at, task);
  }

  came(image: number, fate: Fate): void {
    if (fate.kind === "stored") this.#touching.stored(image);
    this.#encoder.came(image, fate.kind === "refused" ? { kind: "refused", ...fate.doubt } : fate);
  }

  slight(slight: Slight | null): void {
    if (slight === null) return this.#encoder.leftOut();
    const { image, parent, startedNs, endedNs, path, cwd, task, argv, argumentsLeftOut, flags, weakKey, changed } = slight;
    const { roots } = this.#context;
    const isKept = this.#encoder.began({
      image, parent, startedUs: this.#sinceStart(startedNs), program: tokenOf(path, roots), cwd: tokenOf(cwd, roots), argv: argv.map((argument) => roots.tokeniseText(argument)), argumentsLeftOut,
      umask: 0, roles: [0, 0], task: task === "" ? null : task, environment: 0, weakKey: weakKey.slice(0, WEAK_KEY_BYTES * 2), isBound: (flags & EXEC_BOUND) !== 0, isUncached: false, isSlight: true,
    });
    if (!isKept) return;
    if (task !== "") this.#taskNames.set(weakKey, task);
    const isPlanned = (flags & EXEC_PLANNED) !== 0;
    this.#encoder.ended(image, { endedUs: this.#sinceStart(endedNs), how: 0, code: 0, successor: 0, cpuUs: 0 });
    this.#encoder.came(image, isPlanned ? { kind: "planned" } : { kind: "passed", reason: "trivial" });
    const changes = changesFrom(changed);
    this.#encoder.changed(image, tokensOf(changes, roots));
    this.#touching.slight(image, changes);
  }

  preserved(path: string, digest: Digest): void {
    this.#touching.preserved(path, digest);
  }

  listed(observations: readonly Observation[]): void {
    for (const observation of observations) {
      if (observation.kind !== "listed" || observation.names.length === 0) continue;
      const names = withoutIgnored(this.#context.roots.tokenise(observation.path), observation.names);
      this.#encoder.listing(digestOf(toBuffer(names)), names);
    }
  }

  unplanned(reasons: readonly Unplanned[]): void {
    const nameOf = (task: Unplanned["task"]): string | null => (task === null ? null : "name" in task ? task.name : this.#taskNames.get(task.weakKey) ?? null);
    if (this.#root === 0) return;
    this.#encoder.unplanned(this.#root, reasons.map(({ code, detail, task }) => ({ code, detail, task: nameOf(task) })));
  }

  done(done: Done, result: RunResult): void {
    const { hello, keep, salt } = this.#context;
    for (const touched of this.#touching.finish()) this.#encoder.touched(touched);
    if (!this.#touching.isWhole) this.#encoder.leftOut();
    for (const [image, look] of this.#failed) this.#encoder.failed(image, look);
    keep(this.#encoder.finish({
      startedNs: done.startedNs, wallUs: Number(result.wallNs / 1000n), cwd: hello.cwd, command: hello.command, flags: hello.flags, exit: { how: done.how, code: done.code >>> 0 },
      processes: result.processes, replayed: result.replayed, ran: result.ran, notStored: result.notStored, savedUs: Number(result.savedNs / 1000n), salt: salt.toString("hex"),
    }));
  }

  #fell(image: number, ledger: readonly Buffer[]): void {
    this.#failed.set(image, readFailure(ledger, this.#context.roots));
    const [oldest] = this.#failed.keys();
    if (oldest !== undefined && this.#failed.size > FAILED_MAX) this.#failed.delete(oldest);
  }

  #watchedIn({ looks, variables }: LedgerReading): readonly string[] {
    if (this.#watched.size === 0) return [];
    const names = [...looks.map(({ path }) => path), ...variables.map((name) => `$${name}`)];
    return [...new Set(names.filter((name) => this.#watched.has(name)))];
  }

  #sinceStart(ns: bigint): number {
    const sinceNs = ns - (this.#startedNs ?? ns);
    return sinceNs > 0n ? Number(sinceNs / 1000n) : 0;
  }

  #missOf(miss: Miss): ProcessMiss {
    if (miss.kind !== "differs") return miss;
    const differences = miss.differences.map((difference) => this.#differenceOf(difference));
    return { kind: "differs", strongKey: miss.strongKey, differences, total: differences.length };
  }

  #differenceOf({ kind, name, what, was, now }: Detailed): ProcessDifference {
    const path = kind === "variable" ? null : this.#context.roots.locate(name);
    const watched = kind === "variable" ? `$${name}` : path;
    if (watched !== null && watched !== "" && this.#watched.size < WATCHED_MAX) {
      this.#watched.add(watched);
      this.#reader.want(watched);
    }
    const [before, after] = kind === "listed" && what === "names" ? [listingOf(was), listingOf(now)] : [null, null];
    if (before === null || after === null) return { kind, name, what, listings: null };
    if (path !== null && !this.#encoder.hasListing(after)) this.#listNow(path, name, now, after);
    return { kind, name, what, listings: { was: before, now: after } };
  }

  /** As they are while the question is asked: when the unit is stored they may be others. */
  #listNow(path: AbsPath, token: string, state: State, digest: Digest): void {
    const names = this.#context.disk.list(path);
    const counted = names === null ? null : withoutIgnored(token, names);
    if (counted !== null && listedState(counted) === state) this.#encoder.listing(digest, counted);
  }
}

const usOf = (ns: bigint): number => Number(ns / 1000n);

/** Files of the temporary folder are nobody's input, and their names never come back. */
const tokensOf = (changes: readonly LedgerChange[], roots: Roots): readonly PathChange[] =>
  changes.map(({ how, path }) => ({ how, at: roots.tokenise(path) })).filter(({ at }) => !at.startsWith("\x01T") && !isIgnoredState(at));

const tokenOf = (path: string, roots: Roots): string => (isAbsPath(path) ? roots.tokenise(path) : path);

/** The digest in the state of a listing: behind its letter. */
function listingOf(state: State): Digest | null {
  const hex = state.startsWith("N") ? Buffer.from(state.slice(1), "latin1").toString("hex") : "";
  return isDigest(hex) ? hex : null;
}
