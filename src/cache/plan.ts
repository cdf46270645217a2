// A plan: what was confirmed of a unit, in a form that the supervisor can check
// and carry out without us (native/supervisor/plan.c; docs/reference/plan-format.md).
// It is kept in the witness, whose seals it goes with.
// It holds when every state is the very one that was seen, or is of a file that
// another plan put in place in the same run with the very content; that is less
// than we would accept and never more: at the first difference the supervisor asks us.

import { sha256, type Digest } from "../base/digest.ts";
import { isSettled, STATE_BYTES, type Disk } from "../base/disk.ts";
import type { Clock } from "../base/clock.ts";
import { byteOrder, toBuffer, type AbsPath } from "../base/path.ts";
import { isSignature, SIGNATURE_BYTES } from "../base/signature.ts";
import type { Store } from "../store/store.ts";
import { rankedBy, rankOf, type Effect } from "./entry.ts";
import { countedBytes, LIBC_NAMES, LIBC_PREFIXES, QUESTION_MARK, VOLATILE_NAMES, VOLATILE_PREFIXES } from "./environment.ts";
import { contentOf, isAboutMode, isAboutPath, permissionsIn, type Fact } from "./facts.ts";
import { PLAN_COPIED_BYTES_MAX, PLAN_OUTPUTS_MAX } from "./limits.ts";
import { isSystem, type Roots } from "./roots.ts";
import { seal, statesByPath, type Seal } from "./seal.ts";
import type { Checked, Hit } from "./verify.ts";
import type { Confirmed } from "./witness.ts";
import { digestBytes, Writer } from "./wire.ts";

const MODE_AT = 40;
const NOT_PROVEN = Buffer.alloc(STATE_BYTES);
const NO_DIGEST = "\0".repeat(32);
/** Beside the permissions of a path below the roots: its time is that of an input; its digest is all that matters of it. */
const COUNTS = 0x8000;
const TELLS = 0x4000;
/** Of one path: these bits and its digest. */
const CONTENT_BYTES = 34;
/** Instead of a rank. */
const NOT_MADE = 0xffffffff;
const KIND = { file: 1, directory: 2, link: 3, absent: 4 } as const;
/** What the supervisor gives a new file or directory: no set-user-ID, no sticky bit. */
const PLAIN_PERMISSIONS = 0o777;

export interface PlanContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly store: Store;
  readonly roots: Roots;
  /** Who asks for the unit will again when its outputs are gone (make, `fathom run`): they are made then. Else a plan is for what is in place. */
  readonly makes: boolean;
  /** They were written a moment ago, so that no state of theirs is proof yet: who follows the plan compares them. */
  readonly areBlobsNew: boolean;
}

/** What a plan is made of beside what was confirmed. */
interface Planned extends Pick<Hit, "entry"> {
  readonly checked: () => Pick<Checked, "subjects" | "states"> | null;
}

/** A state that would not mean the same next time was sealed as zeros: see seal.ts. */
const isProofAt = (states: Buffer, at: number): boolean =>
  states.readUInt32LE(at + SIGNATURE_BYTES) !== 0 || states.readUInt32LE(at + MODE_AT) !== 0;

function isProven({ states }: Seal): boolean {
  for (let at = 0; at < states.length; at += STATE_BYTES) if (!isProofAt(states, at)) return false;
  return true;
}

/** Which variables count, and a digest of them: values are secrets. */
function writeEnvironment(writer: Writer, facts: readonly Fact[], variables: readonly string[]): void {
  const kinds = new Set(facts.map(({ subject }) => subject.kind));
  const asked = facts.flatMap(({ subject }) => (subject.kind === "variable" ? [subject.name] : []));
  const isAll = kinds.has("all-variables");
  const readsLibc = kinds.has("libc-variables");
  const names = isAll ? VOLATILE_NAMES : readsLibc ? LIBC_NAMES : [];
  const prefixes = isAll ? [...VOLATILE_PREFIXES, QUESTION_MARK] : readsLibc ? LIBC_PREFIXES : [];
  const counts = (name: string): boolean =>
    asked.includes(name) || (names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix))) !== isAll;
  const counted = variables.filter((variable) => counts(variable.split("=", 1)[0] ?? "")).sort(byteOrder);
  const list = (words: readonly string[]): Buffer => toBuffer(words.map((word) => `${word}\0`).join(""));
  writer.u32(isAll ? 1 : 0).block(list(names)).block(list(prefixes)).block(list(asked));
  writer.raw(sha256(toBuffer(counted.map(countedBytes).join(""))).toString("latin1"));
}

/** The state in which a blob's content was compared with its name; zeros where that is still to be done. Null: there is no such blob. */
function blobState(digest: Digest, { disk, clock, store, areBlobsNew }: PlanContext): Buffer | null {
  if (areBlobsNew) return NOT_PROVEN;
  const path = store.blobPath(digest);
  const nowNs = clock.realtimeNs();
  const before = disk.signatures([path])[0] ?? null;
  if (!store.checkedBlob(digest).ok) return null;
  return !isSignature(before) || !isSettled(before, nowNs) ? NOT_PROVEN : seal([{ path, state: before }], disk).states;
}

