// `fathom run` as a whole, while it runs: what the program that starts tasks read, and
// which entry each of the programs that it started was replayed from or stored as. Where
// that is known of all of them, and the program has said what it would print in a run in
// which nothing changes, such a run has a plan (cache/whole.ts), and the next one
// is checked and answered by the supervisor alone.

import type { CaptureContext } from "../cache/capture-types.ts";
import { OUTPUT_BYTES_MAX } from "../cache/limits.ts";
import { keepWhole, type TaskUnit, type Unplanned as NotKept, type WholeRun } from "../cache/whole.ts";
import type { Digest } from "../base/digest.ts";
import { absPath, fromText, isAbsPath, isWithin, type AbsPath } from "../base/path.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { LedgerDecoder } from "../ledger/decode.ts";
import { foldAlone } from "../ledger/fold.ts";
import type { FoldContext } from "../ledger/image.ts";
import type { Done, End, Exec } from "../tap/messages.ts";
import { EXEC_PLANNED } from "../tap/messages.ts";
import { ORDER_FILE } from "../workspace/observed-order.ts";
import { isLimited } from "./limit.ts";
import { OUTCOMES } from "./outcomes.ts";
import type { Unplanned } from "./tracing.ts";
import { decodeSaid, saidFile, type Said } from "./whole-said.ts";
import type { DiskWorld } from "./world.ts";

export interface WholeContext extends CaptureContext {
  readonly world: DiskWorld;
  readonly foldContext: FoldContext;
  /** Fathom itself: what it is made of. */
  readonly programs: readonly AbsPath[];
}

const no = (code: string, detail = ""): Result<never, readonly [Unplanned]> => fail([{ code, detail, task: null }]);

/**
 * Node opens a terminal once more by its name, past which its output is not seen; what it would print the program says itself. And where it has a view of the
 * tasks it reads keys: what they bring about is another view, or the end of the run, which then is none that succeeded.
 */
const OF_TERMINALS: readonly string[] = ["stream-lost", "stdin"];

/** How often it is tried again: the witness of the task that ended last is always too young. */
const TRIES_MAX = 4;

export class Whole {
  readonly #context: WholeContext;
  #start: Exec | null = null;
  #end: { readonly end: End; readonly ledger: readonly Buffer[] } | null = null;
  /** Of each program that it started, by image; null: not known yet. */
  readonly #tasks = new Map<number, { readonly weakKey: Digest; strongKey: Digest | null }>();
  readonly #planned: TaskUnit[] = [];
  /** Plans restore everything. */
  readonly #limited: Digest[] = [];

  constructor(context: WholeContext) {
    this.#context = context;
  }

