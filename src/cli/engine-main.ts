// Where the engine is put together: the supervisor starts it beside the build
// (engine-start.ts) and talks to it over inherited pipes. Only here do the tap (which
// observes) and the command line (which prints) meet.

import { Known } from "../cache/known.ts";
import { Records } from "../cache/records.ts";
import { Roots } from "../cache/roots.ts";
import { SystemMemo } from "../cache/tree.ts";
import type { Layer } from "../cache/layer.ts";
import type { PreservedState } from "../cache/capture-types.ts";
import { realClock } from "../base/clock.ts";
import { native } from "../base/native.ts";
import { absPath, fromText, isAbsPath, nameOf as lastNameOf, toText, type AbsPath } from "../base/path.ts";
import type { Disk } from "../base/disk.ts";
import { realDisk } from "../base/real-disk.ts";
import type { Signature } from "../base/signature.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { lmdbDatabase } from "../store/lmdb.ts";
import { openStore } from "../store/open.ts";
import { LEDGER_VERSION } from "../ledger/layout.ts";
import { Cuts } from "../ledger/resolve.ts";
import { ProgramNames } from "../ledger/names.ts";
import { Channel } from "../tap/channel.ts";
import { ENGINE_FOUND_DEVIATION, HELLO_JSON, HELLO_NO_CACHE, HELLO_QUIET, HELLO_READ_ONLY, HELLO_TASKS, HELLO_TRIAL, HELLO_VERIFY, HELLO_VIEW, PROTOCOL_VERSION, type Hello } from "../tap/messages.ts";
import { comparators, timeReaders } from "../run/keep.ts";
import { Session } from "../run/session.ts";
import { LookedAt } from "../run/looked-at.ts";
import { Tally, type RunResult } from "../run/tally.ts";
import { Tasks } from "../run/tasks.ts";
import type { Try } from "../run/trial.ts";
import { Verification, type Verified } from "../run/verification.ts";
import { Whole } from "../run/whole.ts";
import { NO_TRACING } from "../run/tracing.ts";
import { DiskWorld } from "../run/world.ts";
import { leaveCollector, takeTurn } from "./daily.ts";
import { commandLine, nativeProgram, ownPrograms, packageRoot } from "./places.ts";
import { printer } from "./render.ts";
import { sharedStream } from "./shared-stream.ts";
import type { LayingContext } from "../view/laying.ts";
import type { Seen } from "../view/seen.ts";
import { doubtText } from "../explain/doubt-text.ts";
import { summaryJson, summaryLine, type RunCounters } from "./summary.ts";
import { REHEARSED, tracing } from "./tracing.ts";
import { describeVerified, verifiedLines } from "./verified.ts";

/** Both are the stderr of Fathom; what Node writes to its own is not for the user (native/supervisor/node.c). */
const print = printer(sharedStream(1), sharedStream(1), process.env);

function greet(channel: Channel): Result<Hello, Failure> {
  const first = channel.next(true);
  if (!first.ok) return first;
  if (first.value?.kind !== "hello") return fail({ code: "protocol-broken", message: "Cannot read the supervisor: it did not say hello" });
  if (first.value.version !== PROTOCOL_VERSION || first.value.ledgerVersion !== LEDGER_VERSION) {
    return fail({ code: "protocol-version", message: "Cannot work with this native part: it is of another version", advice: "Build it again with npm run build" });
  }
  return ok(first.value);
}

interface Served {
  /** Null: the supervisor is gone. */
  readonly run: RunResult | null;
  readonly verified: Verified | null;
}

/** Loaded when it is needed: starting a program takes a module that a build otherwise does without. */
async function trying(hello: Hello, disk: Disk): Promise<Try> {
  const { trials } = await import("./trial.ts");
  return trials({ disk, clock: realClock, hello, supervisor: nativeProgram(packageRoot()) });
}

