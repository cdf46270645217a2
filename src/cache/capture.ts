// From a footprint to a stored entry, or to the reason why there is none.
// Everything the entry refers to is stored before the entry has a name; who only
// wants to compare the entry with another never gives it one.

import { digestOf, type Digest } from "../base/digest.ts";
import type { Disk } from "../base/disk.ts";
import type { AbsPath } from "../base/path.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { mtimeBytesOf, typeOf } from "../base/signature.ts";
import { takeEffects, takeEnded, type TakenEffect } from "./capture-effects.ts";
import { takeFacts } from "./capture-facts.ts";
import { no, type Captured, type CaptureContext, type Not, type Unit } from "./capture-types.ts";
import { changesSystem, type Entry } from "./entry.ts";
import { encodeSet, encodeStates, factOrder, strongKeyOf, type Fact, type Subject } from "./facts.ts";
import { MOVES_MAX, NAME_BYTES_MAX, OUTPUT_BYTES_MAX, SCAN_BYTES_MAX, SET_BYTES_MAX, STATE_BYTES_MAX, SUBJECTS_MAX } from "./limits.ts";
import { newestInputNs, rootState } from "./measure.ts";
import { encodeOutput } from "./output.ts";
import { encodePlan } from "./plan.ts";
import { doubtOf } from "./policy.ts";
import { contentMarks, type NewEntry } from "./records.ts";
import { remember } from "./remember.ts";
import type { RootLetter } from "./roots.ts";
import { needlesOf, scan, type Needle } from "./scan.ts";
import { confirm, sealOutputs, type Confirmed, type Outputs, type Seen } from "./witness.ts";

/** What a unit would be stored as. */
export interface Taken {
  readonly entry: Entry;
  readonly facts: readonly Fact[];
  /** Gives the entry its name. */
  readonly keep: () => Captured;
}

export function capture(unit: Unit, context: CaptureContext): Captured {
  const taken = take(unit, context);
  return taken.ok ? taken.value.keep() : taken.failure;
}

export function take(unit: Unit, context: CaptureContext): Result<Taken, Not> {
  const { footprint } = unit;
  const doubt = doubtOf(unit.programs, footprint.doubts);
  if (doubt !== undefined) return fail({ kind: "refused", refusal: doubt });
  if (footprint.moves.length > MOVES_MAX) return no(unit, "too-much", `it moved more than ${MOVES_MAX} directories`);

  const ended = takeEnded(unit, context);
  if (!ended.ok) return ended;
  const files = ended.value.flatMap(({ path, signature }) => (signature !== null && typeOf(signature) === "file" ? [{ path, mtime: mtimeBytesOf(signature) }] : []));
  const written = { paths: new Set(files.map(({ path }) => path)), times: new Set(files.map(({ mtime }) => mtime)) };
  // Before the effects: reading those makes the index forget what was at their paths before.
  const observed = takeFacts(unit, written, context);
  if (!observed.ok) return observed;
  const effects = takeEffects(ended.value, unit, context);
  if (!effects.ok) return effects;

  const outputBytes = encodeOutput(footprint.output);
  if (outputBytes.length > OUTPUT_BYTES_MAX) return no(unit, "output-too-large", `more than ${OUTPUT_BYTES_MAX} bytes of output`);
  const letters = rootsIn(effects.value, outputBytes, context);
  if (!letters.ok) return no(unit, letters.failure.code, letters.failure.message);
  const facts = [...observed.value, ...letters.value.map((letter) => rootFact(letter, context))].sort((a, b) => factOrder(a.fact, b.fact));
  if (facts.length > SUBJECTS_MAX) return no(unit, "too-much", `it relied on more than ${SUBJECTS_MAX} things`);
  const tooLong = facts.find(({ fact }) => fact.subject.name.length > NAME_BYTES_MAX || fact.state.length > STATE_BYTES_MAX);
  if (tooLong !== undefined) return no(unit, "too-much", "a path or link target is too long");
  return entryOf(unit, facts, effects.value, outputBytes, letters.value.length === 0, context);
}

const rootFact = (letter: RootLetter, { roots }: CaptureContext): Seen => {
  const fact: Fact = { subject: { kind: "root", name: letter }, state: rootState(letter, roots) };
  return { fact, path: null, signature: null, isProven: true };
};

