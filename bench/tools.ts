// What is measured beside each other, and how each is told to run a build as it
// is. Each keeps what it stores in the folder it is given, which is empty at first.

import { join } from "node:path";
import { root } from "../scripts/bundle.ts";
import type { Environment } from "./shell.ts";
import type { Tool } from "./table.ts";

type Command = readonly [string, ...string[]];

export interface Way {
  readonly command: (build: Command) => Command;
  readonly env: (store: string) => Environment;
  /** What must be there. */
  readonly program: string;
}

const fathom = join(root, "bin/fathom");
/** Debian's ccache: a folder of compilers that are all ccache. */
const CCACHE_COMPILERS = "/usr/lib/ccache";

export const ways: Readonly<Record<Tool, Way>> = {
  bare: { command: (build) => build, env: () => ({}), program: "/bin/sh" },
  fathom: { command: (build) => [fathom, "--json", "--", ...build], env: (store) => ({ FATHOM_STORE: store }), program: fathom },
  firebuild: { command: (build) => ["firebuild", "--quiet", ...build], env: (store) => ({ XDG_CACHE_HOME: store }), program: "/usr/bin/firebuild" },
  ccache: {
    command: (build) => build,
    env: (store) => ({ CCACHE_DIR: store, PATH: `${CCACHE_COMPILERS}:${process.env["PATH"] ?? ""}` }),
    program: join(CCACHE_COMPILERS, "gcc"),
  },
};

export const TOOLS = Object.keys(ways) as readonly Tool[];
