// An entry: what one unit relied on, what it changed and what it said, in a
// form that is the same on every machine. Bytes and limits are described in
// docs/reference/entry-format.md. What is decoded here may come from anywhere,
// so nothing that a replay relies on is left unchecked.

import type { Digest } from "../base/digest.ts";
import { isAbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { damaged, strongKeyOf } from "./facts.ts";
import { EFFECTS_MAX, MOVES_MAX, NAME_BYTES_MAX, STATE_BYTES_MAX, STATES_BYTES_MAX } from "./limits.ts";
import { isSystem, type Token } from "./roots.ts";
import { Reader, Writer } from "./wire.ts";

/** Modification time of a file or link. */
export type Time =
  /** When it was written: its position in the order of such times of the entry; equal: the same time. */
  | { readonly kind: "written"; readonly rank: number }
  /** Set by the unit, to something else than the time of writing (tar x, cp -p, touch -d). */
  | { readonly kind: "set"; readonly mtimeNs: bigint };

/** What is at a path when the unit has ended. */
export type Effect = FileEffect | DirectoryEffect | LinkEffect | AbsentEffect;

export interface FileEffect {
  readonly kind: "file";
  readonly at: Token;
  readonly content: Digest;
  readonly sizeBytes: number;
  readonly permissions: number;
  readonly time: Time;
  /** 0, or a number that hard links to one file share. */
  readonly group: number;
}
export interface DirectoryEffect {
  readonly kind: "directory";
  readonly at: Token;
  readonly permissions: number;
}
export interface LinkEffect {
  readonly kind: "link";
  readonly at: Token;
  /** With roots as tokens. */
  readonly target: string;
  readonly time: Time;
}
export interface AbsentEffect {
  readonly kind: "absent";
  readonly at: Token;
}

/** Of what was written; null: its time was set, or it has none of its own. */
export const rankOf = (effect: Effect): number | null => ((effect.kind === "file" || effect.kind === "link") && effect.time.kind === "written" ? effect.time.rank : null);

/** What gets its times from the order in which it was written, also where the unit reads it itself. */
export const rankedBy = (effects: readonly Effect[]): ReadonlySet<string> => new Set(effects.flatMap((effect) => (rankOf(effect) === null ? [] : [effect.at])));

export interface Move {
  readonly from: Token;
  readonly to: Token;
}

export interface Entry {
  readonly weakKey: Digest;
  readonly set: Digest;
  /** One for each subject of the set, in its order, as encodeStates gives them. Taken apart only when something differs. */
  readonly states: string;
  /** Path of the program, for messages. */
  readonly program: string;
  readonly exitCode: number;
  /** Processor time of the unit, with its children. */
  readonly cpuNs: bigint;
  /** Directories that were there before and were moved, in order, before everything else. */
  readonly moves: readonly Move[];
  /** Sorted by bytes of `at`, each path once. */
  readonly effects: readonly Effect[];
  /** The blob with what went to stdout and stderr; null when nothing did. */
  readonly output: Digest | null;
  /** Whether another checkout or machine may use it: nothing in it names a root or changes a system path. */
  readonly isSharable: boolean;
}

const HEAD = "FENT\x01\0\0\0";
const FILE = 1;
const DIRECTORY = 2;
const LINK = 3;
const NOTHING = 4;
const SHARABLE = 1;
const HAS_OUTPUT = 2;
const PERMISSIONS = 0o7777;

function encodeTime(writer: Writer, time: Time): void {
  if (time.kind === "written") writer.u8(0).u64(BigInt(time.rank));
  else writer.u8(1).u64(BigInt.asUintN(64, time.mtimeNs));
}

function decodeTime(reader: Reader): Time {
  const kind = reader.u8();
  const value = reader.u64();
  if (kind > 1 || (kind === 0 && value > EFFECTS_MAX)) reader.isDamaged = true;
  return kind === 0 ? { kind: "written", rank: Number(value) } : { kind: "set", mtimeNs: BigInt.asIntN(64, value) };
}

export function encodeEntry(entry: Entry): Buffer {
  const writer = new Writer().raw(HEAD).digest(entry.weakKey).digest(entry.set);
  writer.u32((entry.isSharable ? SHARABLE : 0) | (entry.output === null ? 0 : HAS_OUTPUT));
  writer.u32(entry.exitCode).u64(entry.cpuNs).text(entry.program);
  if (entry.output !== null) writer.digest(entry.output);
  writer.u32(entry.states.length).raw(entry.states);
  writer.u32(entry.moves.length);
  for (const move of entry.moves) writer.text(move.from).text(move.to);
  writer.u32(entry.effects.length);
  for (const effect of entry.effects) encodeEffect(writer, effect);
  return writer.buffer();
}

export function encodeEffect(writer: Writer, effect: Effect): void {
  switch (effect.kind) {
    case "file":
      writer.u8(FILE).text(effect.at).digest(effect.content).u64(BigInt(effect.sizeBytes));
      writer.u16(effect.permissions);
      encodeTime(writer, effect.time);
      writer.u32(effect.group);
      return;
    case "directory":
      writer.u8(DIRECTORY).text(effect.at).u16(effect.permissions);
      return;
    case "link":
      writer.u8(LINK).text(effect.at).text(effect.target);
      encodeTime(writer, effect.time);
      return;
    case "absent":
      writer.u8(NOTHING).text(effect.at);
      return;
  }
}

/** What a store of our own gives under a strong key was stored under it (see frame.ts); what comes from elsewhere is asked with isNamed. */
export function decodeEntry(bytes: Buffer): Result<Entry, Failure> {
  const reader = new Reader(bytes).expect(HEAD);
  const weakKey = reader.digest();
  const set = reader.digest();
  const flags = reader.u32();
  const exitCode = reader.u32();
  const cpuNs = reader.u64();
  const program = reader.text(NAME_BYTES_MAX);
  const output = (flags & HAS_OUTPUT) === 0 ? null : reader.digest();
  const states = reader.raw(reader.count(STATES_BYTES_MAX, 1));
  const moves: Move[] = [];
  for (let left = reader.count(MOVES_MAX, 4); left > 0 && !reader.isDamaged; left--) {
    moves.push({ from: decodeToken(reader), to: decodeToken(reader) });
  }
  const effects: Effect[] = [];
  for (let left = reader.count(EFFECTS_MAX, 3); left > 0 && !reader.isDamaged; left--) {
    const effect = decodeEffect(reader);
    const previous = effects.at(-1);
    if (previous !== undefined && previous.at >= effect.at) reader.isDamaged = true;
    effects.push(effect);
  }
  const entry: Entry = {
    weakKey, set, states, program, exitCode, cpuNs, moves, effects, output, isSharable: (flags & SHARABLE) !== 0,
  };
  if (!reader.isFinished() || (flags & ~(SHARABLE | HAS_OUTPUT)) !== 0 || exitCode > 255) return fail(damaged("an entry"));
  if (entry.isSharable && changesSystem(entry)) return fail(damaged("an entry"));
  return ok(entry);
}

/** Whether an entry belongs under this strong key. */
export const isNamed = (entry: Entry, strongKey: Digest): boolean => strongKeyOf(entry.weakKey, entry.set, entry.states) === strongKey;

export const changesSystem = (entry: Pick<Entry, "effects" | "moves">): boolean =>
  entry.effects.some(({ at }) => isSystem(at)) || entry.moves.some(({ from, to }) => isSystem(from) || isSystem(to));

/** Everything an entry needs to be replayed. */
export function blobsOf({ output, effects }: Pick<Entry, "output" | "effects">): readonly Digest[] {
  const contents = effects.flatMap((effect) => (effect.kind === "file" ? [effect.content] : []));
  return output === null ? contents : [...contents, output];
}

export function decodeEffect(reader: Reader): Effect {
  const code = reader.u8();
  const at = decodeToken(reader);
  switch (code) {
    case FILE: {
      const content = reader.digest();
      const sizeBytes = Number(reader.u64());
      if (!Number.isSafeInteger(sizeBytes)) reader.isDamaged = true;
      return { kind: "file", at, content, sizeBytes, permissions: decodePermissions(reader), time: decodeTime(reader), group: reader.u32() };
    }
    case DIRECTORY:
      return { kind: "directory", at, permissions: decodePermissions(reader) };
    case LINK: {
      const target = reader.text(STATE_BYTES_MAX);
      if (target === "" || target.includes("\0")) reader.isDamaged = true;
      return { kind: "link", at, target, time: decodeTime(reader) };
    }
    default:
      if (code !== NOTHING) reader.isDamaged = true;
      return { kind: "absent", at };
  }
}

function decodePermissions(reader: Reader): number {
  const permissions = reader.u16();
  if (permissions > PERMISSIONS) reader.isDamaged = true;
  return permissions;
}

export function decodeToken(reader: Reader): Token {
  const bytes = reader.text(NAME_BYTES_MAX);
  if (!isToken(bytes)) reader.isDamaged = true;
  return bytes as Token;
}

/** "/usr/lib/x", "\x01W", "\x01W/a": nothing that climbs out of its root. */
function isToken(bytes: string): boolean {
  if (bytes.charCodeAt(0) !== 1) return isAbsPath(bytes);
  return /^\x01[WHT]$/.test(bytes) || (/^\x01[WHT]\//.test(bytes) && isAbsPath(bytes.slice(2)));
}
