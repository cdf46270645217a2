// What a unit changed, taken from the disk as soon as it has ended. What
// somebody else changed after the end is not the unit's: then the state that
// was kept for us (see Preserved) counts, or the unit is refused.

import type { Digest } from "../base/digest.ts";
import { lagNsOf } from "../base/disk.ts";
import { byteOrder, parentOf, type AbsPath } from "../base/path.ts";
import { ok, type Result } from "../base/result.ts";
import { ctimeNsOf, identityOf, linkCountOf, mtimeNsOf, permissionsOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import { isChangedInThatTick, no, quoted, type CaptureContext, type Not, type Unit } from "./capture-types.ts";
import type { Effect, Time } from "./entry.ts";
import { EFFECTS_MAX } from "./limits.ts";
import { isIgnoredState } from "./programs.ts";
import type { Sealed } from "./seal.ts";

export interface TakenEffect {
  readonly effect: Effect;
  readonly path: AbsPath;
  /** What will mean later that the effect is in place. */
  readonly sealed: Sealed["state"];
}

/** State of one path when the unit ended. `digest`: known for what was preserved. */
export interface Ended {
  readonly path: AbsPath;
  readonly signature: Signature | null;
  readonly digest: Digest | null;
}

/** Looks only: what is there when the unit has ended, or was kept of it. */
export function takeEnded(unit: Unit, context: CaptureContext): Result<readonly Ended[], Not> {
  // The footprint names every path of what was made, moved trees included.
  const paths = unit.footprint.touched.filter((path) => !isIgnoredState(context.roots.tokenise(path)));
  if (paths.length > EFFECTS_MAX) return no(unit, "too-much", `it changed more than ${EFFECTS_MAX} paths`);
  const ended: Ended[] = [];
  const found = context.disk.signatures(paths);
  const isTouched = new Set(paths);
  const before = new Map<AbsPath, Signature>();
  for (const seen of unit.footprint.observations) if (seen.kind === "content" && isTouched.has(seen.path)) before.set(seen.path, seen.signature);
  for (const [index, path] of paths.entries()) {
    const state = endedState(path, found[index] ?? null, unit, context);
    if (!state.ok) return state;
    // Opened for writing and not written: a replay must leave alone even its time.
    if (state.value.signature === null || state.value.signature !== before.get(path)) ended.push(state.value);
  }
  const moved = foldersAbove(paths).find((directory) => context.isChangedAfter(directory, null, unit.endedSeq));
  if (moved !== undefined) return no(unit, "changed-after-run", `${quoted(moved)} was moved or changed after the end`);
  const gone = ended.find(({ path, signature }) => signature === null && isGoneLater(path, unit, context));
  if (gone !== undefined) return no(unit, "changed-after-run", `${quoted(gone.path)} is gone, and its directory was changed after the end`);
  return ok(ended);
}

/** What is at a path is not what was there when a directory above it is another one, however old it is. */
function foldersAbove(paths: readonly AbsPath[]): readonly AbsPath[] {
  const folders = new Set<AbsPath>();
  for (const path of paths) for (let at = path; at !== "/" && !folders.has(parentOf(at)); at = parentOf(at)) folders.add(parentOf(at));
  return [...folders];
}

function endedState(path: AbsPath, found: Signature | null | "error", unit: Unit, context: CaptureContext): Result<Ended, Not> {
  const preserved = context.preserved(path);
  const isForeign = preserved.some(({ atNs, by }) => atNs > unit.startedNs && atNs < unit.endedNs && !by.includes(unit.image));
  if (isForeign) return no(unit, "foreign-change", `${quoted(path)} was changed by another program while it ran`);
  const kept = preserved.find(({ atNs }) => atNs >= unit.endedNs);
  if (kept !== undefined) return ok({ path, signature: kept.signature, digest: kept.digest });
  if (found === "error") return no(unit, "unreadable", `${quoted(path)} cannot be looked at`);
  // Others may add to a directory, which changes its times: whether it is another one tells its birth; whether it has other permissions, the order of the run.
  const isLater = found !== null && ctimeNsOf(found) > unit.endedNs && (typeOf(found) !== "directory" || context.disk.bornNs(path) > unit.endedNs);
  if (isLater || isChangedInThatTick(path, found, unit, context)) return no(unit, "changed-after-run", `${quoted(path)} was changed after the end`);
  if (found === null) return ok({ path, signature: null, digest: null });
  return ok({ path, signature: found, digest: null });
}

/** An absent path tells no time. When its directory was changed after the end, somebody else may have removed it. */
function isGoneLater(path: AbsPath, unit: Unit, { disk }: CaptureContext): boolean {
  for (let directory = parentOf(path); ; directory = parentOf(directory)) {
    const found = disk.signatures([directory])[0] ?? null;
    if (found === "error") return true;
    if (found !== null) return mtimeNsOf(found) > unit.endedNs;
    if (directory === "/") return true;
  }
}

/** Takes contents and targets; every file is a blob afterwards. */
export function takeEffects(ended: readonly Ended[], unit: Unit, context: CaptureContext): Result<readonly TakenEffect[], Not> {
  const contents = contentsOf(ended, unit, context);
  if (!contents.ok) return contents;
  const ranks = ranksOf(ended, unit);
  const names = namesOf(ended);
  const groups = groupsOf(ended, names);
  const taken: TakenEffect[] = [];
  for (const { path, signature } of ended) {
    const at = context.roots.tokenise(path);
    if (signature === null) {
      taken.push({ effect: { kind: "absent", at }, path, sealed: null });
      continue;
    }
    const permissions = permissionsOf(signature);
    const time = timeOf(signature, ranks, unit);
    switch (typeOf(signature)) {
      case "file": {
        const content = contents.value.get(path);
        if (content === undefined) return no(unit, "changed-after-run", `${quoted(path)} changed while it was read`);
        // A replay would make a file of its own, and who writes to one name later would not write to the other.
        if (linkCountOf(signature) > (names.get(identityOf(signature)) ?? 1)) {
          return no(unit, "hard-link", `${quoted(path)} has a name that the unit did not give it`);
        }
        const group = groups.get(identityOf(signature)) ?? 0;
        const effect: Effect = { kind: "file", at, content: content.digest, sizeBytes: sizeBytesOf(signature), permissions, time, group };
        taken.push({ effect, path, sealed: content.isSettled ? signature : "unproven" });
        break;
      }
      case "directory":
        taken.push({ effect: { kind: "directory", at, permissions }, path, sealed: "unproven" });
        break;
      case "link": {
        const target = context.disk.readLink(path);
        if (target === null) return no(unit, "changed-after-run", `${quoted(path)} is no link any more`);
        taken.push({ effect: { kind: "link", at, target: context.roots.tokeniseText(target), time }, path, sealed: "unproven" });
        break;
      }
      case "fifo": case "socket": case "device":
        return no(unit, "special-file", `${quoted(path)} is a ${typeOf(signature)}`);
    }
  }
  return ok(taken.sort((a, b) => byteOrder(a.effect.at, b.effect.at)));
}

/** Digests of the files, each of which is a blob afterwards. */
function contentsOf(ended: readonly Ended[], unit: Unit, context: CaptureContext): Result<Map<AbsPath, { digest: Digest; isSettled: boolean }>, Not> {
  const contents = new Map<AbsPath, { digest: Digest; isSettled: boolean }>();
  const files: { path: AbsPath; signature: Signature }[] = [];
  for (const { path, signature, digest } of ended) {
    if (signature === null || typeOf(signature) !== "file") continue;
    if (digest === null) files.push({ path, signature });
    else if (!context.store.hasBlob(digest)) return no(unit, "changed-after-run", `${quoted(path)} was changed after the end, and what it held was not kept`);
    else contents.set(path, { digest, isSettled: false }); // The path holds something else by now.
  }
  for (const [index, digested] of context.known.digests(files).entries()) {
    const file = files[index];
    if (file === undefined || digested === null || digested.signature !== file.signature) continue;
    if (!context.store.hasBlob(digested.digest)) {
      const put = context.store.putFile(file.path, digested.digest, file.signature);
      if (!put.ok) return no(unit, put.failure.code, put.failure.message);
    }
    contents.set(file.path, digested);
  }
  return ok(contents);
}

/** A time that no write while the unit ran can have given: somebody set it. Writes are stamped by a clock that lags. */
const isSet = (signature: Signature, { startedNs, endedNs }: Unit): boolean => mtimeNsOf(signature) < startedNs - lagNsOf(signature) || mtimeNsOf(signature) > endedNs;

function timeOf(signature: Signature, ranks: ReadonlyMap<bigint, number>, unit: Unit): Time {
  const mtimeNs = mtimeNsOf(signature);
  return isSet(signature, unit) ? { kind: "set", mtimeNs } : { kind: "written", rank: ranks.get(mtimeNs) ?? 0 };
}

/** The order of times of writing, without gaps. */
function ranksOf(ended: readonly Ended[], unit: Unit): Map<bigint, number> {
  const times = new Set<bigint>();
  for (const { signature } of ended) {
    if (signature === null || typeOf(signature) === "directory" || isSet(signature, unit)) continue;
    times.add(mtimeNsOf(signature));
  }
  return new Map([...times].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map((time, rank) => [time, rank]));
}

/** How many names of each file with more than one are among these. */
function namesOf(ended: readonly Ended[]): Map<string, number> {
  const names = new Map<string, number>();
  for (const { signature } of ended) {
    if (signature === null || typeOf(signature) !== "file" || linkCountOf(signature) < 2) continue;
    names.set(identityOf(signature), (names.get(identityOf(signature)) ?? 0) + 1);
  }
  return names;
}

/** Names that share a file, numbered from 1 in the order of paths. */
function groupsOf(ended: readonly Ended[], names: ReadonlyMap<string, number>): Map<string, number> {
  const groups = new Map<string, number>();
  for (const { signature } of [...ended].sort((a, b) => byteOrder(a.path, b.path))) {
    if (signature === null || groups.has(identityOf(signature)) || (names.get(identityOf(signature)) ?? 0) < 2) continue;
    groups.set(identityOf(signature), groups.size + 1);
  }
  return groups;
}

