// What a process waits for, in half a sentence.

import { toText } from "../../base/path.ts";
import { plural } from "../words.ts";
import type { Wait } from "./waits.ts";

const NAMED_MAX = 3;

export function waitText(wait: Wait, pid: number, helpers: readonly number[], name: (pid: number) => string): string {
  const others = helpers.filter((helper) => helper !== pid);
  const named = others.slice(0, NAMED_MAX).map(name).join(", ") + (others.length > NAMED_MAX ? ` and ${String(others.length - NAMED_MAX)} more` : "");
  switch (wait.kind) {
    case "runs": return "runs";
    case "device": return "waits for a disk or another device";
    case "timer": return wait.forMs === null ? "sleeps until a time has passed" : `sleeps (${wait.forMs >= 1000 ? `${String(Math.round(wait.forMs / 1000))} s` : `${String(wait.forMs)} ms`} each time)`;
    case "pipe": {
      const end = wait.doing === "read" ? "to read a pipe that" : "to write to a full pipe that";
      if (named !== "") return `waits ${end} ${named} ${others.length === 1 ? "has" : "have"} open to ${wait.doing === "read" ? "write" : "read"}`;
      return helpers.length > 0 ? `waits ${end} nobody but itself has open to ${wait.doing === "read" ? "write" : "read"}` : `waits ${end} nobody we can see has open`;
    }
    case "fifo": return `waits for somebody to open the other end of ${wait.path === null ? "a FIFO" : `the FIFO "${toText(wait.path)}"`}`;
    case "terminal": return wait.doing === "read" ? `waits for input at the terminal ${wait.path}` : `waits to write to the terminal ${wait.path}, which takes nothing`;
    case "socket": return named === "" ? "waits for somebody on the network, or a server" : `waits for a connection with ${named}`;
    case "child": return named === "" ? "waits for a child" : `waits for ${named} to end`;
    case "lock": return `waits for the lock of "${toText(wait.path)}"${named === "" ? ", which nobody we can see holds" : ` that ${named} ${others.length === 1 ? "holds" : "hold"}`}`;
    case "memory": return named === "" ? "waits for another of its own threads, and none of them goes on" : `waits for shared memory that ${named} ${others.length === 1 ? "has" : "have"} as well`;
    case "signal": return named === "" ? "waits for a signal" : `waits for a signal, or for ${named} to end`;
    case "outside": return `waits for ${wait.what}`;
    case "any": return named === "" ? `waits for an event of ${plural(wait.of.length - 1, "file", "files")}` : `waits for an event that ${named} can cause`;
    case "stopped": return "was stopped by a signal, and waits to be continued";
    case "fathom": return "waits for an answer of Fathom";
    case "unknown": return `waits for something unknown${wait.sleepsIn === "" ? "" : ` (${wait.sleepsIn})`}`;
  }
}
