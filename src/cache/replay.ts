// Makes the effects of an entry so, without running its command. Everything that
// can be checked is checked before anything is touched; what takes room is made
// before anything gets its name; what is in place is left alone. After a failure the
// caller runs the command, which must not find what a half replay would leave: a
// directory that it makes, a line that it appends.

import type { Clock } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import { CLOCK_TICK_NS_MAX } from "../base/limits.ts";
import { parentOf, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { ctimeNsOf, isSignature, linkCountOf, mtimeNsOf, typeOf, type Signature } from "../base/signature.ts";
import type { Store } from "../store/store.ts";
import { blobsOf, type Effect, type FileEffect } from "./entry.ts";
import { Hands, parentsOf } from "./hands.ts";
import type { Known } from "./known.ts";
import type { Layer } from "./layer.ts";
import type { Change } from "./left.ts";
import { limited, type Restores } from "./limit.ts";
import type { Records } from "./records.ts";
import { remember } from "./remember.ts";
import { locate, plan, refuse, type Step } from "./replay-plan.ts";
import type { Roots, Token } from "./roots.ts";
import { staleAfter, type Stale } from "./stale.ts";
import { renew, type Renewed, type Timed } from "./times.ts";
import type { Hit } from "./verify.ts";
import { outputsHold, sealOutputs, type Confirmed } from "./witness.ts";

export interface ReplayContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly store: Store;
  readonly records: Records;
  readonly roots: Roots;
  readonly known: Known;
  /** Part of temporary names; differs between Fathoms that run at the same time. */
  readonly runId: string;
  /** A program that compares times started this: what it asked to be made must be newer than everything, or it asks again each time. */
  readonly isJudgedByTime: boolean;
  /** Whether plans of it make what is gone (plan.ts). */
  readonly makes: boolean;
  /** Null: everything is put back. */
  readonly restores: Restores | null;
  /** Null: outputs have their bytes at once. */
  readonly layer: Layer | null;
  /** Null: it is no task of `fathom run`. */
  readonly task: string | null;
}

export interface Replayed {
  readonly exitCode: number;
  /** The blob for the streams (see output.ts); null when there is nothing to say. */
  readonly output: AbsPath | null;
  /** What was written, or got another time or permissions, with its state afterwards. */
  readonly written: readonly { readonly path: AbsPath; readonly signature: Signature }[];
  readonly removed: readonly AbsPath[];
  /** Every path the entry changes, in place before or not: for the unit around this one. */
  readonly touched: readonly AbsPath[];
  /** Keeps what was seen for the next time, with the plan that is made of it, unless it is only to be seen in one view. May wait until the process goes on; without it only time is lost. */
  readonly remember: (planOf: PlanOf) => void;
}

type PlanOf = (confirmed: Confirmed) => Buffer | null;

type Done = Result<void, Failure>;
/** What is left without its bytes. */
type Light = ReadonlyMap<AbsPath, FileEffect>;
type Blobs = ReadonlyMap<Digest, AbsPath>;

export function replay(hit: Hit, context: ReplayContext): Result<Replayed, Failure> {
  const { restores } = context;
  if (restores !== null) {
    const part = limited(hit, restores, context.roots);
    return part.ok ? replayAll(part.value, context) : part;
  }
  if (!context.isJudgedByTime && isAllInPlace(hit, context.disk)) return untouched(hit, context);
  return replayAll(hit, context);
}

function replayAll(hit: Hit, context: ReplayContext): Result<Replayed, Failure> {
  const hands = new Hands(context.disk, context.runId);
  const replayed = attempt(hit, hands, context);
  if (!replayed.ok) hands.cleanUp();
  return replayed;
}

function attempt(hit: Hit, hands: Hands, context: ReplayContext): Result<Replayed, Failure> {
  // Without moves the plan comes first; with them it can only be made after them, and the blobs still come first.
  const early = hit.entry.moves.length > 0 ? checkBlobs(hit, hit.entry.effects, context) : null;
  if (early !== null && !early.ok) return early;
  const moved = move(hit, hands, context);
  if (!moved.ok) return moved;
  const planned = plan(hit, context);
  if (!planned.ok) return planned;
  const steps = planned.value;
  const todo = steps.filter(({ isInPlace }) => !isInPlace);
  const light = early === null ? lightOf(todo, context) : new Map<AbsPath, FileEffect>();
  const heavy = todo.filter(({ path }) => !light.has(path));
  const blobs = early ?? checkBlobs(hit, heavy.map(({ effect }) => effect), context);
  if (!blobs.ok) return blobs;
  const stale = wantedOf(staleAfter(hit, context), context);
  const own = new Set(steps.flatMap(({ effect, path }) => (effect.kind === "directory" ? [path] : [])));
  const applied = apply(heavy, stale, own, blobs.value, hands, context);
  if (!applied.ok) return applied;
  const renewed = setTimes(hit, steps, light, hands, context);
  if (!renewed.ok) return renewed;
  const laid = lay(light, renewed.value, hands, context);
  if (!laid.ok) return laid;
  const finished = hands.finish();
  if (!finished.ok) return finished;
  return ok({
    exitCode: hit.entry.exitCode,
    output: outputOf(hit, blobs.value),
    written: statesOf(new Set([...todo.map(({ path }) => path), ...renewed.value.keys()]), context.disk),
    removed: hands.removed,
    touched: steps.map(({ path }) => path),
    remember: (planOf) => { if (context.restores === null && light.size === 0) rememberSteps(hit, { steps, renewed: renewed.value.keys(), taken: stale.taken }, planOf, context); },
  });
}

