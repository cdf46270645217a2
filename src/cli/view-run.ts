// Runs a command in a view: under a supervisor that mounts it first
// (native/supervisor/view.c), so that the command is observed and replayed as
// anywhere else. Where nothing can be mounted that is found out by trying.

import { spawnSync } from "node:child_process";
import { getSystemErrorName } from "node:util";
import { realClock } from "../base/clock.ts";
import { toText } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { makeReady } from "../view/make.ts";
import { expectSeen, SEEN } from "../view/seen.ts";
import { writeView, type Tier, type View } from "../view/view.ts";
import { runChild, type ChildEnd } from "./child.ts";
import { nativeProgram, packageRoot } from "./places.ts";
import type { Environment } from "./render.ts";
import { decisionOf, lockView, remember, type Views } from "./views.ts";

/** What the supervisor tells of its mount: "root 0", "user 0", or the step that failed and errno. */
interface Told {
  readonly step: string;
  readonly errno: number;
}

const parseTold = (text: string): Told => {
  const [step = "", errno = ""] = text.trim().split(" ");
  return { step, errno: Number(errno) };
};

const tierOf = ({ step, errno }: Told): Tier | null => (errno === 0 && (step === "root" || step === "user") ? step : null);

/** Why a view cannot be mounted, and what would change that. */
function refusal(view: View, { step, errno }: Told): Failure {
  const name = errno === 0 ? "it ended before it said why" : getSystemErrorName(-errno);
  const of = `Cannot mount a view of "${toText(view.workspace)}"`;
  if (step === "namespace") return { code: "view-not-mounted", message: `${of}: the system allows no namespace of mounts (${name})`, advice: "\"fathom doctor\" says what would allow it" };
  if (step === "overlay") return { code: "view-not-mounted", message: `${of}: the kernel puts no overlay there (${name}); what is changed would be kept in "${toText(view.folder)}"`, advice: "Set FATHOM_STORE to a folder on a local disk, outside of the workspace; an overlay does not lie on an overlay" };
  return { code: "view-not-mounted", message: `${of}: ${step === "" ? "the native part did not start" : name}`, advice: "\"fathom doctor\" says what this machine allows" };
}

/** Mounts it once, for nobody, and writes down by which tier. */
export function probeView(views: Views, view: View): Result<View, Failure> {
  const lock = lockView(views, view);
  if (!lock.ok) return lock;
  const ready = makeReady(view, views.disk);
  const probed = ready.ok ? spawnSync(nativeProgram(packageRoot()), ["--view", toText(view.folder), toText(view.workspace)], { stdio: ["ignore", "ignore", "ignore", lock.value.fd, "pipe"], encoding: "utf8" }) : null;
  lock.value.release();
  if (!ready.ok) return ready;
  const told = parseTold(probed?.output[4] ?? "");
  const tier = tierOf(told);
  if (tier === null) return fail(refusal(view, told));
  const known = { ...view, tier };
  const written = writeView(views.disk, known);
  return written.ok ? ok(known) : written;
}

/** Remembers afterwards what the files were that it changed. */
export async function runInView(views: Views, view: View, command: readonly string[], env: Environment): Promise<Result<ChildEnd, Failure>> {
  const lock = lockView(views, view);
  if (!lock.ok) return lock;
  const ended = await run(views, view, command, env, lock.value.fd);
  lock.value.release();
  if (!ended.ok) return ended;
  const remembered = remember(views, view, await decisionOf(views, view));
  return remembered.ok ? ended : remembered;
}

async function run(views: Views, view: View, command: readonly string[], env: Environment, lock: number): Promise<Result<ChildEnd, Failure>> {
  const ready = makeReady(view, views.disk);
  const seen = ready.ok ? expectSeen(views.disk, view, `${String(realClock.realtimeNs())}-${String(process.pid)}`) : ready;
  if (!seen.ok) return seen;
  let told = "";
  const words = ["--view", toText(view.folder), toText(view.workspace), "exec", "--quiet", "--", ...command];
  const end = await runChild([nativeProgram(packageRoot()), ...words], { ...env, [SEEN]: toText(seen.value), FATHOM_VIEW: view.name }, {
    stdio: [lock, "pipe"],
    started: (child) => { child.stdio[4]?.on("data", (bytes: Buffer) => { told += bytes.toString("latin1"); }); },
  });
  if (!end.ok) return end;
  return tierOf(parseTold(told)) === null ? fail(refusal(view, parseTold(told))) : ok(end.value);
}