  /** `strongKey`: of what it is replayed from; null: it runs, or the supervisor says so itself. */
  begins(exec: Exec, strongKey: Digest | null): void {
    if (exec.parent === 0) this.#start = exec;
    else if (exec.parent === this.#start?.image && isLimited(exec.env)) this.#limited.push(exec.weakKey);
    else if (exec.parent === this.#start?.image && (exec.flags & EXEC_PLANNED) === 0) this.#tasks.set(exec.image, { weakKey: exec.weakKey, strongKey });
  }

  planned(task: TaskUnit): void {
    this.#planned.push(task);
  }

  stored(image: number, strongKey: Digest): void {
    const task = this.#tasks.get(image);
    if (task !== undefined) task.strongKey = strongKey;
  }

  ended(end: End, ledger: readonly Buffer[]): void {
    if (end.image === this.#start?.image) this.#end = { end, ledger };
  }

  /** When everything that ran is stored. `wait`: for so long nothing is to be done. Failure: why the next run has no plan. */
  keep(done: Done, wait: (ms: number) => void): Result<void, readonly Unplanned[]> {
    const run = this.#run(done);
    if (!run.ok) return run;
    for (let tries = 1; ; tries++) {
      const kept = keepWhole(run.value, this.#context);
      if (kept.ok) return kept;
      const young = youngIn(kept.failure);
      if (young === null || tries === TRIES_MAX) return fail(kept.failure.map(unplannedOf));
      wait(Math.max(1, Number((young.retryAtNs - this.#context.clock.realtimeNs()) / 1_000_000n) + 1));
    }
  }

  #run(done: Done): Result<WholeRun, readonly Unplanned[]> {
    const { memo, roots, programs, store } = this.#context;
    const [start, end] = [this.#start, this.#end];
    const outcomes = this.#outcomes();
    const said = outcomes === null ? null : this.#said(outcomes);
    const reasons = said?.reasons ?? [];
    if (reasons.length > 0) return fail(reasons.map(({ code, task, detail }) => ({ code, detail: fromText(detail), task: task === "" ? null : { name: fromText(task) } })));
    if (done.how !== 0 || done.code !== 0) return no("failed");
    // How 2: another program than the one that was started says all that.
    if (start === null || end?.end.how !== 0 || outcomes === null || said === null) return no("not-said");
    const tasks: TaskUnit[] = [...this.#planned];
    const unplanned: Unplanned[] = this.#limited.map((weakKey) => ({ code: "limited", detail: "", task: { weakKey } }));
    for (const { weakKey, strongKey } of this.#tasks.values()) {
      if (strongKey === null) unplanned.push({ code: "task-not-stored", detail: "", task: { weakKey } });
      else tasks.push({ weakKey, strongKey });
    }
    if (unplanned.length > 0) return fail(unplanned);
    if (tasks.length < said.started) return no("task-not-seen");
    const footprint = this.#footprint(start, end);
    const doubt = footprint.doubts.find(({ code }) => !OF_TERMINALS.includes(code));
    if (doubt !== undefined) return no(doubt.code, doubt.detail);
    const isOfStore = (path: AbsPath): boolean => isWithin(path, store.root);
    const isSaid = (path: AbsPath): boolean => path === outcomes || path === saidFile(outcomes);
    const changed = footprint.touched.find((path) => !isSaid(path) && !isOfStore(path) && !memo.namesOf(path, roots).isIgnored);
    if (changed !== undefined || footprint.moves.length > 0) return no("starter-changed", changed ?? "");
    // Folders of a store that is new are made by the program or by us, whoever comes first: what files of it say counts.
    const observations = footprint.observations.filter(({ path, kind }) => !isSaid(path) && (!isOfStore(path) || kind === "content"));
    const starter = {
      image: start.image, weakKey: start.weakKey, task: null, program: start.path, programs: [start.path], environment: start.env, exitCode: 0, cpuNs: BigInt(end.end.cpuNs),
      startedNs: start.startedNs, endedNs: end.end.endedNs, endedSeq: end.end.exitSeq, isAskedForAlone: false, searched: new Set<AbsPath>(), footprint: { ...footprint, observations },
    };
    const state = observations.filter(({ path }) => path.endsWith(`/.fathom/${ORDER_FILE}`));
    return ok({ starter, tasks, state, programs, said: said.output, cpuNs: BigInt(end.end.cpuNs) });
  }

  #said(outcomes: AbsPath): Said | null {
    const said = this.#context.disk.readPart(saidFile(outcomes), 0, OUTPUT_BYTES_MAX + 1);
    return said.ok && said.value.length <= OUTPUT_BYTES_MAX ? decodeSaid(said.value) : null;
  }

  #outcomes(): AbsPath | null {
    const named = this.#start?.env.find((variable) => variable.startsWith(`${OUTCOMES}=`))?.slice(OUTCOMES.length + 1) ?? "";
    return isAbsPath(named) ? absPath(named) : null;
  }

  #footprint(start: Exec, { end, ledger }: { readonly end: End; readonly ledger: readonly Buffer[] }): ReturnType<typeof foldAlone>["footprint"] {
    const { world, foldContext } = this.#context;
    const decoded = new LedgerDecoder().decode(ledger);
    const { records, seqs, isIncomplete } = decoded.ok ? decoded.value : { records: [], seqs: [], isIncomplete: true };
    world.begin();
    return foldAlone({ kind: "ran", start, end, records, seqs, isIncomplete }, [], foldContext).footprint;
  }
}

function youngIn(failures: readonly NotKept[]): Extract<NotKept["not"], { readonly kind: "too-young" }> | null {
  for (const { not } of failures) if (not.kind === "too-young") return not;
  return null;
}

function unplannedOf({ not, weakKey }: NotKept): Unplanned {
  const { code, detail } = not.kind === "too-young" ? { code: "too-young", detail: not.path } : not.refusal;
  return { code, detail, task: weakKey === null ? null : { weakKey } };
}
