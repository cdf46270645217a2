// One look at all processes that may be looked at: what each thread does, and how far
// it has come. Two of them a moment apart tell who moves.

import type { Proc } from "../../base/proc.ts";

export interface SystemCall {
  readonly number: number;
  readonly args: readonly bigint[];
}

export interface ThreadSample {
  readonly tid: number;
  /** R runs or is ready to, D waits for a device, S sleeps, T was stopped, t is traced, Z has ended. Source: proc_pid_stat(5). */
  readonly state: string;
  /** The call that it sleeps in; null: none, or not to be seen. */
  readonly call: SystemCall | null;
  /** The kernel's function that it sleeps in; "" where the kernel does not tell. */
  readonly sleepsIn: string;
}

export interface ProcessSample {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Clock ticks since the machine was started: with the pid, which process this is. */
  readonly startedTicks: number;
  readonly state: string;
  readonly threads: readonly ThreadSample[];
  /** Processor time of its threads. */
  readonly cpuNs: number;
  /** Bytes that it read and wrote, whatever from; null: not to be seen. */
  readonly movedBytes: number | null;
}

export interface Sample {
  readonly processes: ReadonlyMap<number, ProcessSample>;
  /** Processes whose calls we were not let see. */
  readonly unseen: ReadonlySet<number>;
}

/** Source: USER_HZ is 100 on x86-64. */
export const TICK_NS = 10_000_000;

interface Stat {
  readonly name: string;
  readonly state: string;
  readonly parent: number;
  readonly cpuTicks: number;
  readonly startedTicks: number;
}

/** The name is in brackets and may hold any character, so the last bracket counts. */
export function statFrom(text: string): Stat | null {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(" ");
  const [state = "", parent = ""] = fields;
  return { name: text.slice(open + 1, close), state, parent: Number(parent), cpuTicks: Number(fields[11] ?? 0) + Number(fields[12] ?? 0), startedTicks: Number(fields[19] ?? 0) };
}

/** "running", "-1 0x... 0x...", or number, six arguments, stack and place. */
function callFrom(text: string | null): SystemCall | null {
  const words = text?.trim().split(" ") ?? [];
  const number = Number(words[0]);
  if (words.length < 7 || !Number.isInteger(number) || number < 0) return null;
  return { number, args: words.slice(1, 7).map(BigInt) };
}

const movedFrom = (text: string): number => [...text.matchAll(/^[rw]char: (\d+)$/gm)].reduce((sum, [, count = "0"]) => sum + Number(count), 0);

export function takeSample(proc: Proc): Sample {
  const processes = new Map<number, ProcessSample>();
  const unseen = new Set<number>();
  for (const pid of proc.pids()) {
    const stat = statFrom(proc.text(`${String(pid)}/stat`) ?? "");
    if (stat === null) continue;
    // Of other users' processes no more is told than that they are there.
    const io = proc.text(`${String(pid)}/io`);
    const isSeen = io !== null || proc.link(`${String(pid)}/exe`) !== null;
    const threads = isSeen ? threadsOf(pid, proc) : [];
    if (isSeen && stat.state !== "Z" && threads.every(({ isRefused }) => isRefused)) unseen.add(pid);
    processes.set(pid, {
      pid, parent: stat.parent, name: stat.name, startedTicks: stat.startedTicks, state: stat.state, threads,
      cpuNs: threads.reduce((sum, { cpuNs }) => sum + cpuNs, 0) || stat.cpuTicks * TICK_NS, movedBytes: io === null ? null : movedFrom(io),
    });
  }
  return { processes, unseen };
}

function threadsOf(pid: number, proc: Proc): readonly (ThreadSample & { readonly cpuNs: number; readonly isRefused: boolean })[] {
  return proc.threads(pid).flatMap((tid) => {
    const place = `${String(pid)}/task/${String(tid)}`;
    const stat = statFrom(proc.text(`${place}/stat`) ?? "");
    if (stat === null) return [];
    const [ranNs = "0"] = (proc.text(`${place}/schedstat`) ?? "").split(" ");
    const call = proc.text(`${place}/syscall`);
    const sleepsIn = proc.text(`${place}/wchan`) ?? "";
    return [{ tid, state: stat.state, call: callFrom(call), sleepsIn: sleepsIn === "0" ? "" : sleepsIn, cpuNs: Number(ranNs) || stat.cpuTicks * TICK_NS, isRefused: call === null }];
  });
}

/** Who took processor time or moved bytes between the two, or was not there in the first. */
export function movedBetween(first: Sample, second: Sample): ReadonlySet<number> {
  const moved = new Set<number>();
  for (const [pid, now] of second.processes) {
    const then = first.processes.get(pid);
    const isOther = then?.startedTicks !== now.startedTicks;
    if (isOther || now.cpuNs > then.cpuNs || now.movedBytes !== then.movedBytes) moved.add(pid);
  }
  return moved;
}

/** The processes below, not itself. */
export function below(root: number, { processes }: Sample): readonly number[] {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of processes.values()) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found: number[] = [];
  const open = [root];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const child of children.get(at) ?? []) {
      found.push(child);
      open.push(child);
    }
  }
  return found.sort((a, b) => a - b);
}
