// Runs a command in a view: under a supervisor that mounts it first
// (native/supervisor/view.c), so that the command is observed and replayed as
// anywhere else. Where nothing can be mounted that is found out by trying.

import { spawnSync, type ChildProcess } from "node:child_process";
import { getSystemErrorName } from "node:util";
import { realClock } from "../base/clock.ts";
import { toText } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { dropTree, ensureTree, settleTree, treeOf } from "../view/copy.ts";
import type { Decision } from "../view/decide.ts";
import { makeReady } from "../view/make.ts";
import { expectSeen, SEEN } from "../view/seen.ts";
import { writeView, type Tier, type View } from "../view/view.ts";
import { runChild, type ChildEnd } from "./child.ts";
import { layBase, restoredBase } from "./view-base.ts";
import { bringOutputs, layOutputs, prepareOutputs, settleOutputs } from "./view-outputs.ts";
import { ledServing, mountedServing, NO_SERVING, type Serving } from "./view-serving.ts";
import { meanwhileText } from "./view-text.ts";
import { nativeProgram, packageRoot } from "./places.ts";
import type { Environment, Printer } from "./render.ts";
import { decisionOf, foreignText, lockView, remember, type Views } from "./views.ts";

/** What the supervisor tells of its view: "root 0", "user 0", "redirect 0", or the step that failed and errno. */
interface Told {
  readonly step: string;
  readonly errno: number;
}

/** Before it there may be a device, and behind it names (view-serving.ts). */
const parseTold = (text: string): Told => {
  const [, step = "", errno = ""] = /^(?:device \d+\n)?(?!device )([a-z]+) (\d+)\n/.exec(text) ?? [];
  return { step, errno: Number(errno) };
};

const tierOf = ({ step, errno }: Told): Tier | null => (errno === 0 && (step === "root" || step === "user" || step === "redirect") ? step : null);

/** Why a view cannot be mounted, and what would change that. */
function refusal(view: View, { step, errno }: Told): Failure {
  const name = errno === 0 ? "it ended before it said why" : getSystemErrorName(-errno);
  const of = `Cannot mount a view of "${toText(view.workspace)}"`;
  if (step === "namespace") return { code: "view-not-mounted", message: `${of}: the system allows no namespace of mounts (${name})`, advice: "\"fathom doctor\" says what would allow it" };
  if (step === "overlay") return { code: "view-not-mounted", message: `${of}: the kernel puts no overlay there (${name}); what is changed would be kept in "${toText(view.folder)}"`, advice: "Set FATHOM_STORE to a folder on a local disk, outside of the workspace; an overlay does not lie on an overlay" };
  if (step === "outputs") return { code: "outputs-not-served", message: `Cannot serve outputs in the view "${view.name}": the system mounts no file system of ours (${name})`, advice: "\"fathom doctor\" says what would allow it" };
  if (step === "redirect") return { code: "view-not-redirected", message: `Cannot lead the calls of commands into a view of "${toText(view.workspace)}": the system does not allow it (${name})`, advice: "\"fathom doctor\" says what would allow it" };
  const found = step === "folder" ? `the folder where you stand is not in it (${name})` : "the native part ended before it said anything";
  return { code: "view-not-entered", message: `Cannot enter the view "${view.name}": ${found}`, advice: step === "folder" ? "Go to the root of the workspace" : "\"fathom doctor\" says what this machine allows" };
}

/** How the supervisor can make a view, best first. */
type Way = "--view" | "--redirected" | `--redirected-at=${number}`;

/** In a view that is fixed every question must be answered by us. */
const redirecting = ({ fixedTimeS }: View): Way => (fixedTimeS === null ? "--redirected" : `--redirected-at=${fixedTimeS}`);

/** Another way is open. */
const isRefused = ({ code }: Failure): boolean => code === "view-not-mounted" || code === "view-not-redirected";

/** What is not even tried. */
const notMounted = ({ name }: View): Failure => ({ code: "view-not-mounted", message: `Cannot mount the view "${name}": it is deterministic, which an overlay is not` });

const neither = (mounted: Failure, redirected: Failure): Failure => ({ ...mounted, message: `${mounted.message}. ${redirected.message}` });

