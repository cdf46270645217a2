// For tests: a workspace in memory, and units that read and write it and keep
// the footprint that a fold would give. Each is captured, asked for and replayed
// with the real parts.

import assert from "node:assert/strict";
import { digestOf, type Digest } from "../base/digest.ts";
import { namesIn } from "../base/disk.ts";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath, byteOrder, parentOf, type AbsPath } from "../base/path.ts";
import type { Failure, Result } from "../base/result.ts";
import { isSignature, typeOf, type Signature } from "../base/signature.ts";
import type { Chunk, EnvironmentUse, Observation } from "../ledger/footprint.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { capture } from "./capture.ts";
import type { Captured, CaptureContext, PreservedState, Unit } from "./capture-types.ts";
import { Known } from "./known.ts";
import { Records } from "./records.ts";
import { replay, type Replayed } from "./replay.ts";
import { Roots } from "./roots.ts";
import { SystemMemo } from "./tree.ts";
import { ask, type Hit, type Verdict } from "./verify.ts";

export const WORKSPACE = "/home/ann/work";

/** Longer than any clock tick. */
export const LONG_NS = 1_000_000_000n;

/** Of the one unit of such a run. */
export const FAKE_IMAGE = 7;

export class FakeRun {
  readonly disk: FakeDisk;
  readonly store: Store;
  readonly preserved = new Map<string, PreservedState[]>();
  weakKey: Digest = digestOf(Buffer.from("cc -c a.c"));
  environment: readonly string[] = ["PATH=/usr/bin", `PWD=${WORKSPACE}`];
  context: CaptureContext;
  memo: SystemMemo;
  /** Null: a command that is no task. */
  task: string | null = "a#build";
  outsideWrites = 0;
  /** What is being changed after the unit has ended, whatever times say. */
  readonly changedAfter = new Set<string>();

  constructor(files: Readonly<Record<string, string>> = {}, workspace = WORKSPACE, disk = new FakeDisk(), store?: Store) {
    this.disk = disk;
    for (const [path, content] of Object.entries(files)) disk.write(path.startsWith("/") ? path : `${workspace}/${path}`, content);
    disk.clock.advance(LONG_NS);
    this.store = store ?? must(openStore({ root: absPath("/cache/store"), disk, clock: disk.clock }));
    this.memo = new SystemMemo(() => this.outsideWrites);
    this.context = this.#fresh(workspace);
  }

  #fresh(workspace: string): CaptureContext {
    return {
      disk: this.disk, clock: this.disk.clock, store: this.store, records: new Records(this.store),
      roots: new Roots(absPath(workspace), absPath("/home/ann"), absPath("/tmp")),
      known: new Known(this.disk, this.disk.clock, this.store),
      memo: this.memo,
      isChangedAfter: (path) => this.changedAfter.has(path),
      isOrdinary: false,
      preserved: (path) => this.preserved.get(path) ?? [],
    };
  }

  /** As if a new Fathom had started: nothing is remembered but what is stored. */
  restart(): void {
    this.disk.clock.advance(LONG_NS);
    this.memo = new SystemMemo(() => this.outsideWrites);
    this.context = this.#fresh(this.context.roots.workspace);
  }

  path(name: string): AbsPath {
    return absPath(name.startsWith("/") ? name : `${this.context.roots.workspace}/${name}`);
  }

  write(name: string, content: string): void {
    const path = this.path(name);
    must(this.disk.ensureDirectory(parentOf(path)));
    must(this.disk.writeFile(path, Buffer.from(content), 0o644));
    this.disk.clock.advance(LONG_NS);
  }

  /** With all below. */
  remove(name: string): void {
    const path = this.path(name);
    const below = this.disk.list(path);
    if (below === null) must(this.disk.removeFile(path));
    else {
      for (const child of namesIn(below)) this.remove(`${path}/${child.name}`);
      must(this.disk.removeDirectory(path));
    }
    this.disk.clock.advance(LONG_NS);
  }

  text(name: string): string | null {
    return this.disk.text(this.path(name));
  }

  signature(name: string): Signature {
    const [found] = this.disk.signatures([this.path(name)]);
    assert.ok(isSignature(found), `${name} is there`);
    return found;
  }

  /** Runs a unit: `act` does its work through the recorder. */
  unit(act: (unit: FakeUnit) => void): FakeUnit {
    const unit = new FakeUnit(this);
    act(unit);
    unit.end();
    this.disk.clock.advance(LONG_NS);
    return unit;
  }

  /** Runs a unit and stores it. */
  stored(act: (unit: FakeUnit) => void): Digest {
    const captured = this.unit(act).capture();
    assert.ok(captured.kind === "stored", captured.kind === "refused" ? JSON.stringify(captured.refusal) : captured.kind);
    return captured.strongKey;
  }

  ask(): Verdict {
    return ask(this.weakKey, this.environment, { ...this.context, memo: this.memo });
  }

  hit(): Hit {
    const verdict = this.ask();
    assert.ok(verdict.kind === "hit", verdict.kind === "miss" ? JSON.stringify(verdict.differences) : "");
    return verdict.hit;
  }

  /** What differed, for each path set: "\x01W/a.c: content" with "W" for the token. */
  differences(): string[] {
    const verdict = this.ask();
    assert.ok(verdict.kind === "miss", "the entry must not hold");
    return verdict.differences.map(({ name, what }) => `${name.replace("\x01", "")}: ${what}`);
  }

  tryReplay(isJudgedByTime = false): Result<Replayed, Failure> {
    return replay(this.hit(), { ...this.context, runId: "test", isJudgedByTime, makes: isJudgedByTime, restores: null, layer: null, task: this.task });
  }

  replay(): Replayed {
    const replayed = must(this.tryReplay());
    replayed.remember(() => null);
    this.disk.clock.advance(LONG_NS);
    return replayed;
  }

  /** How another checkout of the same store sees it. */
  checkout(workspace: string): FakeRun {
    const other = new FakeRun({}, workspace, this.disk, this.store);
    other.environment = this.environment.map((variable) => variable.replace(this.context.roots.workspace, workspace));
    return other;
  }
}

