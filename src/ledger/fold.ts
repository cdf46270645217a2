// Ledgers in, footprint out. Pure: a fold looks at the world it is given and at
// nothing else. Units are folded innermost first; a unit takes over what its
// children's folds found to matter, so raw records are walked once.

import { OUTPUT_BYTES_MAX } from "../base/limits.ts";
import { permissionsOf } from "../base/signature.ts";
import { changed, linked, made, removed, touched, wrote } from "./changes.ts";
import { Doubts } from "./doubts.ts";
import { effectsOf } from "./effects.ts";
import { environmentUse, readsIn, together, variablesFrom, variablesReadBy, type VariablesRead } from "./environment.ts";
import { eventsOfReplay, executedEvent, isFileRecord, type Event } from "./event.ts";
import type { Doubt, Footprint } from "./footprint.ts";
import type { FoldContext, Image } from "./image.ts";
import { END_INCOMPLETE, FLAGS, type LedgerRecord } from "./layout.ts";
import { Model } from "./model.ts";
import { observationsOf } from "./observations.ts";
import { foldStreams, streamUses, streamUsesOfReplay, type StreamUse } from "./output.ts";
import { executed, programOf } from "./programs.ts";
import { listed, missed, readLink, seen } from "./reads.ts";
import { renamed } from "./renames.ts";
import { rewind } from "./rewind.ts";
import { Timeline, type Events } from "./timeline.ts";
import { exitOf, type UnitExit } from "./units.ts";

type Ran = Extract<Image, { readonly kind: "ran" }>;

/** What the fold of the unit around this one goes on with. */
export interface Carried {
  readonly events: Events;
  readonly variables: readonly VariablesRead[];
  readonly streams: readonly StreamUse[];
  /** Those that hold for every unit around this one too. */
  readonly doubts: readonly Doubt[];
  /** When the last image of the unit was gone; Infinity when one still runs. */
  readonly lastSeq: number;
}

/** What is needed of an image to fold the unit around it. */
export interface CarriedImage {
  readonly image: number;
  readonly exit: UnitExit;
  readonly carried: Carried;
}

/** Of a unit around which nothing is folded. */
export interface FoldedAlone {
  readonly exit: UnitExit;
  readonly footprint: Footprint;
}

export interface FoldedUnit extends CarriedImage {
  readonly footprint: Footprint;
}

function apply(model: Model, event: Event, seq: number, lasting: Doubts): void {
  model.at(event, seq);
  const { record } = event;
  switch (record.kind) {
    case "opened":
    case "stated":
    case "typed": return seen(model, record);
    case "missing": return missed(model, record);
    case "readlink": return readLink(model, record);
    case "listed": return listed(model, record);
    case "wrote": return wrote(model, record);
    case "removed": return removed(model, record);
    case "made-dir":
    case "made-link":
    case "made-node": return made(model, record);
    case "linked": return linked(model, record);
    case "renamed": return renamed(model, record);
    case "changed": return changed(model, record);
    case "touched": return touched(model, record);
    case "executed": return executed(model, record.start, seq, lasting);
  }
}

function ownEvents(image: Ran, names: readonly string[], context: FoldContext): Timeline {
  const program = programOf(image.start.path);
  const stated = names.some((name) => context.timeReaders.has(name)) ? "timed" : "plain";
  const events = new Timeline();
  for (const [at, record] of image.records.entries()) {
    if (!isFileRecord(record)) continue;
    events.add({ record, program, role: record.kind === "stated" ? stated : "plain" }, image.seqs[at] ?? 0);
    if (record.kind === "listed" && record.directory !== null && (record.flags & FLAGS.repeated) === 0) {
      context.namesBySignature.set(record.directory, record.names);
    }
  }
  return events;
}

const OWNER = 2;

function recordDoubts(doubts: Doubts, program: string, records: readonly LedgerRecord[]): void {
  for (const record of records) {
    if (record.kind === "doubt") doubts.addReason(record.reason, program, record.detail);
    else if (record.kind === "changed" && (record.what & OWNER) !== 0) doubts.add("owner", program, record.path);
  }
}

/** What no unit around this image can make good. */
function lastingDoubts(image: Ran, names: readonly string[], context: FoldContext): Doubts {
  const doubts = new Doubts();
  const program = programOf(image.start.path);
  const { end } = image;
  recordDoubts(doubts, program, image.records);
  if (image.isIncomplete || (end !== null && (end.flags & END_INCOMPLETE) !== 0)) doubts.add("incomplete", program, "part of what it did is not known");
  if (end?.how === 1) doubts.add("killed", program, `signal ${end.code}`);
  if (end !== null && end.how > 2) doubts.add("unknown-end", program, "nobody saw how it ended");
  if (names.some((name) => context.comparators.has(name))) doubts.add("comparator", program, "it decides by comparing times");
  return doubts;
}

const exitOfImage = ({ end }: Ran, children: readonly CarriedImage[]): UnitExit => exitOf(end, children.find(({ image }) => image === end?.successor)?.exit);

function foldStreamsOf(image: Ran, children: readonly CarriedImage[]): { readonly uses: StreamUse[]; readonly bytes: number } {
  const uses = streamUses(image.records);
  for (const child of children) for (const use of child.carried.streams) uses.push(use);
  return { uses: uses.sort((a, b) => a.seq - b.seq), bytes: uses.reduce((sum, use) => sum + use.bytes.length, 0) };
}

const lastSeqOf = ({ end }: Ran, children: readonly CarriedImage[]): number =>
  children.reduce((last, child) => Math.max(last, child.carried.lastSeq), end?.exitSeq ?? Infinity);

