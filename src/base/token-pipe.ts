// A pipe or fifo that other programs share, read one byte at a time and never
// waited for: whoever waits in a read cannot be told that it is over.

import { constants, fstatSync, openSync, readFileSync, readSync, writeSync } from "node:fs";

export type TokenPipeAddress =
  | { readonly kind: "fifo"; readonly path: string }
  | { readonly kind: "pipe"; readonly readFd: number; readonly writeFd: number };

export interface TokenPipe {
  /** Null: there is none now. */
  read(): number | null;
  write(byte: number): void;
}

/** The flags of an open file. */
function flagsOf(fd: number): number {
  return parseInt(/^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${String(fd)}`, "latin1"))?.[1] ?? "0", 8);
}

/** Whether these are the ends of a pipe that somebody made who waits when he writes. Node's own pipes, which may have the same numbers where we inherited none, do not. */
function isInheritedPipe(readFd: number, writeFd: number): boolean {
  const [from, to] = [fstatSync(readFd), fstatSync(writeFd)];
  const access = constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR;
  return from.isFIFO() && to.isFIFO() && from.ino === to.ino && (flagsOf(readFd) & access) === constants.O_RDONLY && (flagsOf(writeFd) & (access | constants.O_NONBLOCK)) === constants.O_WRONLY;
}

/** Opened anew: the other programs' open file must not become one that does not wait. */
function open(read: string, write: string): TokenPipe {
  const from = openSync(read, constants.O_RDONLY | constants.O_NONBLOCK);
  const to = openSync(write, constants.O_WRONLY);
  const byte = Buffer.alloc(1);
  return {
    read() {
      try {
        return readSync(from, byte, 0, 1, null) === 1 ? (byte[0] ?? null) : null;
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "EAGAIN") return null;
        throw error;
      }
    },
    write(token) {
      writeSync(to, Buffer.of(token));
    },
  };
}

/** Null: there is no such pipe here. A make that did not expect us to take part closed it. */
export function openTokenPipe(at: TokenPipeAddress): TokenPipe | null {
  try {
    if (at.kind === "fifo") return open(at.path, at.path);
    return !isInheritedPipe(at.readFd, at.writeFd) ? null : open(`/proc/self/fd/${String(at.readFd)}`, `/proc/self/fd/${String(at.writeFd)}`);
  } catch {
    return null; // Closed, not a pipe, gone: there is none.
  }
}
