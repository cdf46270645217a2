// What the kernel tells of processes (proc(5)). A process may end between two
// questions, and of some we may not ask: both are null, never an exception.

import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from "node:fs";

export interface OpenFile {
  readonly number: number;
  /** As the kernel names it: a path, "pipe:[4711]", "socket:[4711]", "anon_inode:[eventfd]". */
  readonly target: string;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
}

export interface Proc {
  pids(): readonly number[];
  threads(pid: number): readonly number[];
  /** A file below /proc, such as "4711/stat"; one character a byte. */
  text(name: string): string | null;
  /** Where a link below /proc leads, such as "4711/exe". */
  link(name: string): string | null;
  files(pid: number): readonly OpenFile[];
  isFifo(pid: number, number: number): boolean;
  /** Of the process's memory, at most so much as can be read there. */
  memory(pid: number, address: bigint, lengthBytes: number): Buffer | null;
  /** Of an open file, from its beginning. */
  content(pid: number, number: number, lengthBytes: number): Buffer | null;
}

/** ENOENT and ESRCH: it ended; EACCES and EPERM: not ours to see. Nothing else is to be known of either. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

const numbersIn = (folder: string): readonly number[] => (orNull(() => readdirSync(folder)) ?? []).filter((name) => /^\d+$/.test(name)).map(Number);

const READABLE = 0o400;
const WRITABLE = 0o200;
const TYPE = 0o170000;
const FIFO = 0o010000;

function part(path: string, position: bigint, lengthBytes: number): Buffer | null {
  return orNull(() => {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(lengthBytes);
      return bytes.subarray(0, readSync(file, bytes, 0, lengthBytes, position));
    } finally {
      closeSync(file);
    }
  });
}

export const realProc: Proc = {
  pids: () => numbersIn("/proc"),
  threads: (pid) => numbersIn(`/proc/${String(pid)}/task`),
  text: (name) => orNull(() => readFileSync(`/proc/${name}`, "latin1")),
  link: (name) => orNull(() => readlinkSync(`/proc/${name}`, "latin1")),
  files: (pid) => numbersIn(`/proc/${String(pid)}/fd`).flatMap((number) => {
    const path = `/proc/${String(pid)}/fd/${String(number)}`;
    const file = orNull(() => ({ target: readlinkSync(path, "latin1"), mode: lstatSync(path).mode }));
    return file === null ? [] : [{ number, target: file.target, isReadable: (file.mode & READABLE) !== 0, isWritable: (file.mode & WRITABLE) !== 0 }];
  }),
  isFifo: (pid, number) => orNull(() => (statSync(`/proc/${String(pid)}/fd/${String(number)}`).mode & TYPE) === FIFO) ?? false,
  memory: (pid, address, lengthBytes) => part(`/proc/${String(pid)}/mem`, address, lengthBytes),
  content: (pid, number, lengthBytes) => part(`/proc/${String(pid)}/fd/${String(number)}`, 0n, lengthBytes),
};
