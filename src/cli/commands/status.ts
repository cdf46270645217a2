// `fathom status`: what the Fathoms of this workspace are doing, and whether one is hung
// or only slow. From outside of them: what hangs could not be asked.

import { realClock } from "../../base/clock.ts";
import { fromText, toText } from "../../base/path.ts";
import { realProc } from "../../base/proc.ts";
import { realDisk } from "../../base/real-disk.ts";
import { realNameOf } from "../../base/real-name.ts";
import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { runningFathoms, type RunningFathom } from "../../explain/live/fathoms.ts";
import { Holders } from "../../explain/live/holders.ts";
import { look, type Looked } from "../../explain/live/look.ts";
import { TICK_NS } from "../../explain/live/sample.ts";
import { commandOf, standingOf } from "../../explain/live/standing.ts";
import { statusJson, statusLines, type Earlier, type Status } from "../../explain/live/status-text.ts";
import { workspaceOf } from "../../explain/runs.ts";
import type { RunHead } from "../../explain/trace.ts";
import { HELLO_TASKS } from "../../tap/messages.ts";
import { recorded } from "../recorded.ts";
import type { Environment, Printer } from "../render.ts";

export interface StatusOptions {
  readonly pid?: number;
  readonly all?: true;
  readonly json?: true;
}

const NOTHING_RUNS = 1;
const HUNG = 3;

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const wait = (timeoutMs: number): void => { Atomics.wait(sleeper, 0, 0, timeoutMs); };

export function status(options: StatusOptions, env: Environment, cwd: string, print: Printer): number {
  const found = options.pid === undefined ? ofWorkspace(env, cwd) : ofProcess(options.pid);
  if (!found.ok) {
    if (options.json === true) print.value({ runs: [] });
    print.failure(found.failure);
    return NOTHING_RUNS;
  }
  if (options.json === true) print.value({ runs: found.value.map(statusJson) });
  else for (const line of found.value.flatMap((each) => statusLines(each, options.all === true))) print.say(line);
  return found.value.some(({ standing }) => standing.verdict === "hung") ? HUNG : 0;
}

function ofProcess(pid: number): Result<readonly Status[], Failure> {
  const looked = look(realProc, () => [pid], wait);
  if (!looked.sample.processes.has(pid)) return fail({ code: "nothing-runs", message: `Cannot find a process ${String(pid)}`, advice: "It may have ended; \"fathom status\" alone shows what runs in this workspace" });
  const holders = new Holders(realProc, looked.sample, new Set());
  return ok([statusOf({ pid, roots: [pid], ours: new Set(), command: commandOf(pid, { holders, sample: looked.sample }), processes: null, earlier: null }, looked)]);
}

function ofWorkspace(env: Environment, cwd: string): Result<readonly Status[], Failure> {
  const disk = realDisk(realClock);
  const home = fromText(env["HOME"] ?? "");
  const folder = realNameOf(disk, fromText(cwd));
  if (folder === null) return fail({ code: "nothing-runs", message: `Cannot say what runs in "${cwd}": it is no folder with a name`, advice: "Go to the folder in which Fathom runs" });
  const here = workspaceOf(folder, home, disk);
  let all: readonly RunningFathom[] = [];
  const looked = look(realProc, (sample) => {
    all = runningFathoms(sample, realProc);
    return all.filter((fathom) => fathom.cwd !== null && workspaceOf(fathom.cwd, home, disk) === here).flatMap(({ roots }) => roots);
  }, wait);
  const meant = all.filter((fathom) => fathom.cwd !== null && workspaceOf(fathom.cwd, home, disk) === here);
  if (meant.length === 0) {
    const elsewhere = all.map(({ pid, cwd: place }) => `${String(pid)} in "${toText(place ?? "?")}"`);
    const advice = elsewhere.length === 0 ? "Of a build without Fathom: fathom status --pid <pid of its outermost process>" : `Elsewhere: ${elsewhere.join(", ")}; stand there, or ask with --pid`;
    return fail({ code: "nothing-runs", message: `Nothing runs under Fathom in "${toText(here)}"`, advice });
  }
  return ok(meant.map((fathom) => {
    const earlier = fathom.cwd === null ? null : earlierOf(fathom, env, toText(fathom.cwd));
    return statusOf({ ...fathom, command: ["fathom", ...fathom.command.slice(1)].map(toText).join(" "), earlier }, looked);
  }));
}

interface Meant {
  readonly pid: number;
  readonly roots: readonly number[];
  readonly ours: ReadonlySet<number>;
  readonly command: string;
  readonly processes: number | null;
  readonly earlier: Earlier | null;
}

function statusOf({ pid, roots, ours, command, processes, earlier }: Meant, { sample, moved, samples, spanMs }: Looked): Status {
  const uptimeTicks = Number((realProc.text("uptime") ?? "0").split(" ")[0]) * 1e9 / TICK_NS;
  const standing = standingOf({ sample, moved, roots, ours, uptimeTicks, holders: new Holders(realProc, sample, ours) });
  const elapsedMs = Math.max(0, (uptimeTicks - (sample.processes.get(pid)?.startedTicks ?? uptimeTicks)) * TICK_NS / 1e6);
  const missing = [...sample.unseen].some((each) => standing.processes.some((process) => process.pid === each)) ? ["system calls of other processes (/proc/<pid>/syscall: Yama or a sandbox refuses); what they wait for is told by the kernel's function alone"] : [];
  return { pid, command, elapsedMs, processes, earlier, standing, samples, spanMs, missing };
}

/** The last run of the same command that succeeded and was recorded. */
function earlierOf({ command }: RunningFathom, env: Environment, cwd: string): Earlier | null {
  const place = recorded(env, cwd);
  if (!place.ok) return null;
  const isSame = ({ command: words, flags, exit }: RunHead): boolean => {
    const meant = (flags & HELLO_TASKS) === 0 ? words : words.slice(2);
    return exit.how === 0 && exit.code === 0 && meant.length < command.length && meant.every((word, index) => word === command[command.length - meant.length + index]);
  };
  for (const trace of place.value.runs.heads(null)) if (isSame(trace)) return { run: trace.id, wallMs: Math.floor(trace.wallUs / 1000), processes: trace.processes };
  return null;
}
