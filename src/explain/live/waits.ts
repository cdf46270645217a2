// What a sleeping thread waits for, by the system call that it sleeps in. Whatever is
// not known here is "unknown", and nobody is called hung because of that. Numbers are
// those of x86-64 (native/syscalls.def has the same).

import type { OpenFile, Proc } from "../../base/proc.ts";
import type { ProcessSample, SystemCall, ThreadSample } from "./sample.ts";

export type Wait =
  /** On a processor, or waiting for one. */
  | { readonly kind: "runs" }
  | { readonly kind: "device" }
  /** It will wake by itself. `forMs`: null where that is not known. */
  | { readonly kind: "timer"; readonly forMs: number | null }
  | { readonly kind: "pipe"; readonly doing: "read" | "write"; readonly pipe: string }
  | { readonly kind: "fifo"; readonly path: string | null }
  | { readonly kind: "terminal"; readonly doing: "read" | "write"; readonly path: string }
  | { readonly kind: "socket"; readonly inode: number }
  /** Null: any. */
  | { readonly kind: "child"; readonly pid: number | null }
  | { readonly kind: "lock"; readonly path: string }
  | { readonly kind: "memory"; readonly address: bigint }
  | { readonly kind: "signal" }
  /** A change of files, or another event from anywhere. */
  | { readonly kind: "outside"; readonly what: string }
  | { readonly kind: "any"; readonly of: readonly Wait[] }
  | { readonly kind: "stopped" }
  /** Fathom is to answer. */
  | { readonly kind: "fathom" }
  | { readonly kind: "unknown"; readonly sleepsIn: string };

const RUNS: Wait = { kind: "runs" };

/** Calls that take from a file, and which argument it is; those that give to one. */
const TAKING = new Map([[0, 0], [17, 0], [19, 0], [295, 0], [45, 0], [47, 0], [299, 0], [43, 0], [288, 0], [275, 0], [40, 1], [326, 0]]);
const GIVING = new Map([[1, 0], [18, 0], [20, 0], [296, 0], [44, 0], [46, 0], [307, 0], [42, 0]]);
/** By the argument that is the path. */
const OPENING = new Map([[2, 0], [85, 0], [257, 1], [437, 1]]);
const NANOSLEEP = 35;
const CLOCK_NANOSLEEP = 230;
const RESTART = 219;
const WAIT4 = 61;
const WAITID = 247;
const VFORK = 58;
const CLONE = 56;
const FUTEX = 202;
const FLOCK = 73;
const FCNTL = 72;
/** F_SETLKW and F_OFD_SETLKW. */
const LOCKING = new Set([7n, 38n]);
const POLL = 7;
const PPOLL = 271;
const SELECT = 23;
const PSELECT = 270;
const EPOLL_WAIT = 232;
const EPOLL_PWAIT = 281;
const EPOLL_PWAIT2 = 441;
const SIGNALS = new Set([34, 130, 128]);
/** FATHOM_CALL in native/arena.h: the guest asks. */
const FATHOM_CALL = 19041;
/** Where a thread sleeps that has told a filter's listener and waits for the answer. */
const NOTIFYING = "seccomp";

const PATH_BYTES_MAX = 4096;
const POLLED_MAX = 1024;

export interface Looking {
  readonly proc: Proc;
  readonly files: (pid: number) => readonly OpenFile[];
}

export function waitsOf(process: ProcessSample, looking: Looking): readonly Wait[] {
  return process.threads.map((thread) => waitOf(thread, process.pid, looking));
}

function waitOf(thread: ThreadSample, pid: number, looking: Looking): Wait {
  switch (thread.state) {
    case "R": return RUNS;
    case "D": return { kind: "device" };
    case "T": return { kind: "stopped" };
    case "S": case "I": break;
    default: return { kind: "unknown", sleepsIn: thread.sleepsIn };
  }
  if (thread.call === null) return byFunction(thread.sleepsIn, pid, looking);
  return inCall(thread.call, thread, pid, looking);
}

