// What a machine allows, as sentences: what was found, and what a missing thing
// costs. Pure: what was found is handed in, so that every sentence has a test.

import { sizeText } from "./render.ts";
import { VIEW_PROBES, viewCheck, type Switches } from "./view-check.ts";

/** One thing a machine allows or does not. */
export interface Check {
  /** Stable, kebab-case; the first column of `--json`. */
  readonly name: string;
  readonly works: boolean;
  /** What was found, as a sentence without full stop. */
  readonly text: string;
  /** What it costs that this is missing; only where it is. */
  readonly cost?: string;
}

/** One line of `fathom --probe`. */
export interface Probe {
  readonly name: string;
  readonly works: boolean;
  readonly detail: string;
}

export interface Found {
  readonly kernel: string;
  readonly nodeVersion: string;
  /** The first line of `cc --version`; null where there is no compiler. */
  readonly compiler: string | null;
  /** Null: the native part could not be started, because `probeFailure`. */
  readonly probes: readonly Probe[] | null;
  readonly probeFailure: string;
  /** kernel.yama.ptrace_scope; null where the kernel does not have it. */
  readonly yama: string | null;
  /** A sentence where there can be none. */
  readonly store: { readonly folder: string; readonly freeBytes: number; readonly canClone: boolean } | string;
  readonly isStoreOnWorkspaceDisk: boolean;
  /** Of namespaces of users; null where the kernel does not have such a switch. */
  readonly switches: Switches;
}

/** A store that fills the disk stops builds of others: below this, say so. */
export const STORE_FREE_BYTES_MIN = 1_000_000_000;

interface Ability {
  readonly works: string;
  readonly fails: string;
  readonly cost: string;
}

const UNTRACKED = "Commands run untracked: nothing is cached";

/** By the names of native/supervisor/probe.c. */
const ABILITIES: ReadonlyMap<string, Ability> = new Map([
  ["seccomp-notification", { works: "The kernel hands system calls to an observer", fails: "The kernel does not hand system calls to an observer", cost: UNTRACKED }],
  ["memory-file", { works: "There is a memory file to record in", fails: "There is no memory file to record in", cost: UNTRACKED }],
  ["read-memory", { works: "The paths that programs use can be read", fails: "The paths that programs use cannot be read",
    cost: "What a program does beyond the guest library's sight stays unknown: it is not stored" }],
  ["write-memory", { works: "A program that is found in the store can be replaced by its replay", fails: "A program that is found in the store cannot be replaced by its replay",
    cost: "Nothing is replayed: commands run" }],
  ["share-descriptors", { works: "Descriptors of the command can be looked at", fails: "Descriptors of the command cannot be looked at",
    cost: "Output on inherited streams cannot be recorded: what writes to them is not stored" }],
  ["children-list", { works: "The kernel lists the children of a process", fails: "The kernel does not list the children of a process",
    cost: "Processes that a command leaves behind may go unnoticed: what may have left some is not stored" }],
  ["workspace-copy", { works: "A unit can be run in a copy of the workspace (overlay in a mount namespace)", fails: "A unit cannot be run in a copy of the workspace",
    cost: "fathom exec --verify runs units in their place, and cannot tell why one differs" }],
  ["outputs-served", { works: "Outputs in a view can be without their bytes until something opens them (FUSE)", fails: "Outputs in a view cannot be without their bytes (FUSE)",
    cost: "--lazy-outputs copies them at once. A user needs /dev/fuse to be readable and writable, and a namespace in which to mount (Linux 4.18)" }],
  ["guest-library", { works: "The guest library is there", fails: "The guest library is missing",
    cost: "Every file call takes the slow way through the supervisor: builds run slower, and are still fully observed" }],
  ["replayer", { works: "The program that replays output is there", fails: "The program that replays output is missing", cost: "Nothing is replayed: commands run" }],
]);

const isProbe = (value: unknown): value is Probe =>
  typeof value === "object" && value !== null && "name" in value && typeof value.name === "string" &&
  "works" in value && typeof value.works === "boolean" && "detail" in value && typeof value.detail === "string";

/** Null when any line is not what a supervisor of this version prints. */
export function parseProbes(text: string): readonly Probe[] | null {
  const probes: Probe[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      const value: unknown = JSON.parse(line);
      if (!isProbe(value)) return null;
      probes.push(value);
    } catch {
      return null; // Not JSON: not a supervisor that we know.
    }
  }
  return probes;
}

function check(name: string, works: boolean, text: string, cost: string): Check {
  return works ? { name, works, text } : { name, works, text, cost };
}

function probeChecks(found: Found): readonly Check[] {
  if (found.probes === null) {
    return [check("native-part", false, `The native part does not answer: ${found.probeFailure}`, UNTRACKED)];
  }
  const plain = found.probes.filter(({ name }) => !VIEW_PROBES.has(name));
  return plain.map(({ name, works, detail }): Check => {
    const ability = ABILITIES.get(name);
    const because = detail === "" ? "" : `: ${detail}`;
    if (ability === undefined) return check(name, works, `${name}: ${works ? "works" : "does not work"}${because}`, "Unknown to this version");
    return check(name, works, works ? ability.works : `${ability.fails}${because}`, ability.cost);
  }).concat(viewCheck(found.probes, found.switches) ?? []);
}

/** Yama limits ptrace and process_vm_readv, not what a supervisor may do with its own children. */
function yamaCheck(scope: string | null): Check {
  const text = scope === null ? "The kernel has no Yama" : `kernel.yama.ptrace_scope is ${scope}`;
  return check("yama", scope !== "3", text, "The memory of other processes cannot be read: paths of untracked programs stay unknown, and such programs are not cached");
}

function storeChecks({ store, isStoreOnWorkspaceDisk }: Found): readonly Check[] {
  if (typeof store === "string") return [check("store", false, store, "Nothing is cached: set FATHOM_STORE to a folder in which files can be made")];
  return [
    check("store", true, `The store is at "${store.folder}"`, ""),
    check("store-space", store.freeBytes >= STORE_FREE_BYTES_MIN, `${sizeText(store.freeBytes)} are free for the store`,
      "What cannot be stored runs again next time"),
    check("store-clone", store.canClone, store.canClone ? "The store's file system clones files" : "The store's file system does not clone files",
      "Replayed outputs are copied: they take time and space as any copy does"),
    check("store-disk", isStoreOnWorkspaceDisk,
      isStoreOnWorkspaceDisk ? "The store and this folder are on one file system" : "The store and this folder are on different file systems",
      "Replayed outputs cannot be cloned, they are copied"),
  ];
}

export function checksOf(found: Found): readonly Check[] {
  return [
    { name: "kernel", works: true, text: `The kernel is Linux ${found.kernel}` },
    ...probeChecks(found),
    yamaCheck(found.yama),
    ...storeChecks(found),
    { name: "node", works: true, text: `Node.js is ${found.nodeVersion}` },
    check("compiler", found.compiler !== null, found.compiler === null ? 'There is no program "cc" on PATH' : `The compiler is ${found.compiler}`,
      "The native part cannot be built here; one that is built already works"),
  ];
}
