// The whole of a `fathom run` in which nothing changes, as one plan: what the program
// that starts the tasks read, what each of its tasks relied on, and what those made, all of
// it in place. That a task is replayed while its own states hold was found out before and
// is in its witness; here it is only put together. So where such a plan holds, starting
// the program would replay each task, and none would make anything. It is never an entry
// that somebody could be answered with: it has no facts of its own.

import { digestOf, type Digest } from "../base/digest.ts";
import { isSettled, type Disk } from "../base/disk.ts";
import { CLOCK_TICK_NS_MAX } from "../base/limits.ts";
import { byteOrder, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { isSignature, type Signature } from "../base/signature.ts";
import { OUTPUT_IS_NULL } from "../ledger/environment.ts";
import type { Observation } from "../ledger/footprint.ts";
import { isAboutMachine } from "../ledger/machine.ts";
import { takeFacts } from "./capture-facts.ts";
import { no, quoted, type CaptureContext, type Not, type Unit } from "./capture-types.ts";
import type { Entry } from "./entry.ts";
import { Environment, isQuestion } from "./environment.ts";
import { ABSENT, decodeStates, encodeSet, strongKeyOf, type Fact } from "./facts.ts";
import { valueOf } from "./measure.ts";
import { encodePlan } from "./plan.ts";
import { recheck } from "./recheck.ts";
import { plan as lookAt } from "./replay-plan.ts";
import { modesHold, seal, sealHolds, type ModeSeal, type Seal, type Sealed } from "./seal.ts";
import { Look } from "./tree.ts";
import { PathBytes } from "./whole-seal.ts";
import { confirm, nameOf, NO_WITNESS, sealOutputs, type Confirmed, type Witness } from "./witness.ts";

/** One program that was started, by the entry that was replayed or stored of it. */
export interface TaskUnit {
  readonly weakKey: Digest;
  readonly strongKey: Digest;
}

const OUTPUT_QUESTIONS: ReadonlySet<string | null> = new Set(OUTPUT_IS_NULL);

export interface WholeRun {
  /** The program that starts the tasks, alone. */
  readonly starter: Unit;
  readonly tasks: readonly TaskUnit[];
  /** What it read of Fathom's own state, which is no fact of any unit and yet decides what it does. */
  readonly state: readonly Observation[];
  /** Fathom itself. */
  readonly programs: readonly AbsPath[];
  /** What it would print: native/supervisor/whole.c has the form. */
  readonly said: Buffer;
  /** Processor time of all of it, when it ran. */
  readonly cpuNs: bigint;
}

/** One reason why it has no plan. */
export interface Unplanned {
  readonly not: Not;
  /** Null: it is no task's. */
  readonly weakKey: Digest | null;
}

const tooYoung = (path: AbsPath, { clock }: Pick<CaptureContext, "clock">): { readonly ok: false; readonly failure: Not } =>
  fail({ kind: "too-young", path, retryAtNs: clock.realtimeNs() + CLOCK_TICK_NS_MAX });

type Here = Pick<Confirmed, "here" | "system" | "types" | "variables">;

const holdsNow = ({ here, system, types }: Pick<Confirmed, "here" | "system" | "types">, disk: Disk): boolean =>
  sealHolds(here, disk) && sealHolds(system, disk) && modesHold(types, disk);

/**
 * The same in the states of now. The supervisor goes by content where it has put something in place itself, and tells nobody; so does this. Variables
 * are left as they were: what a task is given follows from the rest.
 */
function asNow(confirmed: Confirmed, entry: Entry, { weakKey }: TaskUnit, starter: Unit, context: CaptureContext): Result<Here, Not> {
  const { disk, memo, records, known, roots } = context;
  if (holdsNow(confirmed, disk)) return ok(confirmed);
  const set = records.set(weakKey, confirmed.set);
  const before = set === null ? null : decodeStates(entry.states, set.subjects.length);
  const ground = { look: new Look(disk, memo), known, roots, environment: new Environment([], roots) };
  const rechecked = set === null ? null : recheck(confirmed, entry, set, ground, disk, memo);
  if (set === null || before === null || rechecked === null) return no(starter, "task-not-confirmed", "its path set is gone");
  for (const [index, { state, isSettled }] of rechecked.changed) {
    const path = roots.locate(set.subjects[index]?.name ?? "");
    if (path === null || state !== before[index]) return no(starter, "not-in-place", path === null ? "" : quoted(path));
    if (!isSettled && state !== ABSENT) return tooYoung(path, context);
  }
  return ok({ ...rechecked.confirmed, variables: confirmed.variables });
}

/** What one task's witness says of the entry, and what the entry made, as it is now. */
function confirmedOf({ weakKey, strongKey }: TaskUnit, witness: Witness, starter: Unit, context: CaptureContext): Result<Here & Pick<Confirmed, "outputs">, Not> {
  const confirmed = witness.sets.find((set) => set.strongKey === strongKey);
  const entry = context.records.entry(strongKey);
  if (confirmed === undefined || entry?.exitCode !== 0 || entry.moves.length > 0) return no(starter, "task-not-confirmed", "an entry is not the one that is confirmed");
  // Else what another entry left may be in place, and a replay would take it away.
  if (confirmed.plan === null && witness.applied !== strongKey) return no(starter, "task-not-confirmed", "another entry may be in place");
  const steps = lookAt({ weakKey, strongKey, entry, confirmed, witness, isWitnessed: true, checked: () => null }, context);
  if (!steps.ok) return no(starter, "not-in-place", steps.failure.message);
  const away = steps.value.find(({ isInPlace }) => !isInPlace);
  if (away !== undefined) return no(starter, "not-in-place", quoted(away.path));
  const young = steps.value.find(({ effect, sealed }) => effect.kind !== "directory" && sealed === "unproven");
  if (young !== undefined) return tooYoung(young.path, context);
  const files = steps.value.filter(({ effect }) => effect.kind !== "directory").map(({ path, sealed }) => ({ path, state: sealed }));
  const directories = steps.value.flatMap(({ path, effect }) => (effect.kind === "directory" ? [{ path, permissions: effect.permissions }] : []));
  const now = asNow(confirmed, entry, { weakKey, strongKey }, starter, context);
  return now.ok ? ok({ ...now.value, outputs: sealOutputs(files, directories, context.disk) }) : now;
}

/** In these states now, and old enough that another state would differ. */
function settled(paths: readonly AbsPath[], starter: Unit, context: CaptureContext): Result<Sealed[], Not> {
  const { disk, clock } = context;
  const nowNs = clock.realtimeNs();
  const sealed: Sealed[] = [];
  for (const [index, signature] of disk.signatures(paths).entries()) {
    const path = paths[index];
    if (path === undefined) continue;
    if (!isSignature(signature)) return no(starter, "unreadable", quoted(path));
    if (!isSettled(signature, nowNs)) return tooYoung(path, context);
    sealed.push({ path, state: signature });
  }
  return ok(sealed);
}

/** Of files that are read, or looked for, and are no facts. */
function sealedState({ state, starter }: WholeRun, context: CaptureContext): Result<Sealed[], Not> {
  const { disk, clock } = context;
  const nowNs = clock.realtimeNs();
  const sealed: Sealed[] = [];
  for (const observation of state) {
    const { path } = observation;
    const seen: Signature | null = observation.kind === "content" ? observation.signature : null;
    if (observation.kind !== "content" && observation.kind !== "missing") return no(starter, "unreadable", quoted(path));
    if ((disk.signatures([path])[0] ?? null) !== seen) return no(starter, "changed-during-run", quoted(path));
    if (seen !== null && !isSettled(seen, nowNs)) return tooYoung(path, context);
    sealed.push({ path, state: seen });
  }
  return ok(sealed);
}

/** Every variable counts for what tasks get, and by name those for which somebody asked. What tasks ask of their own streams says nothing of ours, and what is said is kept, wherever ours lead. */
function variablesOf(starter: Unit, all: readonly (readonly Fact[])[], { roots }: CaptureContext): Fact[] {
  const environment = new Environment(starter.environment, roots);
  const names = new Set<string>();
  for (const [index, facts] of all.entries()) {
    for (const { subject: { kind, name } } of facts) if (kind === "variable" && (!isQuestion(name) || isAboutMachine(name) || (index === 0 && !OUTPUT_QUESTIONS.has(name)))) names.add(name);
  }
  const subjects = [{ kind: "all-variables", name: "" } as const, ...[...names].sort(byteOrder).map((name) => ({ kind: "variable", name }) as const)];
  return subjects.map((subject) => ({ subject, state: valueOf(subject, { environment, roots }) }));
}

const ALWAYS: Pick<Confirmed, "types" | "variables"> = { types: { paths: Buffer.alloc(0), modes: Buffer.alloc(0) }, variables: [] };

/** Null: two of them never hold at once. */
function together(parts: readonly (Here & Partial<Pick<Confirmed, "outputs">>)[]): { readonly here: Seal; readonly system: Seal; readonly types: ModeSeal } | null {
  const here = PathBytes.ofSeals(parts.flatMap((part) => [part.here, ...(part.outputs === undefined ? [] : [part.outputs.files])]));
  const system = PathBytes.ofSeals(parts.map((part) => part.system));
  const types = PathBytes.ofModes(parts.flatMap((part) => [part.types, ...(part.outputs === undefined ? [] : [part.outputs.directories])]));
  return here === null || system === null || types === null ? null : { here, system, types };
}

const ofNoTask = (not: Not): Result<never, readonly [Unplanned]> => fail([{ not, weakKey: null }]);

/** Of several tasks that are not confirmed each is told; a state that is too young, alone: the next look may find another. */
function partsOf(run: WholeRun, context: CaptureContext): Result<(Here & Partial<Pick<Confirmed, "outputs">>)[], readonly Unplanned[]> {
  const { disk, memo, records, roots } = context;
  const facts = takeFacts(run.starter, { paths: new Set(), times: new Set() }, context);
  if (!facts.ok) return ofNoTask(facts.failure);
  const weakKeys = [...new Set(run.tasks.map(({ weakKey }) => weakKey))];
  // Sealed before they are read: what is written in between has another state.
  const witnesses = settled([...weakKeys.map((weakKey) => records.witnessPath(weakKey, roots)), ...run.programs], run.starter, context);
  if (!witnesses.ok) return ofNoTask(witnesses.failure);
  const state = sealedState(run, context);
  if (!state.ok) return ofNoTask(state.failure);
  const nothing = { set: run.starter.weakKey, strongKey: run.starter.weakKey, newestInputNs: 0n, outputs: sealOutputs([], [], disk) };
  const own = confirm(nothing, facts.value, { disk, memo });
  const parts: (Here & Partial<Pick<Confirmed, "outputs">>)[] = [own, { ...ALWAYS, here: seal([...witnesses.value, ...state.value], disk), system: seal([], disk) }];
  const known = new Map(weakKeys.map((weakKey) => [weakKey, records.witness(weakKey, roots)]));
  const unplanned: Unplanned[] = [];
  for (const task of run.tasks) {
    const part = confirmedOf(task, known.get(task.weakKey) ?? NO_WITNESS, run.starter, context);
    if (part.ok) parts.push(part.value);
    else if (part.failure.kind === "too-young") return ofNoTask(part.failure);
    else unplanned.push({ not: part.failure, weakKey: task.weakKey });
  }
  return unplanned.length > 0 ? fail(unplanned) : ok(parts);
}

/** Its name is no strong key that any question leads to. */
function keep(run: WholeRun, confirmed: Confirmed, entry: Entry, setBytes: Buffer, { records, roots }: CaptureContext): Result<void, Failure> {
  const steps = [
    () => records.putEntry(confirmed.strongKey, entry),
    () => records.putInFront(run.starter.weakKey, confirmed.set, confirmed.strongKey, { subjects: setBytes.toString("latin1"), marks: "" }),
    () => records.putWitness(run.starter.weakKey, roots, { ...NO_WITNESS, sets: [confirmed] }),
  ];
  for (const step of steps) {
    const done = step();
    if (!done.ok) return done;
  }
  for (const weakKey of [run.starter.weakKey, ...run.tasks.map((task) => task.weakKey)]) records.markUsed(weakKey);
  return ok(undefined);
}

/** Failure: it is not kept, and the next run runs. */
export function keepWhole(run: WholeRun, context: CaptureContext): Result<void, readonly Unplanned[]> {
  const parts = partsOf(run, context);
  if (!parts.ok) return parts;
  const kept = keepParts(run, parts.value, context);
  return kept.ok ? kept : ofNoTask(kept.failure);
}

function keepParts(run: WholeRun, parts: readonly (Here & Partial<Pick<Confirmed, "outputs">>)[], context: CaptureContext): Result<void, Not> {
  const { disk, store } = context;
  const { weakKey, program, environment } = run.starter;
  const all = together(parts);
  if (all === null || !holdsNow(all, disk)) return no(run.starter, "not-in-place", "not everything is in the state in which it was confirmed");
  const output = run.said.length === 0 ? ok(null) : store.putBlob(run.said);
  if (!output.ok) return no(run.starter, output.failure.code, output.failure.message);
  const setBytes = encodeSet([]);
  const set = digestOf(setBytes);
  // No answers to no questions: nobody who asks comes upon it.
  const states = `${nameOf(all.here)} ${nameOf(all.system)}`;
  const strongKey = strongKeyOf(weakKey, set, states);
  const entry: Entry = { weakKey, set, states, program, exitCode: 0, cpuNs: run.cpuNs, moves: [], effects: [], output: output.value, isSharable: false };
  const confirmed: Confirmed = {
    ...all, set, strongKey, newestInputNs: 0n, variables: variablesOf(run.starter, parts.map(({ variables }) => variables), context),
    systemName: nameOf(all.system), outputs: sealOutputs([], [], disk), plan: null,
  };
  const plan = encodePlan({ entry, checked: () => null }, confirmed, environment, { ...context, makes: false, areBlobsNew: false });
  if (plan === null) return no(run.starter, "not-in-place", "a state would not mean the same next time");
  const kept = keep(run, { ...confirmed, plan }, entry, setBytes, context);
  return kept.ok ? kept : no(run.starter, kept.failure.code, kept.failure.message);
}
