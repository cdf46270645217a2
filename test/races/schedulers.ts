// Two commands at the same time, started by each kind of program that does such a
// thing. They are shell scripts a.sh and b.sh in the folder of the project.

import type { Rig } from "../rig/rig.ts";

export interface Scheduler {
  readonly name: string;
  /** Writes its files; returns the command. */
  readonly prepare: (rig: Rig) => readonly string[];
}

const MAKEFILE = "all: a b\na:\n\tsh a.sh\nb:\n\tsh b.sh\n.PHONY: all a b\n";
const NINJA = "rule r\n  command = sh $out.sh\nbuild a: r\nbuild b: r\n";
const NODE = `const { spawn } = require("node:child_process");
for (const name of ["a", "b"]) spawn("sh", [name + ".sh"], { stdio: "inherit" }).on("exit", (code) => { if (code !== 0) process.exitCode = 1; });
`;

export const SCHEDULERS: readonly Scheduler[] = [
  { name: "make -j", prepare: (rig) => { rig.write("Makefile", MAKEFILE); return ["make", "-s", "-j2"]; } },
  { name: "ninja", prepare: (rig) => { rig.write("build.ninja", NINJA); return ["ninja", "-j2"]; } },
  { name: "a shell's &", prepare: () => ["sh", "-c", "sh a.sh & sh b.sh & wait"] },
  { name: "xargs -P", prepare: (rig) => { rig.write("list", "a.sh\nb.sh\n"); return ["xargs", "-a", "list", "-P2", "-n1", "sh"]; } },
  { name: "a Node script", prepare: (rig) => { rig.write("both.js", NODE); return [process.execPath, "both.js"]; } },
];
