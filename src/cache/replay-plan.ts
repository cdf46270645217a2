// What has to be done so that the effects of an entry are in place: looks at
// everything, changes nothing. An effect may name only a path whose directories
// are real directories now, or will be made: a link on the way would lead a
// write elsewhere.

import type { Clock } from "../base/clock.ts";
import { isSettled, type Disk } from "../base/disk.ts";
import { parentOf, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { identityOf, isSignature, linkCountOf, permissionsOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import type { Effect, FileEffect } from "./entry.ts";
import type { Known } from "./known.ts";
import { isListed, OVERWRITERS } from "./programs.ts";
import type { Roots, Token } from "./roots.ts";
import { speaksOf, unseal, type Sealed } from "./seal.ts";
import type { Hit } from "./verify.ts";

/** One effect with what is there now. */
export interface Step<E extends Effect = Effect> {
  readonly effect: E;
  readonly path: AbsPath;
  readonly now: Signature | null;
  readonly isInPlace: boolean;
  /** What will mean, another time, that the effect is in place. */
  readonly sealed: Sealed["state"];
}

export interface PlanContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly roots: Roots;
  readonly known: Known;
}

export const refuse = (code: string, path: string, found: string): { readonly ok: false; readonly failure: Failure } =>
  fail({ code, message: `Cannot replay to "${toText(path)}": ${found}` });

export function locate(token: Token, roots: Roots): Result<AbsPath, Failure> {
  const path = roots.locate(token);
  return path === null ? refuse("replay-outside", token.slice(2), "it is not below a place that is known here") : ok(path);
}

export function plan(hit: Hit, { disk, clock, roots, known }: PlanContext): Result<Step[], Failure> {
  const { effects } = hit.entry;
  const paths: AbsPath[] = [];
  for (const effect of effects) {
    const path = locate(effect.at, roots);
    if (!path.ok) return path;
    if (effect.kind !== "directory" && roots.tokenise(path.value).length === 2) return refuse("replay-outside", path.value, "it is a root");
    paths.push(path.value);
  }
  const way = checkWay(effects, paths, disk);
  if (!way.ok) return way;
  const stray = straying(paths, disk, roots);
  if (stray !== undefined) return refuse("replay-outside", stray, "links lead elsewhere");
  const found: (Signature | null)[] = [];
  for (const [index, signature] of disk.signatures(paths).entries()) {
    if (signature === "error") return refuse("replay-unreadable", paths[index] ?? "", "it cannot be looked at");
    found.push(signature);
  }
  const startedAtNs = clock.realtimeNs();
  const proven = new Map<AbsPath, Signature>();
  for (const { path, proof } of unseal(hit.confirmed.outputs.files)) if (proof !== null && proof !== "") proven.set(path, proof);
  const contents = contentsNow(effects, paths, found, proven, known);
  const isReplacing = isListed(OVERWRITERS, hit.entry.program);
  const steps: Step[] = [];
  for (const [index, effect] of effects.entries()) {
    const path = paths[index];
    const now = found[index];
    if (path === undefined || now === undefined) continue;
    if (effect.kind === "directory" && now !== null && typeOf(now) !== "directory") return refuse("replay-in-the-way", path, `a ${typeOf(now)} is where a directory should be`);
    if (effect.kind === "file" && now !== null && typeOf(now) !== "file" && !isAskedAbout(path, hit) && !isTypeKnown(path, hit)) {
      return refuse("replay-in-the-way", path, `a ${typeOf(now)} is there, and the command did not look what is`);
    }
    if (effect.kind === "file" && now !== null && typeOf(now) === "file" && permissionsOf(now) !== effect.permissions && !isReplacing && !isAskedAbout(path, hit)) {
      return refuse("replay-permissions", path, "a file with other permissions is there, which keeps them when it is truncated");
    }
    const content = contents.get(path);
    const isRight = isInPlace(effect, path, now, content !== undefined, { disk, roots });
    // A command that truncates would change it under all its names, and one that replaces it under this one alone, whatever is in it. It may have had them the last time.
    if (effect.kind === "file" && !isReplacing && now !== null && proven.get(path) !== now && typeOf(now) === "file" && linkCountOf(now) > namesOf(now, found)) {
      return refuse("replay-hard-link", path, "the file that is there has other names");
    }
    // A command that truncates it leaves it to whom it belongs, or is refused.
    if (effect.kind === "file" && !isRight && !isReplacing && now !== null && typeOf(now) === "file" && disk.otherOwner(path) !== "") {
      return refuse("replay-denied", path, "the file that is there is somebody else's");
    }
    const isSettledNow = effect.kind === "file" ? content === "settled" : now !== null && isSettled(now, startedAtNs);
    steps.push({ effect, path, now, isInPlace: isRight, sealed: isRight && (now === null || isSettledNow) ? now : "unproven" });
  }
  return ok(separate(steps));
}

/**
 * Whether a fact of the entry speaks of this path. Of a path that was opened for writing with O_TRUNC none does: a file
 * may be there or not. But through a link the command would write elsewhere, and a directory would make it fail.
 */
function isAskedAbout(path: AbsPath, { confirmed: { here, system } }: Hit): boolean {
  return speaksOf(here, path) || speaksOf(system, path);
}

const namesOf = (file: Signature, found: readonly (Signature | null)[]): number =>
  found.filter((other) => other !== null && identityOf(other) === identityOf(file)).length;

/** The type alone says nothing of permissions. */
const isTypeKnown = (path: AbsPath, { confirmed: { types } }: Hit): boolean => speaksOf(types, path);

/** For each file whose content is that of its effect: whether its signature will mean so another time. */
function contentsNow(
  effects: readonly Effect[], paths: readonly AbsPath[], found: readonly (Signature | null)[], proven: ReadonlyMap<AbsPath, Signature>, known: Known,
): Map<AbsPath, "settled" | "young"> {
  const right = new Map<AbsPath, "settled" | "young">();
  const asked: { effect: FileEffect; path: AbsPath; signature: Signature }[] = [];
  for (const [index, effect] of effects.entries()) {
    const path = paths[index];
    const signature = found[index];
    if (effect.kind !== "file" || path === undefined || signature === null || signature === undefined || typeOf(signature) !== "file") continue;
    if (proven.get(path) === signature) right.set(path, "settled");
    else if (sizeBytesOf(signature) === effect.sizeBytes) asked.push({ effect, path, signature });
  }
  for (const [index, digested] of known.digests(asked).entries()) {
    const file = asked[index];
    if (file === undefined || digested?.digest !== file.effect.content || digested.signature !== file.signature) continue;
    right.set(file.path, digested.isSettled ? "settled" : "young");
  }
  return right;
}

function isInPlace(effect: Effect, path: AbsPath, now: Signature | null, isContentRight: boolean, { disk, roots }: Pick<PlanContext, "disk" | "roots">): boolean {
  switch (effect.kind) {
    case "absent": return now === null;
    case "file":
      return now !== null && isContentRight && permissionsOf(now) === effect.permissions;
    case "directory": return now !== null && permissionsOf(now) === effect.permissions;
    case "link": {
      if (now === null || typeOf(now) !== "link") return false;
      const target = disk.readLink(path);
      return target !== null && roots.tokeniseText(target) === effect.target;
    }
  }
}

/** Hard links must be to one file, and everything else to files of their own. */
function separate(steps: Step[]): Step[] {
  const groupOf = new Map<string, number>();
  const identityOfGroup = new Map<number, string>();
  const wrongGroups = new Set<number>();
  const isSecond = new Set<Step>();
  for (const step of steps) {
    if (step.effect.kind !== "file") continue;
    const { group } = step.effect;
    if (group !== 0 && !step.isInPlace) wrongGroups.add(group);
    if (!step.isInPlace || step.now === null) continue;
    const identity = identityOf(step.now);
    if (groupOf.has(identity) && (group === 0 || groupOf.get(identity) !== group)) isSecond.add(step);
    if (group !== 0 && (identityOfGroup.get(group) ?? identity) !== identity) wrongGroups.add(group);
    groupOf.set(identity, group);
    if (group !== 0) identityOfGroup.set(group, identity);
  }
  return steps.map((step) => {
    const isWrong = isSecond.has(step) || (step.effect.kind === "file" && wrongGroups.has(step.effect.group));
    return isWrong ? { ...step, isInPlace: false, sealed: "unproven" } : step;
  });
}

/** A path whose directory the kernel does not find below the root that it names. One question for each directory. */
function straying(paths: readonly AbsPath[], disk: Disk, roots: Roots): AbsPath | undefined {
  const asked = new Map(paths.map((path) => [parentOf(path), path]));
  return [...asked.values()].find((path) => {
    const root = roots.rootOf(path);
    return root !== null && path !== root && !disk.staysBelow(root, path);
  });
}

/** Every directory above an effect is a directory now, or one of the effects makes it. */
function checkWay(effects: readonly Effect[], paths: readonly AbsPath[], disk: Disk): Result<void, Failure> {
  const kinds = new Map<string, Effect["kind"]>();
  for (const [index, path] of paths.entries()) kinds.set(path, effects[index]?.kind ?? "absent");
  const above = new Set<AbsPath>();
  const needed = new Set<AbsPath>();
  for (const [index, path] of paths.entries()) {
    const isNeeded = effects[index]?.kind !== "absent";
    for (let at = parentOf(path); !above.has(at) || (isNeeded && !needed.has(at)); at = parentOf(at)) {
      above.add(at);
      if (isNeeded) needed.add(at);
      if (at === "/") break;
    }
  }
  const directories = [...above];
  for (const [index, found] of disk.signatures(directories).entries()) {
    const path = directories[index];
    if (path === undefined || kinds.get(path) === "directory") continue;
    if (isSignature(found) && typeOf(found) === "directory" && (!kinds.has(path) || !needed.has(path))) continue;
    if (found === null && !needed.has(path)) continue;
    return refuse("replay-in-the-way", path, "it should be a directory");
  }
  return ok(undefined);
}