export class FakeUnit {
  readonly #run: FakeRun;
  readonly #startedNs: bigint;
  readonly #observations = new Map<string, Observation>();
  readonly #touched = new Set<AbsPath>();
  readonly #created = new Set<AbsPath>();
  readonly #output: Chunk[] = [];
  readonly moves: { from: AbsPath; to: AbsPath }[] = [];
  variables: EnvironmentUse = { kind: "names", names: [] };
  programs: string[] = ["/usr/bin/prog"];
  searched: ReadonlySet<AbsPath> = new Set();
  exitCode = 0;
  doubts: Unit["footprint"]["doubts"] = [];
  #endedNs = 0n;

  constructor(run: FakeRun) {
    this.#run = run;
    this.#startedNs = run.disk.clock.realtimeNs();
  }

  /** The first that is learned counts, and content is more than type. */
  #observe(observation: Observation): void {
    if (this.#touched.has(observation.path)) return;
    const known = this.#observations.get(observation.path);
    if (known === undefined || (known.kind === "type" && observation.kind === "content")) this.#observations.set(observation.path, observation);
  }

  reads(name: string, isTimed = false): string {
    const path = this.#run.path(name);
    this.#observe({ kind: "content", path, signature: this.#run.signature(name), timed: isTimed, isRead: true });
    return this.#run.text(name) ?? "";
  }

  /** For appending, and writes nothing. */
  opens(name: string): void {
    this.reads(name);
    this.#touched.add(this.#run.path(name));
  }

  misses(name: string): void {
    this.#observe({ kind: "missing", path: this.#run.path(name) });
  }

  /** That it is there, and what kind of thing it is. */
  sees(name: string): void {
    this.#observe({ kind: "type", path: this.#run.path(name), type: typeOf(this.#run.signature(name)) });
  }

  lists(name: string): void {
    const path = this.#run.path(name);
    this.#observe({ kind: "listed", path, names: this.#run.disk.list(path) ?? "" });
  }

  readsLink(name: string): void {
    const path = this.#run.path(name);
    this.#observe({ kind: "link", path, target: this.#run.disk.readLink(path) ?? "" });
  }

  /** Truncates: nothing about the state before is a fact. */
  writes(name: string, content: string, permissions = 0o644): void {
    const path = this.#run.path(name);
    this.#creates(path);
    must(this.#run.disk.writeFile(path, Buffer.from(content), permissions));
    this.#touched.add(path);
  }

  #creates(path: AbsPath): void {
    if (this.#run.disk.signatures([path])[0] === null && !this.#touched.has(path)) this.#created.add(path);
  }

  removes(name: string): void {
    const path = this.#run.path(name);
    this.#observe({ kind: "type", path, type: "file" });
    must(this.#run.disk.removeFile(path));
    this.#touched.add(path);
  }

  makesDirectory(name: string, permissions = 0o755): void {
    const path = this.#run.path(name);
    this.misses(name);
    this.#creates(path);
    must(this.#run.disk.makeDirectory(path, permissions));
    this.#touched.add(path);
  }

  makesLink(name: string, target: string): void {
    const path = this.#run.path(name);
    this.#creates(path);
    must(this.#run.disk.symlink(target, path));
    this.#touched.add(path);
  }

  linksTo(from: string, to: string): void {
    this.#creates(this.#run.path(to));
    must(this.#run.disk.link(this.#run.path(from), this.#run.path(to)));
    this.#touched.add(this.#run.path(to));
  }

  setsPermissions(name: string, permissions: number): void {
    must(this.#run.disk.setPermissions(this.#run.path(name), permissions));
    this.#touched.add(this.#run.path(name));
  }

  movesDirectory(from: string, to: string): void {
    const move = { from: this.#run.path(from), to: this.#run.path(to) };
    this.#observe({ kind: "type", path: move.from, type: "directory" });
    this.misses(to);
    must(this.#run.disk.rename(move.from, move.to));
    this.moves.push(move);
  }

  says(stream: 1 | 2, text: string): void {
    this.#output.push({ stream, bytes: Buffer.from(text) });
  }

  end(): void {
    this.#endedNs = this.#run.disk.clock.realtimeNs();
  }

  get endedNs(): bigint {
    return this.#endedNs;
  }

  capture(): Captured {
    const unit: Unit = {
      image: FAKE_IMAGE, weakKey: this.#run.weakKey, task: this.#run.task, program: this.programs[0] ?? "", programs: this.programs, environment: this.#run.environment,
      exitCode: this.exitCode, cpuNs: 10_000_000n, startedNs: this.#startedNs, endedNs: this.#endedNs, endedSeq: 0, isAskedForAlone: false, searched: this.searched,
      footprint: {
        observations: [...this.#observations.values()].sort((a, b) => byteOrder(a.path, b.path)),
        environment: this.variables, moves: this.moves, touched: [...this.#touched].sort(byteOrder), created: [...this.#created].sort(byteOrder), folders: [], output: this.#output, doubts: this.doubts,
      },
    };
    return capture(unit, this.#run.context);
  }
}

export function must<T>(result: Result<T, Failure>): T {
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.failure));
  return result.value;
}
