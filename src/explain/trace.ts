// A run's trace: which processes there were, and what became of each. What a unit
// relied on and what it changed is in the store, in the entry that its strong key
// names, and is not repeated here. Bytes: docs/reference/trace-format.md.

import type { Digest } from "../base/digest.ts";
import type { Change } from "../cache/differences.ts";
import type { SubjectKind } from "../cache/facts.ts";
import type { Passed } from "../run/tracing.ts";
import type { Order, Touch } from "./touch.ts";

export const TRACE_VERSION = 2;

/** Beyond it a process is not in the trace, which says so: 100,000 were the largest build that was measured. */
export const PROCESSES_MAX = 1_000_000;
/** All strings of one trace. The paths and arguments of 100,000 compiles take half of it. */
export const STRINGS_BYTES_MAX = 32 * 1024 * 1024;
/** Arguments of one process that are kept; of `ar` with 10,000 objects the first say what it was. */
export const ARGUMENTS_MAX = 1024;
/** Paths of one process that are kept as changed: who unpacks an archive is named for the first of them. */
export const CHANGES_MAX = 4096;
/** Differences of one miss that are kept; there is a count of all. */
export const DIFFERENCES_MAX = 256;
/** Different environments of one run. One of 100 variables takes 200 bytes at most, where few of them differ fewer than ten. */
export const ENVIRONMENTS_MAX = 20_000;
/** Images of which one image read what they wrote; a linker reads what a thousand compilers made. */
export const USED_MAX = 4096;
/** Processes that failed, of which is kept what they said and looked at: the last ones, for a configure script lets hundreds fail. */
export const FAILED_MAX = 64;
/** Of what each of them said: the end, and of more than that the first error. */
export const SAID_BYTES_MAX = 1024;
/** Paths that each of them looked at. */
export const SOUGHT_MAX = 256;
/** Reasons of one run why the next one has no plan. */
export const UNPLANNED_MAX = 256;
/** Names of one directory, and of all directories of one run, that are kept to be compared. */
export const LISTING_BYTES_MAX = 256 * 1024;
export const LISTINGS_BYTES_MAX = 4 * 1024 * 1024;
/** A trace that is unpacked into more was not written by us. */
export const UNPACKED_BYTES_MAX = 256 * 1024 * 1024;

export interface ProcessDifference {
  readonly kind: SubjectKind;
  /** A token, a variable's name, or a root's letter. */
  readonly name: string;
  readonly what: Change;
  /** Of a directory: the digests of its names then and now. */
  readonly listings: { readonly was: Digest; readonly now: Digest } | null;
}

export type ProcessMiss =
  | { readonly kind: "differs"; readonly strongKey: Digest; readonly differences: readonly ProcessDifference[]; readonly total: number }
  | { readonly kind: "gone" }
  | { readonly kind: "not-replayed"; readonly strongKey: Digest; readonly code: string }
  | { readonly kind: "verified"; readonly strongKey: Digest };

export type ProcessFate =
  /** The supervisor followed a plan. */
  | { readonly kind: "planned" }
  | { readonly kind: "replayed"; readonly strongKey: Digest }
  | { readonly kind: "stored"; readonly strongKey: Digest }
  | { readonly kind: "refused"; readonly code: string; readonly program: string; readonly detail: string }
  | { readonly kind: "passed"; readonly reason: Passed }
  /** Part of a unit of which nothing came, or the engine ended first. */
  | { readonly kind: "unknown" };

/** "wrote": opened for writing. "made": a directory, a link, a second name. */
export type ChangeKind = "wrote" | "removed" | "made" | "renamed" | "mode";

export interface PathChange {
  readonly how: ChangeKind;
  /** A token. */
  readonly at: string;
}

/** What a process may wait for, by the code that it has in a trace. "timer": it sleeps. "events": several things at once. "tap": Fathom. */
export const WAITS = ["children", "pipe", "lock", "disk", "network", "timer", "events", "tap"] as const;
export type Wait = (typeof WAITS)[number];

