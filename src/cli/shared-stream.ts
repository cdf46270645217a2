// Writing to a stream that other programs write to at the same time. Node's own
// process.stdout and process.stderr make the open file non-blocking for a moment
// when they are first looked at. The open file is shared: a command that writes in
// that moment gets EAGAIN, which it has never seen. This only writes.

import { writeSync } from "node:fs"; // tidy: a stream, not a file
import { isatty } from "node:tty";
import type { Sink } from "./render.ts";

const RETRY_MS = 5;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Whether writing on is useless: nobody reads any more, and there is nobody to tell. */
const isUnread = (code: unknown): boolean => code === "EPIPE" || code === "EIO";

export function sharedStream(fd: 1 | 2): Sink {
  return {
    get isTTY() {
      return isatty(fd);
    },
    write(text) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) {
        try {
          at += writeSync(fd, bytes, at);
        } catch (error) {
          const code = error instanceof Error && "code" in error ? error.code : undefined;
          if (isUnread(code)) return;
          if (code !== "EAGAIN") throw error; // Else the command made it non-blocking, and its reader is slow.
          Atomics.wait(never, 0, 0, RETRY_MS);
        }
      }
    },
  };
}
