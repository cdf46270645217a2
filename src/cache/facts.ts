// What an entry relies on, in two parts: the path set (the questions, in order)
// and the states (the answers). The weak key leads to path sets; asking their
// questions of the tree as it is now gives the strong key, which names the
// entry. docs/reference/cache-key.md and entry-format.md are the documents.

import { digestOf, isDigest, type Digest } from "../base/digest.ts";
import { byteOrder } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { mtimeNsOf, permissionsOf, type FileType, type Signature } from "../base/signature.ts";
import { NAME_BYTES_MAX, STATE_BYTES_MAX, SUBJECTS_MAX } from "./limits.ts";
import { digestBytes, Reader, Writer } from "./wire.ts";

/** One question. `name` is a token, a variable's name, or a root's letter; unused for the whole environment. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly name: string;
}

/**
 * Append only; never renumber. "timed" is content with its modification time and, where that is somebody else, its owner, "searched" a listing of which only names of libraries count (libraries.ts),
 * "permissions" a directory's, for programs to which times are facts too.
 */
const KIND_TABLE = [
  ["content", 1], ["timed", 2], ["missing", 3], ["listed", 4], ["link", 5], ["type", 6], ["denied", 7], ["searched", 8], ["permissions", 9],
  ["variable", 16], ["libc-variables", 17], ["all-variables", 18], ["root", 32],
] as const;
export type SubjectKind = (typeof KIND_TABLE)[number][0];

const CODES = new Map<SubjectKind, number>(KIND_TABLE);
const KINDS = new Map<number, SubjectKind>(KIND_TABLE.map(([kind, code]) => [code, kind]));

export const kindCode = (kind: SubjectKind): number => CODES.get(kind) ?? 0;
export const kindOf = (code: number): SubjectKind | undefined => KINDS.get(code);
/** Whether the question is about a path, whose token is then the subject's name. */
export const isAboutPath = (subject: Subject): boolean => kindCode(subject.kind) < 16;

/** Answered by the mode alone: such facts are sealed apart from the states of paths. */
export const isAboutMode = ({ kind }: Subject): boolean => kind === "type" || kind === "permissions";

/** One answer, one character a byte; see the constructors below. */
export type State = string & { readonly brand: "State" };

const state = (bytes: string): State => bytes as State; // The only such cast.

/** Nothing there; or the variable is not set. */
export const ABSENT = state("-");
/** Something is there that the question does not reach into (a directory where a file was). */
export const OTHER = state("?");
/** Looking is refused: a directory on the way may not be searched. */
export const DENIED = state("X");
/** It could not be found out: no entry has this state. */
export const UNKNOWN = state("!");
const contentState = (digest: Digest, signature: Signature): State => state(new Writer().raw("F").digest(digest).u16(permissionsOf(signature)).string());
/** `owner`: see Disk.otherOwner. */
const timedState = (digest: Digest, signature: Signature, owner: string): State =>
  state(`${contentState(digest, signature)}${new Writer().u64(BigInt.asUintN(64, mtimeNsOf(signature))).string()}${owner}`);

/** Of a file whose time and owner count as well, or whose do not. `owner`: asked where they do. */
export const fileState = (isTimed: boolean, digest: Digest, signature: Signature, owner: () => string): State =>
  (isTimed ? timedState(digest, signature, owner()) : contentState(digest, signature));
/** Of a directory. */
export const permissionsState = (permissions: number): State => state(new Writer().raw("P").u16(permissions).string());
export const permissionsFrom = (value: State): number | null => (value.length === 3 && value.startsWith("P") ? value.charCodeAt(1) | (value.charCodeAt(2) << 8) : null);
export const listedState = (names: string): State => state(`N${digestBytes(digestOf(Buffer.from(names, "latin1")))}`);
/** `target`: tokenised. */
export const linkState = (target: string): State => state(`L${target}`);
const TYPE_LETTERS = { file: "f", directory: "d", link: "l", fifo: "p", socket: "s", device: "c" } as const;
export const typeState = (type: FileType): State => state(`T${TYPE_LETTERS[type]}`);
const FILE_TYPES: readonly FileType[] = ["file", "directory", "link", "fifo", "socket", "device"];
const TYPES = new Map<State, FileType>(FILE_TYPES.map((type) => [typeState(type), type]));
export const typeFrom = (value: State): FileType | null => TYPES.get(value) ?? null;
/** A variable's value, or a root's path: never in the clear. */
export const valueState = (value: string): State => state(`V${digestBytes(digestOf(Buffer.from(value, "latin1")))}`);
/** For decoders: any bytes are a state, and one that never was does not match. */
export const stateFromRecord = state;

/** The digest in the state of a content fact. */
export function contentOf(value: State): Digest | null {
  if (value.charCodeAt(0) !== 70) return null;
  const hex = Buffer.from(value.slice(1, 33), "latin1").toString("hex");
  return isDigest(hex) ? hex : null;
}

/** The permissions in such a state. */
export const permissionsIn = (value: State): number => value.charCodeAt(PERMISSIONS_AT) | (value.charCodeAt(PERMISSIONS_AT + 1) << 8);
/** Behind the letter and the digest. */
const PERMISSIONS_AT = 33;

export interface PathSet {
  readonly digest: Digest;
  readonly subjects: readonly Subject[];
}

export interface Fact {
  readonly subject: Subject;
  readonly state: State;
}

/** One order for everyone: by name, then kind, so that parallel runs of one command agree. */
export const factOrder = (a: Fact, b: Fact): number =>
  byteOrder(a.subject.name, b.subject.name) || kindCode(a.subject.kind) - kindCode(b.subject.kind);

export const SET_HEAD = "FSET\x01\0\0\0";

export function encodeSet(subjects: readonly Subject[]): Buffer {
  let rest = "";
  for (const { kind, name } of subjects) rest += String.fromCharCode(kindCode(kind), name.length & 255, name.length >>> 8) + name;
  return new Writer().raw(SET_HEAD).u32(subjects.length).raw(rest).buffer();
}

export function decodeSet(bytes: Buffer): Result<PathSet, Failure> {
  const reader = new Reader(bytes).expect(SET_HEAD);
  const subjects: Subject[] = [];
  for (let left = reader.count(SUBJECTS_MAX, 3); left > 0 && !reader.isDamaged; left--) {
    const kind = KINDS.get(reader.u8());
    const name = reader.text(NAME_BYTES_MAX);
    if (kind === undefined) reader.isDamaged = true;
    else subjects.push({ kind, name });
  }
  if (!reader.isFinished()) return fail(damaged("a path set"));
  return ok({ digest: digestOf(bytes), subjects });
}

export const damaged = (what: string): Failure => ({
  code: "record-damaged",
  message: `Cannot read ${what} from the store: its bytes are not in the form this version writes`,
});

/** Each with its length in 16 bits. */
export function encodeStates(states: readonly State[]): string {
  let block = "";
  for (const value of states) block += String.fromCharCode(value.length & 255, value.length >>> 8) + value;
  return block;
}

/** Null unless there are `count` of them. */
export function decodeStates(block: string, count: number): State[] | null {
  const reader = new Reader(block);
  const states: State[] = [];
  while (states.length < count && !reader.isDamaged) states.push(state(reader.text(STATE_BYTES_MAX)));
  return reader.isFinished() ? states : null;
}

/** Names the entry that holds when the tree is in these states. */
export function strongKeyOf(weakKey: Digest, set: Digest, states: string): Digest {
  const head = new Writer().raw("fathom strong key 1\0").digest(weakKey).digest(set);
  return digestOf(head.raw(states).buffer());
}