function inCall(call: SystemCall, { sleepsIn }: ThreadSample, pid: number, looking: Looking): Wait {
  const { number, args } = call;
  const [first = 0n, second = 0n, third = 0n, fourth = 0n, fifth = 0n] = args;
  const givesTo = GIVING.get(number);
  // The supervisor carries out writes that may block, so those wait for the file as ever.
  if (number === FATHOM_CALL || (sleepsIn.includes(NOTIFYING) && givesTo === undefined)) return { kind: "fathom" };
  const takesFrom = TAKING.get(number);
  if (takesFrom !== undefined) return ofFile(Number(args[takesFrom] ?? 0n), "read", pid, looking);
  if (givesTo !== undefined) return ofFile(Number(args[givesTo] ?? 0n), "write", pid, looking);
  const path = OPENING.get(number);
  if (path !== undefined) return sleepsIn.includes("partner") || sleepsIn === "" ? { kind: "fifo", path: textAt(pid, args[path] ?? 0n, looking) } : { kind: "device" };
  if (SIGNALS.has(number)) return number === 128 && third !== 0n ? timer(null) : { kind: "signal" };
  switch (number) {
    case NANOSLEEP: return timer(timeAt(pid, first, looking));
    case CLOCK_NANOSLEEP: return timer(second === 0n ? timeAt(pid, third, looking) : null);
    case RESTART: return timer(null);
    case WAIT4: return { kind: "child", pid: processOf(first) };
    case WAITID: return { kind: "child", pid: first === 1n ? processOf(second) : null };
    case VFORK: case CLONE: return { kind: "child", pid: null };
    case FUTEX: return fourth === 0n ? { kind: "memory", address: first } : timer(null);
    case FLOCK: return { kind: "lock", path: targetOf(Number(first), pid, looking) };
    case FCNTL: return LOCKING.has(second) ? { kind: "lock", path: targetOf(Number(first), pid, looking) } : { kind: "unknown", sleepsIn };
    case POLL: return BigInt.asIntN(32, third) >= 0n ? timer(Number(BigInt.asIntN(32, third))) : anyOf(polled(pid, first, Number(second), looking));
    case PPOLL: return third !== 0n ? timer(timeAt(pid, third, looking)) : anyOf(polled(pid, first, Number(second), looking));
    case SELECT: case PSELECT: return fifth !== 0n ? timer(null) : anyOf(selected(pid, Number(first), second, third, looking));
    case EPOLL_WAIT: case EPOLL_PWAIT: return BigInt.asIntN(32, fourth) >= 0n ? timer(Number(BigInt.asIntN(32, fourth))) : anyOf(registered(pid, Number(first), looking));
    case EPOLL_PWAIT2: return fourth !== 0n ? timer(timeAt(pid, fourth, looking)) : anyOf(registered(pid, Number(first), looking));
    default: return { kind: "unknown", sleepsIn };
  }
}

const timer = (forMs: number | null): Wait => ({ kind: "timer", forMs });

const processOf = (argument: bigint): number | null => {
  const pid = Number(BigInt.asIntN(32, argument));
  return pid > 0 ? pid : null;
};

/** A loop is woken by a child that ends as well. */
const anyOf = (waits: readonly Wait[] | null): Wait => (waits === null ? { kind: "unknown", sleepsIn: "poll" } : { kind: "any", of: [...waits, { kind: "child", pid: null }] });

/** Where the call cannot be seen (Yama), the function is known all the same, but not the file: any that it could be. */
function byFunction(sleepsIn: string, pid: number, looking: Looking): Wait {
  const every = (doing: "read" | "write", isMeant: (file: OpenFile) => boolean): Wait => ({ kind: "any", of: looking.files(pid).filter(isMeant).map(({ number }) => ofFile(number, doing, pid, looking)) });
  const isPipe = ({ target }: OpenFile): boolean => target.startsWith("pipe:");
  if (sleepsIn.includes("pipe_read")) return every("read", (file) => isPipe(file) && file.isReadable);
  if (sleepsIn.includes("pipe_write")) return every("write", (file) => isPipe(file) && file.isWritable);
  if (sleepsIn.includes("n_tty_read")) return { kind: "terminal", doing: "read", path: "the terminal" };
  if (sleepsIn.includes("do_wait")) return { kind: "child", pid: null };
  if (sleepsIn.includes("partner")) return { kind: "fifo", path: null };
  if (sleepsIn.includes("nanosleep")) return timer(null);
  if (sleepsIn.includes("sigsuspend") || sleepsIn.includes("pause")) return { kind: "signal" };
  return { kind: "unknown", sleepsIn };
}

export const targetOf = (number: number, pid: number, { files }: Pick<Looking, "files">): string => files(pid).find((file) => file.number === number)?.target ?? "";

