// What a unit relied on, as facts with their states. The footprint says in which
// state each file was first touched; its content is taken now, so it must still
// be in that state, or its earlier content must be known. An edit during the run
// can then neither poison an entry nor be missed. Names in directories and
// absences are in the ledger as they were seen, each time they were looked at;
// that somebody changed them after the unit had ended is not held against it.

import { ENOENT, isCoarse, isDenied, lagNsOf, pathBytes, signaturesIn, STATE_BYTES, type StateAt } from "../base/disk.ts";
import { absPath, byteOrder, isWithin, parentOf, type AbsPath } from "../base/path.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { ctimeNsOf, isSignature, mtimeBytesOf, mtimeNsOf, permissionsOf, SIGNATURE_BYTES, typeOf, type Signature } from "../base/signature.ts";
import type { Observation } from "../ledger/footprint.ts";
import { isChangedInThatTick, no, quoted, type CaptureContext, type Not, type PreservedState, type Unit } from "./capture-types.ts";
import { Environment, isQuestion, isVolatile } from "./environment.ts";
import { ABSENT, DENIED, factOrder, fileState, linkState, listedState, permissionsState, typeState, type State, type Subject } from "./facts.ts";
import type { Digested, PathState } from "./known.ts";
import { candidatesIn, librariesAmong } from "./libraries.ts";
import { areOverwriters, withoutIgnored } from "./programs.ts";
import type { Token } from "./roots.ts";
import type { Seen } from "./witness.ts";

/** What is a file when the unit has ended because the unit changed it. */
export interface Written {
  readonly paths: ReadonlySet<AbsPath>;
  /** Modification times, as mtimeBytesOf gives them. One that an input had was taken over (chmod, mv, cp -p), and a replay must not take over another. */
  readonly times: ReadonlySet<string>;
}

const withTime = (observation: Observation, { times }: Written): Observation =>
  observation.kind === "content" && times.has(mtimeBytesOf(observation.signature)) ? { ...observation, timed: true } : observation;

export function takeFacts(unit: Unit, written: Written, context: CaptureContext): Result<Seen[], Not> {
  const isBlind = areOverwriters(unit.programs);
  const isUnwanted = (observation: Observation): boolean => {
    if (context.memo.namesOf(observation.path, context.roots).isIgnored) return true;
    // Those of the system, of homes and of the workspace itself are whoever's made it, and nothing that a build shows.
    if (observation.kind === "permissions") return observation.path === context.roots.workspace || !isWithin(observation.path, context.roots.workspace);
    const isExistence = observation.kind === "missing" || (observation.kind === "type" && observation.type === "file");
    return isBlind && isExistence && written.paths.has(observation.path);
  };
  const facts: Seen[] = [];
  const observations: Observation[] = [];
  const known = context.memo.taken();
  for (const seen of context.isOrdinary ? [...unit.footprint.observations, ...foldersWrittenTo(unit, context)] : unit.footprint.observations) {
    const observation = withTime(seen, written);
    const taken = known.get(observation.path);
    if (taken !== undefined && isSame(taken.observation, observation)) facts.push(taken.seen);
    else if (!isUnwanted(observation)) observations.push(observation);
  }
  const look = new Afterwards(observations, unit, context);
  const searches: (readonly [Listed, number])[] = [];
  for (const [index, observation] of observations.entries()) {
    if (observation.kind === "listed" && unit.searched.has(observation.path)) {
      searches.push([observation, index]);
      continue;
    }
    const taken = take(observation, index, look, unit, context);
    if (!taken.ok) return taken;
    facts.push(taken.value);
    const isLasting = taken.value.isProven && context.roots.rootOf(observation.path) === null && !look.isTouched(observation.path);
    if (isLasting) known.set(observation.path, { observation, seen: { ...taken.value, asSeen: null } });
  }
  const libraries = librariesAmong(searches.length === 0 ? [] : facts.map(({ fact }) => fact.subject));
  for (const [observation, index] of searches) {
    const taken = takeNames(observation, index, look, unit, context, libraries);
    if (!taken.ok) return taken;
    facts.push(taken.value);
  }
  facts.push(...variableFacts(unit, context));
  return ok(facts.sort((a, b) => factOrder(a.fact, b.fact)));
}

