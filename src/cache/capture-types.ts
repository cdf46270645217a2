// What capturing a unit takes and gives.

import type { Clock } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import { lagNsOf, type Disk } from "../base/disk.ts";
import { toText, type AbsPath } from "../base/path.ts";
import { fail } from "../base/result.ts";
import { ctimeNsOf, type Signature } from "../base/signature.ts";
import type { Doubt, Footprint } from "../ledger/footprint.ts";
import type { Store } from "../store/store.ts";
import type { Entry } from "./entry.ts";
import type { Known } from "./known.ts";
import type { Records } from "./records.ts";
import type { Roots } from "./roots.ts";
import type { SystemMemo } from "./tree.ts";

/** One exec'd process with everything under it, when all of it is gone. */
export interface Unit {
  /** Its number in the run. */
  readonly image: number;
  readonly weakKey: Digest;
  /** Null: it is no task of `fathom run`. */
  readonly task: string | null;
  readonly program: string;
  /** Every program that ran in it, itself included. */
  readonly programs: readonly string[];
  /** Its environment at exec: "NAME=value". */
  readonly environment: readonly string[];
  readonly exitCode: number;
  readonly cpuNs: bigint;
  /** Real time, as file times count it. The end must come from CLOCK_REALTIME: files may carry times that CLOCK_REALTIME_COARSE reaches later (Linux 6.13). */
  readonly startedNs: bigint;
  readonly endedNs: bigint;
  /** Its end's place in the order of the run. */
  readonly endedSeq: number;
  /** No unit around it will be stored, and make or `fathom run` started it: the supervisor may replay it by plan. */
  readonly isAskedForAlone: boolean;
  /** Directories of which only the names of libraries count (libraries.ts). */
  readonly searched: ReadonlySet<AbsPath>;
  readonly footprint: Footprint;
}

/** Content that was put into the store just before somebody overwrote or removed it. */
export interface PreservedState {
  readonly signature: Signature;
  readonly digest: Digest;
  /** See Disk.otherOwner. */
  readonly owner: string;
  /** Real time when it was kept. */
  readonly atNs: bigint;
  /** The images in which who changed it then ran. Empty: a program that nothing is stored of, nor of any around it. */
  readonly by: readonly number[];
}

export interface CaptureContext {
  /** Not root: permissions matter. */
  readonly isOrdinary: boolean;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly store: Store;
  readonly records: Records;
  readonly roots: Roots;
  readonly known: Known;
  readonly memo: SystemMemo;
  /** Whether somebody may have begun to change that path, or the file that is there, behind this place in the order of the run. `signature` null: nothing is there. */
  readonly isChangedAfter: (path: AbsPath, signature: Signature | null, seq: number) => boolean;
  /** In the order of time. */
  readonly preserved: (path: AbsPath) => readonly PreservedState[];
}

/** Why a unit is not stored. `code` is stable and listed in docs/reference/failures.md. */
export type Refusal = Doubt;

export type Not =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** A file changed so recently that its time cannot tell whether it changed again: capture once more, then or later. */
  | { readonly kind: "too-young"; readonly path: AbsPath; readonly retryAtNs: bigint };

export type Captured = { readonly kind: "stored"; readonly strongKey: Digest; readonly entry: Entry } | Not;

export const no = (unit: Unit, code: string, detail: string): { readonly ok: false; readonly failure: Not } =>
  fail({ kind: "refused", refusal: { code, program: unit.program, detail } });

/** Where times do not tell before from after, within one tick of the clock that stamps files and of a directory, the order of the run does. `found` null: nothing is there. */
export function isChangedInThatTick(path: AbsPath, found: Signature | null, { endedNs, endedSeq }: Unit, { isChangedAfter }: CaptureContext): boolean {
  return (found === null || ctimeNsOf(found) >= endedNs - lagNsOf(found)) && isChangedAfter(path, found, endedSeq);
}

/** A path for people. */
export const quoted = (path: AbsPath): string => `"${toText(path)}"`;