/** Everything is as it was after the last replay of this entry, inputs and outputs: so are content and the order of times. */
const isAllInPlace = (hit: Hit, disk: Disk): boolean =>
  hit.isWitnessed && hit.witness.applied === hit.strongKey && hit.entry.moves.length === 0 && outputsHold(hit.confirmed.outputs, disk);

function untouched(hit: Hit, context: ReplayContext): Result<Replayed, Failure> {
  const blobs = checkBlobs(hit, [], context);
  if (!blobs.ok) return blobs;
  const touched: AbsPath[] = [];
  for (const { at } of hit.entry.effects) {
    const path = locate(at, context.roots);
    if (!path.ok) return path;
    touched.push(path.value);
  }
  return ok({ exitCode: hit.entry.exitCode, output: outputOf(hit, blobs.value), written: [], removed: [], touched, remember: (planOf) => { rememberPlan(hit, planOf, context); } });
}

function rememberPlan(hit: Hit, planOf: PlanOf, context: ReplayContext): void {
  const plan = planOf(hit.confirmed);
  if (plan !== null && hit.confirmed.plan?.equals(plan) !== true) rememberHit(hit, { ...hit.confirmed, plan }, null, context);
}

function rememberHit({ entry, checked, witness }: Hit, confirmed: Confirmed, change: Omit<Change, "entry"> | null, context: ReplayContext): void {
  remember({ confirmed, entry, change, subjects: () => checked()?.subjects ?? null, makes: context.makes }, witness, context);
}

const wantedOf = (stale: Stale, { restores }: ReplayContext): Stale =>
  restores === null ? stale : { ...stale, files: stale.files.filter(restores), directories: stale.directories.filter(restores) };

const outputOf = ({ entry }: Hit, blobs: Blobs): AbsPath | null => (entry.output === null ? null : blobs.get(entry.output) ?? null);

/** Where each blob is that is needed; every one is compared with its name, so that all damaged ones are out of the way at once. */
function checkBlobs(hit: Hit, effects: readonly Effect[], { store, records }: ReplayContext): Result<Blobs, Failure> {
  const blobs = new Map<Digest, AbsPath>();
  let failure: Failure | null = null;
  for (const digest of new Set(blobsOf({ output: hit.entry.output, effects }))) {
    const blob = store.checkedBlob(digest);
    if (blob.ok) blobs.set(digest, blob.value);
    else failure ??= blob.failure;
  }
  if (failure === null) return ok(blobs);
  records.removeEntry(hit.strongKey); // It promises what the store does not have.
  return fail(failure);
}

/** Files where nothing is, in directories that are there already. What the store does not have is found out by copying it. */
function lightOf(todo: readonly Step[], { layer, store, disk }: ReplayContext): Light {
  if (layer === null) return new Map();
  const fresh = todo.flatMap(({ effect, path, now }) => (effect.kind === "file" && effect.group === 0 && now === null && store.hasBlob(effect.content) ? [{ effect, path }] : []));
  const there = new Set(parentsOf(fresh.map(({ path }) => path)).filter((folder) => disk.isThere(folder)));
  return new Map(fresh.filter(({ path }) => there.has(parentOf(path)) && layer.clear(path)).map(({ path, effect }) => [path, effect]));
}

/** What could not be left without its bytes gets them now. */
function lay(light: Light, renewed: ReadonlyMap<AbsPath, bigint>, hands: Hands, { layer, store, disk }: ReplayContext): Done {
  if (layer === null || light.size === 0) return ok(undefined);
  const files = [...light].map(([path, { content, sizeBytes, permissions }]) => ({ path, digest: content, sizeBytes, permissions, mtimeNs: renewed.get(path) ?? 0n }));
  const laid = layer.lay(files);
  for (const { path, digest, permissions, mtimeNs } of files.filter((file) => !laid.has(file.path))) {
    const blob = store.checkedBlob(digest);
    const placed = blob.ok ? hands.place(path, (temporary) => disk.copyFile(blob.value, temporary, permissions)) : blob;
    const timed = placed.ok ? disk.setModified(path, mtimeNs) : placed;
    if (!timed.ok) return timed;
  }
  return ok(undefined);
}