/** In which the unit changed names, and could: of a file that was made and removed again nothing else is left. Root may anywhere. */
function foldersWrittenTo({ footprint: { folders, touched, observations } }: Unit, { disk }: CaptureContext): Observation[] {
  const known = new Set<string>(observations.flatMap(({ kind, path }) => (kind === "permissions" ? [path] : [])));
  const changed = new Set<string>(touched);
  const asked = folders.filter(({ path, permissions }) => !known.has(path) && (permissions !== null || !changed.has(path)));
  const now = disk.signatures(asked.map(({ path }) => path));
  return asked.flatMap(({ path, permissions }, index): Observation[] => {
    const found = now[index];
    const bits = permissions ?? (isSignature(found) && typeOf(found) === "directory" ? permissionsOf(found) : null);
    return bits === null ? [] : [{ kind: "permissions", path, permissions: bits }];
  });
}

type Listed = Extract<Observation, { readonly kind: "listed" }>;

/** Both of one path: whether both saw the same there. */
function isSame(one: Observation, other: Observation): boolean {
  switch (one.kind) {
    case "content": return other.kind === "content" && one.signature === other.signature && one.timed === other.timed;
    case "listed": return other.kind === "listed" && one.names === other.names;
    case "link": return other.kind === "link" && one.target === other.target;
    case "type": return other.kind === "type" && one.type === other.type;
    case "permissions": return other.kind === "permissions" && one.permissions === other.permissions;
    case "missing": case "denied": return other.kind === one.kind;
  }
}

/** Where things are now that the unit has ended, and in which state. */
class Afterwards {
  readonly paths: readonly AbsPath[];
  readonly found: readonly (Signature | null | "error")[];
  readonly digests = new Map<AbsPath, Digested | null>();
  readonly #touched: ReadonlySet<string>;
  readonly #unit: Unit;
  readonly #states: Buffer;
  readonly nowNs: bigint;