function ofFile(number: number, doing: "read" | "write", pid: number, looking: Looking): Wait {
  const target = targetOf(number, pid, looking);
  const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
  if (inode !== undefined) return { kind: "socket", inode: Number(inode) };
  if (target.startsWith("pipe:")) return { kind: "pipe", doing, pipe: target };
  if (/^\/dev\/(pts\/|tty|console)/.test(target)) return { kind: "terminal", doing, path: target };
  const about = (): string => looking.proc.text(`${String(pid)}/fdinfo/${String(number)}`) ?? "";
  switch (target) {
    case "anon_inode:[timerfd]": return /^it_value: \(0, 0\)$/m.test(about()) ? { kind: "any", of: [] } : timer(null);
    case "anon_inode:[signalfd]": return { kind: "signal" };
    case "anon_inode:[pidfd]": return { kind: "child", pid: processOf(BigInt(/^Pid:\s+(\d+)$/m.exec(about())?.[1] ?? "0")) };
    case "anon_inode:[eventpoll]": return { kind: "any", of: registered(pid, number, looking) ?? [] };
    // Another thread of its own, or a process that has it from here, which is one of its children.
    case "anon_inode:[eventfd]": return { kind: "child", pid: null };
    case "anon_inode:inotify": return { kind: "outside", what: "a change of files" };
    default: break;
  }
  if (target.startsWith("/") && looking.proc.isFifo(pid, number)) return { kind: "pipe", doing, pipe: target };
  return target.startsWith("/") ? { kind: "device" } : { kind: "unknown", sleepsIn: target };
}

/** EPOLLIN, POLLIN; EPOLLOUT, POLLOUT. */
const IN = 1;
const OUT = 4;

function byEvents(number: number, events: number, pid: number, looking: Looking): readonly Wait[] {
  const waits: Wait[] = [];
  if ((events & IN) !== 0) waits.push(ofFile(number, "read", pid, looking));
  if ((events & OUT) !== 0) waits.push(ofFile(number, "write", pid, looking));
  return waits;
}

/** What an epoll file waits for. Source: proc_pid_fdinfo(5). */
function registered(pid: number, number: number, looking: Looking): readonly Wait[] | null {
  const text = looking.proc.text(`${String(pid)}/fdinfo/${String(number)}`);
  if (text === null) return null;
  return [...text.matchAll(/^tfd:\s*(\d+) events:\s*([0-9a-f]+)/gm)].flatMap(([, file = "", events = ""]) => (Number(file) === number ? [] : byEvents(Number(file), Number.parseInt(events, 16), pid, looking)));
}

/** struct pollfd: 32 bits of number, 16 of events, 16 of answers. */
function polled(pid: number, address: bigint, count: number, looking: Looking): readonly Wait[] | null {
  if (count > POLLED_MAX) return null;
  const bytes = count === 0 ? Buffer.alloc(0) : looking.proc.memory(pid, address, count * 8);
  if (bytes?.length !== count * 8) return null;
  return Array.from({ length: count }, (_, index) => byEvents(bytes.readInt32LE(index * 8), bytes.readInt16LE(index * 8 + 4), pid, looking)).flat();
}

function selected(pid: number, count: number, reading: bigint, writing: bigint, looking: Looking): readonly Wait[] | null {
  if (count > POLLED_MAX) return null;
  const length = Math.ceil(count / 64) * 8;
  const bits = (address: bigint): Buffer | null => (address === 0n || length === 0 ? Buffer.alloc(length) : looking.proc.memory(pid, address, length));
  const [toRead, toWrite] = [bits(reading), bits(writing)];
  if (toRead?.length !== length || toWrite?.length !== length) return null;
  const isSet = (set: Buffer, number: number): boolean => ((set[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
  return Array.from({ length: count }, (_, number) => byEvents(number, (isSet(toRead, number) ? IN : 0) | (isSet(toWrite, number) ? OUT : 0), pid, looking)).flat();
}

function textAt(pid: number, address: bigint, { proc }: Looking): string | null {
  const bytes = proc.memory(pid, address, PATH_BYTES_MAX);
  const end = bytes?.indexOf(0) ?? -1;
  return bytes === null || end < 0 ? null : bytes.toString("latin1", 0, end);
}

/** struct timespec, as milliseconds. */
function timeAt(pid: number, address: bigint, { proc }: Looking): number | null {
  const bytes = proc.memory(pid, address, 16);
  return bytes?.length === 16 ? Number(bytes.readBigInt64LE(0)) * 1000 + Math.floor(Number(bytes.readBigInt64LE(8)) / 1e6) : null;
}