function probe(view: View, way: Way, lock: number): Result<Tier, Failure> {
  const probed = spawnSync(nativeProgram(packageRoot()), [way, toText(view.folder), toText(view.workspace)], { stdio: ["ignore", "ignore", "ignore", lock, "pipe"], encoding: "utf8" });
  const told = parseTold(probed.output[4] ?? "");
  const tier = tierOf(told);
  return tier === null ? fail(refusal(view, told)) : ok(tier);
}

/** Makes it once, for nobody, and writes down by which tier; where that is refused it becomes a copy. */
export async function probeView(views: Views, view: View, print: Printer): Promise<Result<View, Failure>> {
  const lock = lockView(views, view);
  if (!lock.ok) return lock;
  const ready = makeReady(view, views.disk);
  const mounted = !ready.ok ? ready : view.fixedTimeS !== null ? fail(notMounted(view)) : probe(view, "--view", lock.value.fd);
  const redirected = mounted.ok || !isRefused(mounted.failure) ? mounted : probe(view, redirecting(view), lock.value.fd);
  const found = mounted.ok || redirected.ok || !isRefused(redirected.failure) ? redirected : fail(neither(mounted.failure, redirected.failure));
  lock.value.release();
  if (!found.ok && (!isRefused(found.failure) || view.fixedTimeS !== null)) return found;
  const known: View = { ...view, tier: found.ok ? found.value : "copy" };
  if (!found.ok) warn(known, found.failure, print);
  const stands = known.tier === "copy" ? await layBase(views, known) : ok(undefined);
  const copied = known.tier === "copy" && stands.ok ? ensureTree(known, views) : stands;
  const written = copied.ok ? writeView(views.disk, known) : copied;
  return written.ok ? ok(known) : written;
}

function warn(view: View, because: Failure, print: Printer): void {
  print.failure(because);
  print.note(`fathom: the workspace is copied instead, to "${toText(treeOf(view))}". A command there that names "${toText(view.workspace)}" in full means the workspace itself`);
}

export interface RanInView {
  readonly end: ChildEnd;
  /** What the view comes to now. */
  readonly decision: Decision;
  /** Of a pinned view: what the workspace got meanwhile, and the command may have seen. Null: not known. */
  readonly changedMeanwhile: readonly string[] | null;
}

/** Remembers afterwards what the files were that it changed. */
export async function runInView(views: Views, view: View, command: readonly string[], env: Environment, print: Printer): Promise<Result<RanInView, Failure>> {
  const lock = lockView(views, view);
  if (!lock.ok) return lock;
  const stands = await layBase(views, view);
  const ended = stands.ok ? await run(views, view, { command, env, lock: lock.value.fd }, print) : stands;
  const found = ended.ok ? await decideAfter(views, view, ended.value, print) : ended;
  lock.value.release();
  return found;
}

/** The workspace lives on while somebody is in the view, and shows through there until the command has ended. */
async function changesMeanwhile(views: Views, view: View, print: Printer): Promise<readonly string[] | null> {
  // A copy shows nothing of it.
  const changed = views.disk.isThere(treeOf(view)) ? ok([]) : await restoredBase(views, view);
  if (!changed.ok) print.failure(changed.failure);
  else if (changed.value.length > 0) print.note(`fathom: ${meanwhileText(changed.value)}`);
  return changed.ok ? changed.value : null;
}

async function decideAfter(views: Views, view: View, end: ChildEnd, print: Printer): Promise<Result<RanInView, Failure>> {
  const decision = await decisionOf(views, view);
  const remembered = remember(views, view, decision);
  const changedMeanwhile = await changesMeanwhile(views, view, print);
  return remembered.ok ? ok({ end, decision, changedMeanwhile }) : remembered;
}

interface Work {
  readonly command: readonly string[];
  readonly env: Environment;
  readonly lock: number;
}