  constructor(observations: readonly Observation[], unit: Unit, context: CaptureContext) {
    this.#unit = unit;
    this.#touched = new Set<string>([...unit.footprint.touched, ...unit.footprint.moves.flatMap(({ from, to }) => [from, to])]);
    this.paths = observations.map(({ path }) => this.#moved(path));
    this.nowNs = context.clock.realtimeNs();
    this.#states = context.disk.states(pathBytes(this.paths));
    this.found = signaturesIn(this.#states);
    const unchanged: PathState[] = [];
    for (const [index, observation] of observations.entries()) {
      const path = this.paths[index];
      if (path !== undefined && observation.kind === "content" && this.found[index] === observation.signature) {
        unchanged.push({ path, signature: observation.signature });
      }
    }
    for (const [index, digested] of context.known.digests(unchanged).entries()) {
      const path = unchanged[index]?.path;
      if (path !== undefined) this.digests.set(path, digested);
    }
  }

  /** The state that was found, where it is still at the path that the unit saw. */
  asSeen(index: number, path: AbsPath): StateAt | null {
    return this.paths[index] === path ? { states: this.#states, at: STATE_BYTES * index } : null;
  }

  /** Nothing is at the very path that the unit saw (ENOENT; a file in the way is another answer). */
  isAbsent(index: number, path: AbsPath): boolean {
    return this.paths[index] === path && this.#states.readUInt32LE(STATE_BYTES * index + SIGNATURE_BYTES) === ENOENT;
  }

  /** Whether the unit itself changed this, or something above it. */
  isTouched(path: AbsPath): boolean {
    if (this.#touched.size === 0) return false;
    for (let at = path; ; at = parentOf(at)) {
      if (this.#touched.has(at)) return true;
      if (at === "/") return false;
    }
  }

  hasTouched(path: string): boolean {
    return this.#touched.has(path);
  }

  #moved(path: AbsPath): AbsPath {
    let at = path;
    for (const { from, to } of this.#unit.footprint.moves) {
      if (isWithin(at, from)) at = absPath(`${to}${at.slice(from.length)}`);
    }
    return at;
  }
}

function take(observation: Observation, index: number, look: Afterwards, unit: Unit, context: CaptureContext): Result<Seen, Not> {
  const path = look.paths[index] ?? observation.path;
  const found = look.found[index] ?? null;
  const { name, missing } = context.memo.namesOf(observation.path, context.roots);
  if (observation.kind === "missing" && look.isAbsent(index, observation.path)) return ok(missing);
  const asSeen = look.asSeen(index, observation.path);
  if (observation.kind === "denied") {
    if (found !== "error" || !isDenied(context.disk, path)) return no(unit, "changed-during-run", `${quoted(path)} can be looked at by now`);
    return ok({ fact: { subject: { kind: "denied", name }, state: DENIED }, path: observation.path, signature: null, isProven: true, asSeen });
  }
  if (found === "error") return no(unit, "unreadable", `${quoted(path)} cannot be looked at`);
  const taken = (subject: Subject, state: State, isProven: boolean): Result<Seen, Not> =>
    ok({ fact: { subject, state }, path: observation.path, signature: found, isProven, asSeen });
  switch (observation.kind) {
    case "content":
      return takeContent(observation, name, path, { found, asSeen }, look, unit, context);
    case "missing":
      if (found !== null && ctimeNsOf(found) <= unit.endedNs && !look.isTouched(path)) return no(unit, "appeared-during-run", `${quoted(path)} appeared`);
      return taken({ kind: "missing", name }, ABSENT, true);
    case "listed":
      return takeNames(observation, index, look, unit, context, null);
    case "link": {
      // Where it led when it was followed nobody saw: paths behind it are told from where it leads now.
      if (found !== null && !look.isTouched(path) && (ctimeNsOf(found) > unit.startedNs || isChangedInThatTick(path, found, unit, context))) return no(unit, "changed-during-run", `${quoted(path)} was made anew`);
      const target = context.disk.readLink(path);
      if (target !== observation.target && !look.isTouched(path)) return no(unit, "changed-during-run", `${quoted(path)} points elsewhere`);
      const isSettled = found !== null && settledAtNs(found) < look.nowNs;
      return taken({ kind: "link", name }, linkState(context.roots.tokeniseText(observation.target)), target === observation.target && isSettled);
    }
    case "permissions":
      if ((found === null || typeOf(found) !== "directory" || permissionsOf(found) !== observation.permissions) && !look.isTouched(path)) {
        return no(unit, "changed-during-run", `the permissions of ${quoted(path)} changed`);
      }
      return taken({ kind: "permissions", name }, permissionsState(observation.permissions), true);
    case "type":
      if ((found === null || typeOf(found) !== observation.type) && !look.isTouched(path)) {
        return no(unit, "changed-during-run", `${quoted(path)} is no ${observation.type} any more`);
      }
      return taken({ kind: "type", name }, typeState(observation.type), true);
  }
}

/** `libraries`: only names of these count. */
function takeNames(observation: Listed, index: number, look: Afterwards, unit: Unit, context: CaptureContext, libraries: ReadonlySet<string> | null): Result<Seen, Not> {
  const path = look.paths[index] ?? observation.path;
  const found = look.found[index] ?? null;
  if (found === "error") return no(unit, "unreadable", `${quoted(path)} cannot be looked at`);
  const { name } = context.memo.namesOf(observation.path, context.roots);
  const counted = (names: string): string => (libraries === null ? withoutIgnored(name, names) : candidatesIn(names, libraries));
  const now = counted(context.disk.list(path) ?? "");
  const before = counted(observation.names);
  const isSame = now === before;
  const isLater = found !== null && mtimeNsOf(found) > unit.endedNs;
  if (!isSame && !isLater && !isSameWithout(now, before, path, look)) return no(unit, "changed-during-run", `names in ${quoted(path)} changed`);
  const isSettled = found !== null && settledAtNs(found) < look.nowNs;
  const subject: Subject = { kind: libraries === null ? "listed" : "searched", name };
  return ok({ fact: { subject, state: listedState(before) }, path: observation.path, signature: found, isProven: isSame && isSettled, asSeen: look.asSeen(index, observation.path) });
}

type ContentSeen = Extract<Observation, { readonly kind: "content" }>;

function takeContent(
  observation: ContentSeen, name: Token, path: AbsPath, { found, asSeen }: { readonly found: Signature | null; readonly asSeen: StateAt | null },
  look: Afterwards, unit: Unit, context: CaptureContext,
): Result<Seen, Not> {
  const { signature, timed } = observation;
  const subject: Subject = { kind: timed ? "timed" : "content", name };
  if (found === signature) {
    if (isChangedInThatTick(path, found, unit, context)) return no(unit, "changed-during-run", `${quoted(path)} was changed within the same moment`);
    if (context.known.mapped.has(found)) return no(unit, "changed-during-run", `${quoted(path)} is mapped by a program that may be changing it`);
    const digested = look.digests.get(path) ?? null;
    if (digested === null || digested.signature !== signature) return no(unit, "changed-during-run", `${quoted(path)} changed while it was read`);
    const knownAtNs = settledAtNs(signature);
    if (isCoarse(signature) && knownAtNs >= unit.startedNs) return no(unit, "coarse-times", `${quoted(path)} changed a moment ago, or while it ran, and its file system keeps whole seconds`);
    if (knownAtNs >= look.nowNs) return fail({ kind: "too-young", path, retryAtNs: knownAtNs + 1n });
    const state = fileState(timed, digested.digest, signature, () => context.known.otherOwner(path));
    return ok({ fact: { subject, state }, path: observation.path, signature, isProven: digested.isSettled, asSeen });
  }
  const earlier = earlierContent(observation, unit, context);
  if (earlier !== null) {
    const state = fileState(timed, earlier.digest, signature, () => earlier.owner);
    return ok({ fact: { subject, state }, path: observation.path, signature: found, isProven: false, asSeen });
  }
  return look.isTouched(path)
    ? no(unit, "input-overwritten", `it changed ${quoted(path)} after it had relied on it, and the earlier content is not known`)
    : no(unit, "changed-during-run", `${quoted(path)} changed`);
}

/**
 * Content that is known although something else is there by now: it was kept when somebody was about to change it. What was changed in another way
 * may have been changed before, too, for a time tells of the last change alone: of what was read, content of the state that it had when it was opened is no
 * proof then. Of what was only looked at it is.
 */
function earlierContent({ path, signature, timed, isRead }: ContentSeen, unit: Unit, { preserved, known }: CaptureContext): Pick<PreservedState, "digest" | "owner"> | null {
  const kept = preserved(path).find((state) => state.signature === signature);
  if (kept !== undefined) return kept.by.includes(unit.image) || kept.atNs > unit.endedNs ? kept : null;
  const digest = isRead ? null : known.earlier(path, signature);
  if (digest === null || (timed && known.otherOwner(path) !== "")) return null;
  return { digest, owner: "" };
}

/** From when on its change time tells it from what it would be after another change. */
const settledAtNs = (signature: Signature): bigint => ctimeNsOf(signature) + lagNsOf(signature);

/** Whether two listings agree but for the names that the unit itself changed. */
function isSameWithout(now: string, before: string, directory: AbsPath, look: Afterwards): boolean {
  const others = (listing: string): string => listing.split("\0")
    .filter((entry) => entry !== "" && !look.hasTouched(`${directory === "/" ? "" : directory}/${entry.slice(1)}`))
    .join("\0");
  return others(now) === others(before);
}

function variableFacts(unit: Unit, { roots }: CaptureContext): Seen[] {
  const environment = new Environment(unit.environment, roots);
  const use = unit.footprint.environment;
  const taken = (subject: Subject, state: State): Seen => ({ fact: { subject, state }, path: null, signature: null, isProven: true });
  const names = [...new Set(use.names)].filter((name) => !isVolatile(name) && (use.kind === "names" || isQuestion(name))).sort(byteOrder);
  return [
    use.kind === "all" ? taken({ kind: "all-variables", name: "" }, environment.all()) : taken({ kind: "libc-variables", name: "" }, environment.libc()),
    ...names.map((name) => taken({ kind: "variable", name }, environment.variable(name))),
  ];
}