/** What is known of the content of each path in the seal `here`. Null: something is not proven, or the records do not fit together. */
function contentsOf(here: Seal, checked: ReturnType<Planned["checked"]>, effects: readonly Effect[]): Buffer | null {
  if (checked === null) return null;
  const own = rankedBy(effects);
  const contents = Buffer.alloc((here.states.length / STATE_BYTES) * CONTENT_BYTES);
  let [at, next] = [0, 0];
  for (const [index, subject] of checked.subjects.entries()) {
    const { kind, name } = subject;
    if (!isAboutPath(subject) || isAboutMode(subject) || isSystem(name)) continue;
    const state = checked.states[index];
    const isContent = kind === "content" || kind === "timed";
    const counts = isContent && !own.has(name) ? COUNTS : 0;
    const digest = state !== undefined && isContent ? contentOf(state) : null;
    const tells = digest !== null && kind === "content";
    if (at + STATE_BYTES > here.states.length || (!tells && !isProofAt(here.states, at))) return null;
    at += STATE_BYTES;
    if (digest !== null && state !== undefined) {
      contents.writeUInt16LE(counts | (tells ? TELLS : 0) | permissionsIn(state), next);
      contents.write(digest, next + 2, "hex");
    } else contents.writeUInt16LE(counts, next);
    next += CONTENT_BYTES;
  }
  return at === here.states.length ? contents : null;
}

/** For who makes nothing, nothing was just made either: states are all that counts. */
const noContents = (here: Seal): Buffer | null => (isProven(here) ? Buffer.alloc((here.states.length / STATE_BYTES) * CONTENT_BYTES) : null);

/** Whether the supervisor may make it. All else must be in place, and stay as it is. */
function isPlain(effect: Effect): boolean {
  if (isSystem(effect.at)) return false;
  switch (effect.kind) {
    case "file": return effect.permissions <= PLAIN_PERMISSIONS && effect.group === 0 && effect.time.kind === "written";
    case "directory": return effect.permissions <= PLAIN_PERMISSIONS;
    case "link": return effect.time.kind === "written";
    case "absent": return true;
  }
}

/** False: it would have to be made, and cannot be. */
function writeOutput(writer: Writer, effect: Effect, path: AbsPath, inPlace: Buffer, context: PlanContext): boolean {
  const { makes } = context;
  const blob = effect.kind === "file" && makes ? blobState(effect.content, context) : NOT_PROVEN;
  const target = effect.kind === "link" ? context.roots.locateText(effect.target) : "";
  if (blob === null || target === null || (makes && !isPlain(effect))) return false;
  const permissions = effect.kind === "file" || effect.kind === "directory" ? effect.permissions : 0;
  writer.u32(KIND[effect.kind]).u32(permissions).u32(makes ? (rankOf(effect) ?? 0) : NOT_MADE);
  writer.raw(effect.kind === "file" ? digestBytes(effect.content) : NO_DIGEST).raw(blob.toString("latin1")).raw(inPlace.toString("latin1"));
  writer.block(toBuffer(`${path}\0`)).block(toBuffer(target === "" ? "" : `${target}\0`));
  return true;
}

function writeOutputs(writer: Writer, { entry }: Planned, outputs: Confirmed["outputs"], context: PlanContext): boolean {
  const bytes = entry.effects.reduce((sum, effect) => sum + (effect.kind === "file" ? effect.sizeBytes : 0), 0);
  if (entry.moves.length > 0 || entry.effects.length > PLAN_OUTPUTS_MAX) return false;
  if (context.makes ? bytes > PLAN_COPIED_BYTES_MAX : !isProven(outputs.files)) return false;
  const inPlace = statesByPath(outputs.files);
  writer.u32(entry.effects.length);
  return entry.effects.every((effect) => {
    const path = context.roots.locate(effect.at);
    return path !== null && writeOutput(writer, effect, path, inPlace.get(path) ?? NOT_PROVEN, context);
  });
}

/** Null: something would not be proof next time, or is more than comparing, copying and naming can settle. */
export function encodePlan(hit: Planned, confirmed: Confirmed, variables: readonly string[], context: PlanContext): Buffer | null {
  const { entry } = hit;
  const { here, system } = confirmed;
  if (!isProven(system)) return null;
  const contents = context.makes ? contentsOf(here, hit.checked(), hit.entry.effects) : noContents(here);
  const output = entry.output === null ? NOT_PROVEN : blobState(entry.output, context);
  if (contents === null || output === null) return null;
  const writer = new Writer().u32(entry.exitCode).u64(entry.cpuNs);
  writeEnvironment(writer, confirmed.variables, variables);
  writer.u32(entry.output === null ? 0 : 1).raw(entry.output === null ? NO_DIGEST : digestBytes(entry.output)).raw(output.toString("latin1"));
  writer.block(contents);
  return writeOutputs(writer, hit, confirmed.outputs, context) ? writer.buffer() : null;
}