function move(hit: Hit, hands: Hands, { disk, roots }: ReplayContext): Done {
  for (const { from, to } of hit.entry.moves) {
    const source = locate(from, roots);
    if (!source.ok) return source;
    const target = locate(to, roots);
    if (!target.ok) return target;
    for (const [index, found] of disk.signatures([source.value, ...parentsOf([source.value, target.value])]).entries()) {
      const isDirectory = isSignature(found) && typeOf(found) === "directory";
      if (!isDirectory) return refuse("replay-in-the-way", source.value, index === 0 ? "it is no directory" : "what is above it is no directory");
    }
    const opened = hands.open(parentsOf([source.value, target.value]), new Set());
    if (!opened.ok) return opened;
    const done = hands.move(source.value, target.value);
    if (!done.ok) return done;
  }
  return ok(undefined);
}

function apply(todo: readonly Step[], stale: Stale, own: ReadonlySet<AbsPath>, blobs: Blobs, hands: Hands, context: ReplayContext): Done {
  const opened = hands.open(parentsOf([...todo.map(({ path }) => path), ...stale.files, ...stale.directories]), own);
  if (!opened.ok) return opened;
  const staged = stage(todo, blobs, hands, context);
  if (!staged.ok) return staged;
  const changes: (() => Done)[] = stale.files.map((path) => () => hands.remove(path));
  // The deepest first, so that a directory is empty when its turn comes.
  for (const { effect, path, now } of [...todo].reverse()) {
    const isDirectory = now !== null && typeOf(now) === "directory";
    if (effect.kind === "absent") changes.push(() => (isDirectory ? hands.removeIfEmpty(path) : hands.remove(path)));
    else if (effect.kind !== "directory" && isDirectory) changes.push(() => hands.removeIfEmpty(path));
  }
  // Parents first: the order of paths.
  for (const { effect, path, now } of todo) {
    if (effect.kind !== "directory") continue;
    if (now === null) changes.push(() => hands.makeDirectory(path, effect.permissions));
    else changes.push(() => {
      hands.setLater(path, effect.permissions);
      return ok(undefined);
    });
  }
  for (const [path, temporary] of staged.value) changes.push(() => hands.name(temporary, path));
  changes.push(...stale.directories.map((path) => () => hands.removeIfEmpty(path)));
  for (const change of changes) {
    const done = change();
    if (!done.ok) return done;
  }
  return ok(undefined);
}

/** Every file and link under a temporary name: a full disk is met here, where nobody has seen anything yet. */
function stage(todo: readonly Step[], blobs: Blobs, hands: Hands, { roots, disk }: ReplayContext): Result<ReadonlyMap<AbsPath, AbsPath>, Failure> {
  const staged = new Map<AbsPath, AbsPath>();
  const firstOfGroup = new Map<number, AbsPath>();
  for (const { effect, path } of todo) {
    if (effect.kind !== "link" && effect.kind !== "file") continue;
    const target = effect.kind === "link" ? roots.locateText(effect.target) : null;
    if (effect.kind === "link" && target === null) return refuse("replay-outside", path, "it points to a place that is not known here");
    const done = effect.kind === "file" ? stageFile(effect, path, firstOfGroup, blobs, hands, disk) : hands.stage(path, (temporary) => disk.symlink(target ?? "", temporary));
    if (!done.ok) return done;
    staged.set(path, done.value);
  }
  return ok(staged);
}

function stageFile(effect: FileEffect, path: AbsPath, firstOfGroup: Map<number, AbsPath>, blobs: Blobs, hands: Hands, disk: Disk): Result<AbsPath, Failure> {
  const first = effect.group === 0 ? undefined : firstOfGroup.get(effect.group);
  if (first !== undefined) return hands.stage(path, (temporary) => disk.link(first, temporary));
  const blob = blobs.get(effect.content);
  if (blob === undefined) return refuse("replay-unchecked", path, "its content was not checked");
  const staged = hands.stage(path, (temporary) => disk.copyFile(blob, temporary, effect.permissions));
  if (staged.ok && effect.group !== 0) firstOfGroup.set(effect.group, staged.value);
  return staged;
}

