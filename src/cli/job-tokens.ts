// The tokens of a make that started us, from the pipe that MAKEFLAGS names.

import { openTokenPipe } from "../base/token-pipe.ts";
import { jobserverIn, type Tokens } from "../run/jobserver.ts";
import type { Environment, Printer } from "./render.ts";

/** Nobody tells when a token comes back. */
const ASKED_EVERY_MS = 20;

/** Null: there is none, or none that we were given. */
export function tokensOf(env: Environment, print: Printer): Tokens | null {
  const at = jobserverIn(env["MAKEFLAGS"]);
  if (at === null) return null;
  const pipe = openTokenPipe(at);
  if (pipe === null) {
    print.note("fathom: make's jobserver cannot be used, so tasks are started beside make's own jobs; begin the rule's line with \"+\"");
    return null;
  }
  return {
    take: () => pipe.read(),
    give: (token) => pipe.write(token),
    later: () => new Promise((resolve) => { setTimeout(resolve, ASKED_EVERY_MS); }),
    descriptors: at.kind === "pipe" ? [at.readFd, at.writeFd] : [],
  };
}
