// A terminal of our own, for a program that talks to a person: what it prints comes
// here, and what is written here it reads as typed.

import { closeSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { assert } from "./assert.ts";
import { native } from "./native.ts";
import { fail, ok, type Failure, type Result } from "./result.ts";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface PseudoTerminal {
  /** The program's end, to be handed on; then let go of by `started`. */
  readonly programFd: number;
  /** The program has its end: from now on that it closes it is the end. */
  started(): void;
  /** Each piece of output; then once that there will be no more. */
  read(onBytes: (bytes: Buffer) => void, onEnd: () => void): void;
  type(bytes: Uint8Array): void;
  resize(size: TerminalSize): void;
}

/** As at any terminal, what is typed is lost where the program has left too much of it unread. */
function typeInto(fd: number, bytes: Uint8Array): void {
  try {
    writeSync(fd, bytes);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "EAGAIN" || error.code === "EIO"))) throw error;
  }
}

export function openTerminal({ columns, rows }: TerminalSize): Result<PseudoTerminal, Failure> {
  const addon = native();
  if (!addon.ok) return addon;
  const calls = addon.value;
  const ends = calls.openTerminal(columns, rows);
  if (typeof ends === "number") return fail({ code: "no-terminal", message: `Cannot make a pseudo terminal: the system refused (error ${-ends})`, advice: "Check that /dev/pts is mounted" });
  const [person, program] = [ends.readInt32LE(0), ends.readInt32LE(4)];
  let isOpen = true;
  const stream = new ReadStream(person);
  return ok({
    programFd: program,
    started: () => { closeSync(program); },
    read: (onBytes, onEnd) => {
      stream.on("data", onBytes);
      stream.on("error", (error: NodeJS.ErrnoException) => {
        // What Linux says when nobody has the other end any more: pty(7).
        assert(error.code === "EIO", `a pseudo terminal ends with EIO, not ${String(error.code)}`);
      });
      stream.once("close", () => {
        isOpen = false;
        onEnd();
      });
    },
    type: (bytes) => { if (isOpen) typeInto(person, bytes); },
    resize: (size) => { if (isOpen) calls.sizeTerminal(person, size.columns, size.rows); },
  });
}