async function serve(channel: Channel, hello: Hello): Promise<Result<Served, Failure>> {
  const disk = realDisk(realClock);
  const roots = new Roots(absPath(hello.workspace), absPath(hello.home), absPath(hello.temporary));
  if (!isAbsPath(hello.store)) return fail({ code: "store-unusable", message: `Cannot use "${toText(hello.store)}" as a store: it is no absolute path` });
  const opened = openStore({ root: hello.store, disk, clock: realClock, openDatabase: lmdbDatabase(disk, hello.store) });
  if (!opened.ok) return opened;
  const store = opened.value;
  const outsideWrites = (): number => channel.outsideWrites();
  const preserved = new Map<AbsPath, PreservedState[]>();
  const memo = new SystemMemo(outsideWrites);
  const shared = { disk, clock: realClock, store, records: new Records(store), roots, known: new Known(disk, realClock, store), memo };
  const world = new DiskWorld(disk, realClock, [hello.workspace, hello.home, hello.temporary], outsideWrites);
  const isVerifying = (hello.flags & HELLO_VERIFY) !== 0;
  const verification = isVerifying ? new Verification({ percent: hello.verifyPercent, seed: hello.verifySeed }, { ...shared, attempt: await trying(hello, disk) }) : null;
  const isTrial = (hello.flags & HELLO_TRIAL) !== 0;
  const isChangedAfter = (path: AbsPath, signature: Signature | null, seq: number): boolean => channel.isChangedAfter(path, signature, seq);
  const namesNow = (path: AbsPath, state: Signature): string | null => (disk.signatures([path])[0] === state ? disk.list(path) : null);
  const foldContext = { world, namesNow, namesBySignature: new Map(), cuts: new Cuts(), programNames: new ProgramNames(), isChangedAfter, timeReaders, comparators };
  const keeping = { ...shared, isOrdinary: process.geteuid?.() !== 0, world, foldContext, isChangedAfter, preserved: (path: AbsPath) => preserved.get(path) ?? [] };
  const isOfTasks = (hello.flags & HELLO_TASKS) !== 0;
  const isStoring = (hello.flags & (HELLO_NO_CACHE | HELLO_READ_ONLY)) === 0;
  // A trial that stores nothing is a rehearsal: what is wanted of it is what happened (races.ts).
  const isRehearsal = isTrial && (hello.flags & HELLO_NO_CACHE) !== 0;
  const lookedAt = (hello.flags & HELLO_VIEW) !== 0 ? new LookedAt(roots) : null;
  const session = new Session({
    ...keeping,
    tracing: isTrial && !isRehearsal ? NO_TRACING : tracing(hello, { disk, clock: realClock, roots, store: hello.store, records: shared.records, only: isRehearsal ? absPath(`${hello.store}/${REHEARSED}`) : null }),
    channel,
    tally: new Tally(),
    isStoring,
    runId: String(hello.pid),
    preserve: (path, state) => preserved.set(path, [...(preserved.get(path) ?? []), state]),
    verify: shared,
    verification,
    tasks: isOfTasks ? new Tasks(disk, roots.workspace) : null,
    whole: isOfTasks && isStoring ? new Whole({ ...keeping, programs: ownPrograms(packageRoot()).map((path) => absPath(fromText(path))) }) : null,
    isTrial,
    lookedAt,
    layer: lookedAt === null ? null : await layerOf({ ...shared, runId: String(hello.pid) }),
  });
  const result = session.run();
  if (lookedAt !== null && result.ok && result.value !== null) await leaveSeen(lookedAt.result(result.value), disk);
  await store.index.settle();
  if (takeTurn(hello.store, disk, realClock)) await leaveCollector(hello.store, commandLine(packageRoot()));
  return result.ok ? ok({ run: result.value, verified: verification?.result() ?? null }) : result;
}

/** Of a view in which outputs may be without their bytes. */
async function layerOf(context: LayingContext): Promise<Layer | null> {
  const folder = fromText(process.env["FATHOM_VIEW_OUTPUTS"] ?? "");
  if (!isAbsPath(folder)) return null;
  const [{ Laying }, { readView }] = [await import("../view/laying.ts"), await import("../view/view.ts")];
  const view = readView(context.disk, folder, lastNameOf(folder));
  return view.ok ? new Laying(view.value, context) : null;
}

/** To who started the command in a view. */
async function leaveSeen(seen: Seen, disk: Disk): Promise<void> {
  const { SEEN, writeSeen } = await import("../view/seen.ts");
  const path = fromText(process.env[SEEN] ?? "");
  if (isAbsPath(path)) writeSeen(disk, path, seen);
}

function counters(run: RunResult): RunCounters {
  const { doubt, supervisorNs, ...rest } = run;
  const { user, system } = process.cpuUsage(); // Microseconds.
  const counted = { ...rest, ownNs: supervisorNs + BigInt(user + system) * 1000n };
  return doubt === null ? counted : { ...counted, reason: { program: nameOf(doubt.program), code: doubt.code, text: doubtText(doubt) } };
}

const nameOf = (program: string): string => toText(program.slice(program.lastIndexOf("/") + 1));

async function run(): Promise<Result<void, Failure>> {
  const addon = native();
  if (!addon.ok) return addon;
  const channel = new Channel(addon.value);
  const hello = greet(channel);
  if (!hello.ok) return hello;
  // The supervisor waits only so long for a sign that Node has started (native/supervisor/node.c).
  channel.send({ kind: "release", chunks: [] });
  const served = await serve(channel, hello.value);
  if (!served.ok) return served;
  if (served.value.run !== null) report(hello.value, served.value.run, served.value.verified);
  return ok(undefined);
}

function report({ flags }: Hello, result: RunResult, verified: Verified | null): void {
  const isQuiet = (flags & HELLO_QUIET) !== 0;
  const isJson = (flags & HELLO_JSON) !== 0;
  const verification = verified === null ? null : describeVerified(verified);
  if (isJson) print.note(JSON.stringify({ ...summaryJson(counters(result)), ...(verification === null ? {} : { verified: verification }) }));
  else if (!isQuiet) print.note(summaryLine(counters(result)));
  if (verification === null) return;
  if (!isJson) for (const line of verifiedLines(verification, isQuiet)) print.note(line);
  if (verification.differing.length > 0) process.exitCode = ENGINE_FOUND_DEVIATION;
}

void run().then((ran) => {
  if (!ran.ok) print.failure(ran.failure);
});