async function run(views: Views, view: View, work: Work, print: Printer): Promise<Result<ChildEnd, Failure>> {
  const seen = expectSeen(views.disk, view, `${String(realClock.realtimeNs())}-${String(process.pid)}`);
  if (!seen.ok) return seen;
  const env = { ...work.env, [SEEN]: toText(seen.value), FATHOM_VIEW: view.name };
  if (view.tier !== "copy") {
    const foreign = foreignText(views, view);
    if (foreign !== null) print.note(`fathom: ${foreign}`);
    const made = await runInPlace(views, view, { ...work, env }, print);
    if (made.ok || !isRefused(made.failure) || view.fixedTimeS !== null) return made;
    const written = writeView(views.disk, { ...view, tier: "copy" });
    if (!written.ok) return written;
    warn(view, made.failure, print);
  }
  return runCopied(views, view, { ...work, env });
}

/** At the workspace's own path: mounted there, or else by leading calls. */
async function runInPlace(views: Views, view: View, work: Work, print: Printer): Promise<Result<ChildEnd, Failure>> {
  const mounted = view.fixedTimeS !== null ? fail(notMounted(view)) : await runMounted(views, view, work, print);
  if (mounted.ok || !isRefused(mounted.failure)) return mounted;
  const redirected = await runLed(views, view, work, print);
  return redirected.ok || !isRefused(redirected.failure) ? redirected : fail(neither(mounted.failure, redirected.failure));
}

async function runLed(views: Views, view: View, work: Work, print: Printer): Promise<Result<ChildEnd, Failure>> {
  const laid = layOutputs(views, view);
  const ended = laid.ok ? await runIn(views, view, redirecting(view), work, ledServing(views, view, print)) : laid;
  settleOutputs(view);
  return ended;
}

/** Where outputs cannot be served, they are copied when they are replayed. */
async function runMounted(views: Views, view: View, work: Work, print: Printer): Promise<Result<ChildEnd, Failure>> {
  if (!view.isLazy) return runIn(views, view, "--view", work);
  const prepared = prepareOutputs(views, view);
  const served = prepared.ok ? await runIn(views, view, "--view", { ...work, env: { ...work.env, ...prepared.value } }, mountedServing(views, view, print)) : prepared;
  settleOutputs(view);
  if (served.ok || served.failure.code !== "outputs-not-served") return served;
  print.failure(served.failure);
  print.note("fathom: outputs of the cache are copied in this view when they are replayed");
  const brought = await bringOutputs(views, view);
  return brought.ok ? runIn(views, view, "--view", work) : brought;
}

async function runIn(views: Views, view: View, way: Way, { command, env, lock }: Work, serving: Serving = NO_SERVING): Promise<Result<ChildEnd, Failure>> {
  dropTree(view, views.disk);
  const ready = makeReady(view, views.disk);
  if (!ready.ok) return ready;
  let told = "";
  const hear = (child: ChildProcess, bytes: Buffer): void => {
    told += bytes.toString("latin1");
    serving.hear(child, told, tierOf(parseTold(told)) !== null);
  };
  const end = await runChild([nativeProgram(packageRoot()), way, toText(view.folder), toText(view.workspace), "exec", "--quiet", "--", ...command], env, {
    cwd: toText(views.cwd),
    stdio: [lock, "pipe"],
    started: (child) => { child.stdio[4]?.on("data", (bytes: Buffer) => { hear(child, bytes); }); },
  });
  serving.stop();
  if (!end.ok) return end;
  const tier = tierOf(parseTold(told));
  if (tier === null) return fail(refusal(view, parseTold(told)));
  const written = tier === view.tier ? ok(undefined) : writeView(views.disk, { ...view, tier });
  return written.ok ? ok(end.value) : written;
}

async function runCopied(views: Views, view: View, { command, env, lock }: Work): Promise<Result<ChildEnd, Failure>> {
  const brought = await bringOutputs(views, view);
  const made = brought.ok ? ensureTree(view, views) : brought;
  if (!made.ok) return made;
  const cwd = toText(views.cwd === view.workspace ? treeOf(view) : `${treeOf(view)}${views.cwd.slice(view.workspace.length)}`);
  const end = await runChild([nativeProgram(packageRoot()), "--copied", "exec", "--quiet", "--", ...command], { ...env, PWD: cwd }, { stdio: [lock], cwd, started: () => undefined });
  const settled = end.ok ? settleTree(view, views) : end;
  return settled.ok ? end : settled;
}