/** Gives back the paths whose time was set, or is to be when they are laid. */
function setTimes(hit: Hit, steps: readonly Step[], light: Light, hands: Hands, { disk, clock, isJudgedByTime }: ReplayContext): Result<ReadonlyMap<AbsPath, bigint>, Failure> {
  const byPath = new Map<AbsPath, Step>();
  const timed: Timed[] = [];
  const set: Renewed[] = [];
  for (const step of steps) {
    const { effect, path, now, isInPlace } = step;
    if (effect.kind !== "file" && effect.kind !== "link") continue;
    byPath.set(path, step);
    const mtimeNs = now === null ? 0n : mtimeNsOf(now);
    if (effect.time.kind === "written") timed.push({ path, rank: effect.time.rank, mtimeNs, isNew: !isInPlace });
    else if (!isInPlace || mtimeNs !== effect.time.mtimeNs) set.push({ path, mtimeNs: effect.time.mtimeNs });
  }
  const { newestInputNs } = hit.confirmed;
  const nowNs = (isJudgedByTime ? touchedNs(timed.filter(({ path }) => !light.has(path)), disk) : null) ?? stampNs(timed, disk, clock);
  const renewed = [...set, ...renew(timed, isJudgedByTime && nowNs > newestInputNs ? nowNs : newestInputNs, nowNs)];
  for (const { path, mtimeNs } of renewed.filter((each) => !light.has(each.path))) {
    const step = byPath.get(path);
    // Somebody else's name for the same file keeps its time.
    if (step?.isInPlace === true && step.effect.kind === "file" && step.effect.group === 0 && step.now !== null && linkCountOf(step.now) > 1) {
      const { permissions } = step.effect;
      const apart = hands.place(path, (temporary) => disk.copyFile(path, temporary, permissions));
      if (!apart.ok) return apart;
    }
    const done = disk.setModified(path, mtimeNs);
    if (!done.ok) return done;
  }
  return ok(new Map(renewed.map(({ path, mtimeNs }) => [path, mtimeNs])));
}

/** What the kernel stamps writes with now: what it gives a file whose time is set to what it is. Not a tick less, for make may have made something in that tick. */
function touchedNs(timed: readonly Timed[], disk: Disk): bigint | null {
  const [file] = timed;
  if (file === undefined) return null;
  const before = disk.signatures([file.path])[0] ?? null;
  if (!isSignature(before) || !disk.setModified(file.path, mtimeNsOf(before)).ok) return null;
  const after = disk.signatures([file.path])[0] ?? null;
  return isSignature(after) ? ctimeNsOf(after) : null;
}

/**
 * What the kernel stamps writes with now, or a little earlier; never later, for
 * an edit right after us must look newer. Taken from the directories in which
 * files were just named; without such, from the clock, less one tick.
 */
function stampNs(timed: readonly Timed[], disk: Disk, clock: Clock): bigint {
  const parents = parentsOf(timed.filter(({ isNew }) => isNew).map(({ path }) => path));
  if (parents.length === 0) return clock.realtimeNs() - CLOCK_TICK_NS_MAX;
  let latestNs = 0n;
  for (const found of disk.signatures(parents)) {
    if (!isSignature(found)) continue;
    if (mtimeNsOf(found) > latestNs) latestNs = mtimeNsOf(found);
  }
  return latestNs;
}

function statesOf(paths: ReadonlySet<AbsPath>, disk: Disk): { path: AbsPath; signature: Signature }[] {
  const asked = [...paths];
  return disk.signatures(asked).flatMap((signature, index) => {
    const path = asked[index];
    return path === undefined || !isSignature(signature) ? [] : [{ path, signature }];
  });
}

/** What a replay did. */
interface Performed {
  readonly steps: readonly Step[];
  readonly renewed: Iterable<AbsPath>;
  readonly taken: ReadonlySet<Token> | null;
}

/** What was just written is too young to be proof; what was found in place is. A witness that cannot be kept costs time only. */
function rememberSteps(hit: Hit, { steps, renewed, taken }: Performed, planOf: PlanOf, context: ReplayContext): void {
  const changed = new Set(renewed);
  const files = steps.filter(({ effect }) => effect.kind !== "directory")
    .map(({ effect, path, sealed }) => ({ path, state: effect.kind === "absent" ? null : changed.has(path) ? "unproven" as const : sealed }));
  const directories = steps.flatMap(({ path, effect }) => (effect.kind === "directory" ? [{ path, permissions: effect.permissions }] : []));
  const confirmed = { ...hit.confirmed, outputs: sealOutputs(files, directories, context.disk) };
  const created = new Set(steps.filter(({ effect, now }) => now === null && effect.kind !== "absent").map(({ effect }) => effect.at));
  rememberHit(hit, { ...confirmed, plan: planOf(confirmed) }, { task: context.task, created, taken }, context);
  if (!hit.isWitnessed) context.records.putInFront(hit.weakKey, hit.entry.set, hit.strongKey, null);
}