/** Which roots stand in what the unit wrote. */
function rootsIn(effects: readonly TakenEffect[], output: Buffer, { disk, roots, store }: CaptureContext): Result<RootLetter[], { code: string; message: string }> {
  const needles: readonly Needle[] = needlesOf(roots);
  const found = new Set<RootLetter>();
  scan(output, needles, found);
  for (const { effect } of effects) {
    if (effect.kind !== "file" || effect.sizeBytes === 0 || found.size === needles.length) continue;
    if (effect.sizeBytes > SCAN_BYTES_MAX) {
      for (const { letter } of needles) found.add(letter);
      continue;
    }
    const content = disk.readFile(store.blobPath(effect.content));
    if (!content.ok) return content;
    scan(content.value, needles, found);
  }
  return ok([...found]);
}

function outputsOf(effects: readonly TakenEffect[], disk: Disk): Outputs {
  const files = effects.filter(({ effect }) => effect.kind !== "directory").map(({ path, sealed }) => ({ path, state: sealed }));
  const directories = effects.flatMap(({ path, effect }) => (effect.kind === "directory" ? [{ path, permissions: effect.permissions }] : []));
  return sealOutputs(files, directories, disk);
}

function entryOf(
  unit: Unit, facts: readonly Seen[], effects: readonly TakenEffect[], outputBytes: Buffer, isPlaceless: boolean, context: CaptureContext,
): Result<Taken, Not> {
  const { disk, roots, store } = context;
  let output: Digest | null = null;
  if (outputBytes.length > 0) {
    const put = store.putBlob(outputBytes);
    if (!put.ok) return no(unit, put.failure.code, put.failure.message);
    output = put.value;
  }
  const subjects = facts.map(({ fact }) => fact.subject);
  const states = encodeStates(facts.map(({ fact }) => fact.state));
  const setBytes = encodeSet(subjects);
  const set = digestOf(setBytes);
  const strongKey = strongKeyOf(unit.weakKey, set, states);
  const token = (path: AbsPath) => roots.tokenise(path);
  const changes = { effects: effects.map(({ effect }) => effect), moves: unit.footprint.moves.map(({ from, to }) => ({ from: token(from), to: token(to) })) };
  const entry: Entry = {
    weakKey: unit.weakKey, set, states, program: unit.program.slice(-NAME_BYTES_MAX), exitCode: unit.exitCode, cpuNs: unit.cpuNs, ...changes, output,
    isSharable: isPlaceless && !changesSystem(changes),
  };
  if (setBytes.length > SET_BYTES_MAX) return no(unit, "too-much", `the paths it relied on take more than ${SET_BYTES_MAX} bytes`);
  const newest = newestInputNs(subjects, facts.map(({ signature }) => signature), entry.effects);
  const confirmed = confirm({ set, strongKey, newestInputNs: newest, outputs: outputsOf(effects, disk) }, facts, context);
  const checked = { subjects, states: facts.map(({ fact }) => fact.state) };
  const plan = unit.isAskedForAlone ? encodePlan({ entry, checked: () => checked }, confirmed, unit.environment, { ...context, makes: true, areBlobsNew: true }) : null;
  return ok({ entry, facts: facts.map(({ fact }) => fact), keep: () => keep(unit, entry, { subjects, added: { subjects: setBytes.toString("latin1"), marks: contentMarks(facts.map(({ fact }) => fact)) } }, { ...confirmed, plan }, context) });
}

function keep(unit: Unit, entry: Entry, asked: { readonly subjects: readonly Subject[]; readonly added: NewEntry }, confirmed: Confirmed, { records, roots }: CaptureContext): Captured {
  const { set, strongKey } = confirmed;
  const { subjects, added } = asked;
  const created = new Set(unit.footprint.created.map((path) => roots.tokenise(path)));
  const steps = [
    () => records.putEntry(strongKey, entry),
    () => records.putInFront(unit.weakKey, set, strongKey, added),
    () => remember({ confirmed, entry, change: { task: unit.task, created, taken: null }, subjects: () => subjects, makes: unit.isAskedForAlone }, records.witness(unit.weakKey, roots), { records, roots }),
  ];
  for (const step of steps) {
    const done = step();
    if (!done.ok) return no(unit, done.failure.code, done.failure.message).failure;
  }
  return { kind: "stored", strongKey, entry };
}