/** What an image's time was spent on; sums over its processes and threads. */
export interface Took {
  /** Null: it was killed, and nobody asked the kernel before. `delayUs`: ready to run while others ran. Faults: pages that were not there, and of these those that the disk had. */
  readonly counted: {
    readonly delayUs: number; readonly systemUs: number; readonly faults: number; readonly diskFaults: number;
    readonly readBytes: number; readonly writtenBytes: number; readonly peakBytes: number;
  } | null;
  /** Of its first thread from the first look at it on, 20 ms after its start. A number: that of the error with which the kernel refused; null: it was not looked at. */
  readonly counters: { readonly instructions: number; readonly cycles: number; readonly cacheMisses: number } | number | null;
  /** How long its first process was seen to wait, by looks at intervals. */
  readonly waitedUs: Readonly<Partial<Record<Wait, number>>>;
}

/** What a process that failed leaves, since nothing is stored of it. */
export interface FailedLook {
  /** The end of what it wrote to its stderr, as bytes; of its stdout where that is nothing. */
  readonly said: string;
  /** Tokens of the workspace that it looked at, in order, and whether anything was there. */
  readonly sought: readonly { readonly at: string; readonly isThere: boolean }[];
}

/** Why the next run of the same tasks has no plan as a whole. */
export interface UnplannedTask {
  readonly code: string;
  readonly detail: string;
  /** As "package#script"; null: it is no task's. */
  readonly task: string | null;
}

/** One exec'd program with its forks. */
export interface TracedProcess {
  readonly image: number;
  /** 0: the command itself. */
  readonly parent: number;
  readonly startedUs: number;
  /** Null: nobody saw its end. */
  readonly end: { readonly endedUs: number; readonly how: number; readonly code: number; readonly successor: number; readonly cpuUs: number } | null;
  readonly program: string;
  readonly cwd: string;
  /** With roots as tokens. */
  readonly argv: readonly string[];
  readonly argumentsLeftOut: number;
  readonly umask: number;
  /** Roles of stdout and stderr, as the weak key counts them. */
  readonly roles: readonly [number, number];
  /** As "package#script", of what `fathom run` starts and all below it. */
  readonly task: string | null;
  /** Digests of its variables by name; null: not kept. */
  readonly variables: ReadonlyMap<string, string> | null;
  /** Its first 8 bytes, as hexadecimal digits. */
  readonly weakKey: string;
  readonly isBound: boolean;
  readonly isUncached: boolean;
  /** Told of in few words: umask, roles and variables are not known. */
  readonly isSlight: boolean;
  readonly fate: ProcessFate;
  readonly miss: ProcessMiss | null;
  readonly changes: readonly PathChange[];
  readonly changesLeftOut: number;
  /** Of what differed somewhere in the run, what this process looked at: tokens, and "$NAME". */
  readonly looked: readonly string[];
  /** Null: it ended too soon to be looked at, or Node was told of it in few words. */
  readonly took: Took | null;
  /** Images that wrote what it read, looked at or ran. */
  readonly used: readonly number[];
  /** Images that wrote what it wrote over or removed. */
  readonly replaced: readonly number[];
  /** Its place in the order of the run; null: not known. */
  readonly order: Order | null;
  /** What it did to paths that somebody wrote and another process touched. */
  readonly touched: readonly Touch[];
  /** Null: it did not fail, or others did later. */
  readonly failed: FailedLook | null;
  /** Of the program that starts the tasks of `fathom run`. */
  readonly unplanned: readonly UnplannedTask[];
}

export interface RunHead {
  /** Name of its file; later runs come later in the order of bytes. */
  readonly id: string;
  /** Nanoseconds since 1970. */
  readonly startedNs: bigint;
  readonly wallUs: number;
  readonly command: readonly string[];
  readonly cwd: string;
  /** HELLO_*: --force, --no-cache, `fathom run` ... */
  readonly flags: number;
  readonly exit: { readonly how: number; readonly code: number };
  readonly processes: number;
  readonly replayed: number;
  readonly ran: number;
  readonly notStored: number;
  readonly savedUs: number;
  /** Digests of variables can be compared where this is the same. */
  readonly salt: string;
  /** False: there was more than a trace holds. */
  readonly isWhole: boolean;
}

export interface Trace extends RunHead {
  /** In the order in which they started. */
  readonly traced: readonly TracedProcess[];
  /** Names in directories, by their digest. */
  readonly listings: ReadonlyMap<Digest, string>;
}
