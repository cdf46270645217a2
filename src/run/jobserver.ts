// GNU make's jobserver: a make that started us with "+" tells in MAKEFLAGS where
// tokens are, and whoever wants to run a second thing takes one first. Source: the
// GNU make manual, "POSIX Jobserver Interaction". We take part and offer none of our
// own: make before 4.4 ends with an error when it finds a fifo in MAKEFLAGS, and a
// script with "make -j4" would say on stderr that it was told otherwise.

import type { TokenPipeAddress } from "../base/token-pipe.ts";

export interface Tokens {
  /** The byte that a token is; null: none is there now. */
  take(): number | null;
  /** The same byte, by who took it. */
  give(token: number): void;
  /** Resolves when it is worth to ask again. */
  later(): Promise<void>;
  /** Open files that tasks get at the same numbers, so that a make among them finds the tokens too. */
  readonly descriptors: readonly number[];
}

/** The last one counts, as for make. */
export function jobserverIn(makeflags: string | undefined): TokenPipeAddress | null {
  const last = [...(makeflags ?? "").matchAll(/(?:^|\s)--jobserver-(?:auth|fds)=(\S+)/g)].at(-1)?.[1];
  if (last === undefined) return null;
  if (last.startsWith("fifo:")) return { kind: "fifo", path: last.slice("fifo:".length) };
  const [, readFd, writeFd] = /^(\d+),(\d+)$/.exec(last) ?? [];
  return readFd === undefined || writeFd === undefined ? null : { kind: "pipe", readFd: Number(readFd), writeFd: Number(writeFd) };
}