function variablesOf({ start, records }: Ran, names: readonly string[], children: readonly CarriedImage[]): VariablesRead[] {
  return [variablesReadBy(readsIn(start, names, records), start.env), ...children.flatMap((child) => child.carried.variables)];
}

function lastingDoubtsOf(image: Ran, names: readonly string[], children: readonly CarriedImage[], context: FoldContext): Doubts {
  const lasting = lastingDoubts(image, names, context);
  for (const child of children) lasting.addAll(child.carried.doubts);
  return lasting;
}

/** Of an image that is no unit of its own: its records go up as they are, and are walked once, in the fold of the unit around it. */
export function carryImage(image: Ran, children: readonly CarriedImage[], context: FoldContext): CarriedImage {
  const { start } = image;
  const { uses, bytes } = foldStreamsOf(image, children);
  const names = context.programNames.of(start.path, context.world);
  const lasting = lastingDoubtsOf(image, names, children, context);
  if (bytes > OUTPUT_BYTES_MAX) lasting.add("output-too-large", programOf(start.path), `more than ${OUTPUT_BYTES_MAX} bytes`);
  const events = new Timeline();
  events.add(executedEvent(start, programOf(start.path)), start.seq);
  for (const list of [ownEvents(image, names, context), ...children.map((child) => child.carried.events)]) events.addAll(list);
  return {
    image: start.image,
    exit: exitOfImage(image, children),
    carried: {
      events,
      variables: [together(variablesOf(image, names, children))],
      streams: bytes > OUTPUT_BYTES_MAX ? [] : uses,
      doubts: lasting.list(),
      lastSeq: lastSeqOf(image, children),
    },
  };
}

/** `children`: the images that this one started or became, each once. */
export const foldUnit = (image: Image, children: readonly CarriedImage[], context: FoldContext): FoldedUnit =>
  image.kind === "replayed" ? foldReplayed(image) : foldRan(image, children, context, true);

/** The same where no unit around it will be stored: nothing is gathered for one. */
export function foldAlone(image: Image, children: readonly CarriedImage[], context: FoldContext): FoldedAlone {
  const { exit, footprint } = image.kind === "replayed" ? foldReplayed(image) : foldRan(image, children, context, false);
  return { exit, footprint };
}

/** What a replay told of has no permissions: a type alone. */
const foldersOf = ({ reshaped }: Model): Footprint["folders"] => reshaped.flatMap(({ origin, signature, isChanged }) => {
  const permissions = signature === null || isChanged ? 0 : permissionsOf(signature);
  return origin === null ? [] : [{ path: origin, permissions: permissions === 0 ? null : permissions }];
});

function foldRan(image: Ran, children: readonly CarriedImage[], context: FoldContext, handsUp: boolean): FoldedUnit {
  const { start, end } = image;
  const program = programOf(start.path);
  const model = new Model(context, handsUp);
  const names = context.programNames.of(start.path, context.world);
  const lasting = lastingDoubtsOf(image, names, children, context);

  const events = Timeline.of([ownEvents(image, names, context), ...children.map((child) => child.carried.events)]);
  rewind(model, events, lasting);
  model.tree.onHop = (link) => model.learnLink(link);
  executed(model, start, start.seq, lasting);
  events.each((event, seq) => { apply(model, event, seq, lasting); });
  model.at(null, start.seq);

  const streams = foldStreamsOf(image, children);
  const folded = foldStreams(start, streams.uses);
  if (streams.bytes > OUTPUT_BYTES_MAX || folded.isTooLarge) lasting.add("output-too-large", program, `more than ${OUTPUT_BYTES_MAX} bytes`);

  const variables = variablesOf(image, names, children);
  const fromOutside = variablesFrom(start.env, variables);
  const exit = exitOfImage(image, children);
  const lastSeq = lastSeqOf(image, children);

  const { touched, created } = effectsOf(model);
  const doubts = new Doubts();
  doubts.addAll(lasting.list());
  doubts.addAll(model.doubts.list());
  for (const node of model.observed) if (node.owesNames && node.fact?.kind !== "listed") doubts.add("listing-lost", program, node.origin ?? "");
  if (folded.hasReadStdin) doubts.add("stdin", program, "it read what it was given on an inherited stream");
  if (start.inherited.length > 0) doubts.add("inherited-descriptor", program, start.inherited.join(", "));
  if (exit.kind === "unknown" && end !== null) doubts.add("unknown-end", program, "nobody saw how it ended");
  if (exit.kind === "unknown" ? end === null : lastSeq > exit.exitSeq) doubts.add("left-running", program, "a process outlived it");

  return {
    image: start.image,
    footprint: {
      observations: observationsOf(model.observed),
      environment: environmentUse(fromOutside),
      moves: model.moves,
      touched,
      created,
      folders: foldersOf(model),
      output: folded.output,
      doubts: doubts.list(),
    },
    exit,
    carried: {
      events: model.events,
      variables: handsUp ? [together(variables)] : [],
      streams: streams.bytes > OUTPUT_BYTES_MAX ? [] : streams.uses,
      doubts: lasting.list(),
      lastSeq,
    },
  };
}

function foldReplayed(image: Extract<Image, { readonly kind: "replayed" }>): FoldedUnit {
  const { start, footprint, exitCode } = image;
  return {
    image: start.image,
    footprint: { ...footprint, doubts: [] },
    exit: { kind: "exited", code: exitCode, exitSeq: start.seq },
    carried: {
      events: eventsOfReplay(footprint, start.seq, programOf(start.path)),
      variables: [variablesReadBy(footprint.environment, start.env)],
      streams: streamUsesOfReplay(start, footprint.output),
      doubts: [],
      lastSeq: start.seq,
    },
  };
}
