// Generated from native/protocol.def and native/protocol.h by scripts/generate.ts;
// edit those. One message is one frame on a pipe: u32 length of what follows,
// u32 kind, the fields. Strings are bytes, one character each.

import type { Digest } from "../base/digest.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";

export const PROTOCOL_VERSION = 8;
export const HELLO_QUIET = 1;
export const HELLO_JSON = 2;
export const HELLO_NO_CACHE = 4;
export const HELLO_FORCE = 8;
export const HELLO_VERIFY = 16;
export const HELLO_TRIAL = 32;
export const HELLO_READ_ONLY = 64;
export const HELLO_TASKS = 128;
export const HELLO_VIEW = 256;
export const ENGINE_FOUND_DEVIATION = 64;
export const EXEC_UNTAPPED = 1;
export const EXEC_PLANNED = 2;
export const EXEC_BOUND = 4;
export const EXEC_BEGUN = 8;
export const END_INCOMPLETE = 1;
export const STREAM_CLOSED = 0;
export const STREAM_NULL = 1;
export const STREAM_TERMINAL = 2;
export const STREAM_PIPE = 3;
export const STREAM_FILE = 4;
export const STREAM_SOCKET = 5;
export const STREAM_OTHER = 6;

/** One of the descriptors 0, 1 and 2. `kind` is one of STREAM_*; `access` is O_ACCMODE of its flags. */
export interface Stream {
  readonly kind: number;
  readonly access: number;
  readonly dev: bigint;
  readonly ino: bigint;
}
export type Streams = readonly [Stream, Stream, Stream];

/** A part of the arena: where it starts and how many bytes of it are used. */
export interface ChunkPlace {
  readonly offset: number;
  readonly bytes: number;
}

export interface Hello {
  readonly kind: "hello";
  readonly version: number;
  readonly ledgerVersion: number;
  readonly flags: number;
  readonly verifyPercent: number;
  readonly verifySeed: number;
  readonly pid: number;
  readonly workspace: string;
  readonly home: string;
  readonly temporary: string;
  readonly cwd: string;
  readonly store: string;
  readonly command: readonly string[];
}

export interface Ask {
  readonly kind: "ask";
  readonly question: number;
  readonly image: number;
  readonly parent: number;
  readonly pid: number;
  readonly seq: number;
  readonly startedNs: bigint;
  readonly weakKey: Digest;
  readonly umask: number;
  readonly flags: number;
  readonly streams: Streams;
  readonly inherited: readonly string[];
  readonly path: string;
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
}

export interface Exec {
  readonly kind: "exec";
  readonly question: number;
  readonly image: number;
  readonly parent: number;
  readonly pid: number;
  readonly seq: number;
  readonly startedNs: bigint;
  readonly weakKey: Digest;
  readonly umask: number;
  readonly flags: number;
  readonly streams: Streams;
  readonly inherited: readonly string[];
  readonly path: string;
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
}

export interface End {
  readonly kind: "end";
  readonly image: number;
  readonly how: number;
  readonly code: number;
  readonly successor: number;
  readonly exitSeq: number;
  readonly endedNs: bigint;
  readonly cpuNs: number;
  readonly flags: number;
  readonly chunks: readonly ChunkPlace[];
}

export interface Preserve {
  readonly kind: "preserve";
  readonly question: number;
  readonly image: number;
  readonly atNs: bigint;
  readonly path: string;
}

export interface Kept {
  readonly kind: "kept";
  readonly image: number;
  readonly atNs: bigint;
  readonly content: Digest;
  readonly state: string;
  readonly path: string;
}

export interface Mapped {
  readonly kind: "mapped";
  readonly image: number;
  readonly dev: bigint;
  readonly ino: bigint;
}

export interface Done {
  readonly kind: "done";
  readonly how: number;
  readonly code: number;
  readonly processes: number;
  readonly notifications: number;
  readonly startedNs: bigint;
  readonly endedNs: bigint;
  readonly supervisorNs: bigint;
}

export interface Planned {
  readonly kind: "planned";
  readonly units: number;
  readonly savedNs: bigint;
}

export interface Slight {
  readonly kind: "slight";
  readonly image: number;
  readonly parent: number;
  readonly flags: number;
  readonly startedNs: bigint;
  readonly endedNs: bigint;
  readonly weakKey: Digest;
  readonly path: string;
  readonly cwd: string;
  readonly task: string;
  readonly argumentsLeftOut: number;
  readonly argv: readonly string[];
  readonly changed: readonly string[];
}

export interface TaskPlanned {
  readonly kind: "task-planned";
  readonly weakKey: Digest;
  readonly strongKey: Digest;
}

export interface LeftOut {
  readonly kind: "left-out";
}

export interface Took {
  readonly kind: "took";
  readonly image: number;
  readonly isCounted: number;
  readonly delayNs: bigint;
  readonly systemNs: bigint;
  readonly faults: bigint;
  readonly diskFaults: bigint;
  readonly readBytes: bigint;
  readonly writtenBytes: bigint;
  readonly peakBytes: bigint;
  readonly childrenNs: bigint;
  readonly pipeNs: bigint;
  readonly lockNs: bigint;
  readonly diskNs: bigint;
  readonly networkNs: bigint;
  readonly timerNs: bigint;
  readonly eventsNs: bigint;
  readonly tapNs: bigint;
  readonly countersError: number;
  readonly instructions: bigint;
  readonly cycles: bigint;
  readonly cacheMisses: bigint;
}

export interface Answer {
  readonly kind: "answer";
  readonly question: number;
  readonly verdict: number;
  readonly code: number;
  readonly streams: string;
}

export interface Release {
  readonly kind: "release";
  readonly chunks: readonly ChunkPlace[];
}

export type Message =
  | Hello
  | Ask
  | Exec
  | End
  | Preserve
  | Kept
  | Mapped
  | Done
  | Planned
  | Slight
  | TaskPlanned
  | LeftOut
  | Took
  | Answer
  | Release;

/** -1 for what a number cannot hold exactly. */
function countAt(b: Buffer, at: number): number {
  const high = b.readUInt32LE(at + 4);
  return high >= 0x200000 ? -1 : high * 0x100000000 + b.readUInt32LE(at);
}

function readList(b: Buffer, at: number, end: number): string[] | null {
  if (at + 4 > end) return null;
  const value: string[] = [];
  let next = at + 4;
  for (let left = b.readUInt32LE(at); left > 0; left -= 1) {
    if (next + 4 > end) return null;
    const stop = next + 4 + b.readUInt32LE(next);
    if (stop > end) return null;
    value.push(b.toString("latin1", next + 4, stop));
    next = stop;
  }
  return value;
}

function streamAt(b: Buffer, at: number): Stream {
  return { kind: b.readUInt32LE(at), access: b.readUInt32LE(at + 4), dev: b.readBigUInt64LE(at + 8), ino: b.readBigUInt64LE(at + 16) };
}

function readStreams(b: Buffer, at: number, end: number): Streams | null {
  return at + 72 > end ? null : [streamAt(b, at), streamAt(b, at + 24), streamAt(b, at + 48)];
}

function readChunks(b: Buffer, at: number, end: number): ChunkPlace[] | null {
  if (at + 4 > end) return null;
  const count = b.readUInt32LE(at);
  if (at + 4 + count * 16 > end) return null;
  const value: ChunkPlace[] = [];
  for (let next = at + 4; value.length < count; next += 16) {
    const place = { offset: countAt(b, next), bytes: countAt(b, next + 8) };
    if (place.offset < 0 || place.bytes < 0) return null;
    value.push(place);
  }
  return value;
}

function readMessage(kind: number, b: Buffer, at: number, end: number): Message | null {
  let stop = 0;
  switch (kind) {
    case 1: {
      if (at + 24 > end) return null;
      const version = b.readUInt32LE(at);
      const ledgerVersion = b.readUInt32LE(at + 4);
      const flags = b.readUInt32LE(at + 8);
      const verifyPercent = b.readUInt32LE(at + 12);
      const verifySeed = b.readUInt32LE(at + 16);
      const pid = b.readUInt32LE(at + 20);
      at += 24;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const workspace = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const home = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const temporary = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const cwd = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const store = b.toString("latin1", at + 4, stop);
      at = stop;
      const command = readList(b, at, end);
      if (command === null) return null;
      return { kind: "hello", version, ledgerVersion, flags, verifyPercent, verifySeed, pid, workspace, home, temporary, cwd, store, command };
    }
    case 2: {
      if (at + 72 > end) return null;
      const question = b.readUInt32LE(at);
      const image = b.readUInt32LE(at + 4);
      const parent = b.readUInt32LE(at + 8);
      const pid = b.readUInt32LE(at + 12);
      const seq = countAt(b, at + 16);
      if (seq < 0) return null;
      const startedNs = b.readBigInt64LE(at + 24);
      const weakKey = b.toString("hex", at + 32, at + 32 + 32) as Digest;
      const umask = b.readUInt32LE(at + 64);
      const flags = b.readUInt32LE(at + 68);
      at += 72;
      const streams = readStreams(b, at, end);
      if (streams === null) return null;
      at += 72;
      const inherited = readList(b, at, end);
      if (inherited === null) return null;
      at += 4 + inherited.reduce((sum, item) => sum + 4 + item.length, 0);
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const cwd = b.toString("latin1", at + 4, stop);
      at = stop;
      const argv = readList(b, at, end);
      if (argv === null) return null;
      at += 4 + argv.reduce((sum, item) => sum + 4 + item.length, 0);
      const env = readList(b, at, end);
      if (env === null) return null;
      return { kind: "ask", question, image, parent, pid, seq, startedNs, weakKey, umask, flags, streams, inherited, path, cwd, argv, env };
    }
    case 3: {
      if (at + 72 > end) return null;
      const question = b.readUInt32LE(at);
      const image = b.readUInt32LE(at + 4);
      const parent = b.readUInt32LE(at + 8);
      const pid = b.readUInt32LE(at + 12);
      const seq = countAt(b, at + 16);
      if (seq < 0) return null;
      const startedNs = b.readBigInt64LE(at + 24);
      const weakKey = b.toString("hex", at + 32, at + 32 + 32) as Digest;
      const umask = b.readUInt32LE(at + 64);
      const flags = b.readUInt32LE(at + 68);
      at += 72;
      const streams = readStreams(b, at, end);
      if (streams === null) return null;
      at += 72;
      const inherited = readList(b, at, end);
      if (inherited === null) return null;
      at += 4 + inherited.reduce((sum, item) => sum + 4 + item.length, 0);
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const cwd = b.toString("latin1", at + 4, stop);
      at = stop;
      const argv = readList(b, at, end);
      if (argv === null) return null;
      at += 4 + argv.reduce((sum, item) => sum + 4 + item.length, 0);
      const env = readList(b, at, end);
      if (env === null) return null;
      return { kind: "exec", question, image, parent, pid, seq, startedNs, weakKey, umask, flags, streams, inherited, path, cwd, argv, env };
    }
    case 4: {
      if (at + 44 > end) return null;
      const image = b.readUInt32LE(at);
      const how = b.readUInt32LE(at + 4);
      const code = b.readInt32LE(at + 8);
      const successor = b.readUInt32LE(at + 12);
      const exitSeq = countAt(b, at + 16);
      if (exitSeq < 0) return null;
      const endedNs = b.readBigInt64LE(at + 24);
      const cpuNs = countAt(b, at + 32);
      if (cpuNs < 0) return null;
      const flags = b.readUInt32LE(at + 40);
      at += 44;
      const chunks = readChunks(b, at, end);
      if (chunks === null) return null;
      return { kind: "end", image, how, code, successor, exitSeq, endedNs, cpuNs, flags, chunks };
    }
    case 5: {
      if (at + 16 > end) return null;
      const question = b.readUInt32LE(at);
      const image = b.readUInt32LE(at + 4);
      const atNs = b.readBigInt64LE(at + 8);
      at += 16;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "preserve", question, image, atNs, path };
    }
    case 21: {
      if (at + 44 > end) return null;
      const image = b.readUInt32LE(at);
      const atNs = b.readBigInt64LE(at + 4);
      const content = b.toString("hex", at + 12, at + 12 + 32) as Digest;
      at += 44;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const state = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      return { kind: "kept", image, atNs, content, state, path };
    }
    case 22: {
      if (at + 20 > end) return null;
      const image = b.readUInt32LE(at);
      const dev = b.readBigUInt64LE(at + 4);
      const ino = b.readBigUInt64LE(at + 12);
      return { kind: "mapped", image, dev, ino };
    }
    case 6: {
      if (at + 48 > end) return null;
      const how = b.readUInt32LE(at);
      const code = b.readInt32LE(at + 4);
      const processes = countAt(b, at + 8);
      if (processes < 0) return null;
      const notifications = countAt(b, at + 16);
      if (notifications < 0) return null;
      const startedNs = b.readBigInt64LE(at + 24);
      const endedNs = b.readBigInt64LE(at + 32);
      const supervisorNs = b.readBigUInt64LE(at + 40);
      return { kind: "done", how, code, processes, notifications, startedNs, endedNs, supervisorNs };
    }
    case 16: {
      if (at + 12 > end) return null;
      const units = b.readUInt32LE(at);
      const savedNs = b.readBigUInt64LE(at + 4);
      return { kind: "planned", units, savedNs };
    }
    case 17: {
      if (at + 60 > end) return null;
      const image = b.readUInt32LE(at);
      const parent = b.readUInt32LE(at + 4);
      const flags = b.readUInt32LE(at + 8);
      const startedNs = b.readBigInt64LE(at + 12);
      const endedNs = b.readBigInt64LE(at + 20);
      const weakKey = b.toString("hex", at + 28, at + 28 + 32) as Digest;
      at += 60;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const path = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const cwd = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const task = b.toString("latin1", at + 4, stop);
      at = stop;
      if (at + 4 > end) return null;
      const argumentsLeftOut = b.readUInt32LE(at);
      at += 4;
      const argv = readList(b, at, end);
      if (argv === null) return null;
      at += 4 + argv.reduce((sum, item) => sum + 4 + item.length, 0);
      const changed = readList(b, at, end);
      if (changed === null) return null;
      return { kind: "slight", image, parent, flags, startedNs, endedNs, weakKey, path, cwd, task, argumentsLeftOut, argv, changed };
    }
    case 19: {
      if (at + 64 > end) return null;
      const weakKey = b.toString("hex", at, at + 32) as Digest;
      const strongKey = b.toString("hex", at + 32, at + 32 + 32) as Digest;
      return { kind: "task-planned", weakKey, strongKey };
    }
    case 18: {
      if (at + 4 > end) return null;
      return { kind: "left-out" };
    }
    case 20: {
      if (at + 156 > end) return null;
      const image = b.readUInt32LE(at);
      const isCounted = b.readUInt32LE(at + 4);
      const delayNs = b.readBigUInt64LE(at + 8);
      const systemNs = b.readBigUInt64LE(at + 16);
      const faults = b.readBigUInt64LE(at + 24);
      const diskFaults = b.readBigUInt64LE(at + 32);
      const readBytes = b.readBigUInt64LE(at + 40);
      const writtenBytes = b.readBigUInt64LE(at + 48);
      const peakBytes = b.readBigUInt64LE(at + 56);
      const childrenNs = b.readBigUInt64LE(at + 64);
      const pipeNs = b.readBigUInt64LE(at + 72);
      const lockNs = b.readBigUInt64LE(at + 80);
      const diskNs = b.readBigUInt64LE(at + 88);
      const networkNs = b.readBigUInt64LE(at + 96);
      const timerNs = b.readBigUInt64LE(at + 104);
      const eventsNs = b.readBigUInt64LE(at + 112);
      const tapNs = b.readBigUInt64LE(at + 120);
      const countersError = b.readUInt32LE(at + 128);
      const instructions = b.readBigUInt64LE(at + 132);
      const cycles = b.readBigUInt64LE(at + 140);
      const cacheMisses = b.readBigUInt64LE(at + 148);
      return { kind: "took", image, isCounted, delayNs, systemNs, faults, diskFaults, readBytes, writtenBytes, peakBytes, childrenNs, pipeNs, lockNs, diskNs, networkNs, timerNs, eventsNs, tapNs, countersError, instructions, cycles, cacheMisses };
    }
    case 64: {
      if (at + 12 > end) return null;
      const question = b.readUInt32LE(at);
      const verdict = b.readUInt32LE(at + 4);
      const code = b.readInt32LE(at + 8);
      at += 12;
      if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;
      const streams = b.toString("latin1", at + 4, stop);
      return { kind: "answer", question, verdict, code, streams };
    }
    case 65: {
      const chunks = readChunks(b, at, end);
      if (chunks === null) return null;
      return { kind: "release", chunks };
    }
    default:
      return null;
  }
}

/** `frame`: what follows the length, that is the kind and the fields. */
export function decodeMessage(frame: Buffer): Result<Message, Failure> {
  const kind = frame.length >= 4 ? frame.readUInt32LE(0) : 0;
  const message = readMessage(kind, frame, 4, frame.length);
  if (message !== null) return ok(message);
  const found = `${frame.length} bytes of kind ${kind}`;
  return fail({ code: "message-damaged", message: `Cannot read a message between Fathom's own processes: found ${found}` });
}

function putU32(out: Buffer[], value: number): void {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value >>> 0);
  out.push(bytes);
}

const putI32 = putU32; // The same four bytes.

function putU64(out: Buffer[], value: number | bigint): void {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(BigInt(value));
  out.push(bytes);
}

const putI64 = (out: Buffer[], value: bigint): void => putU64(out, BigInt.asUintN(64, value));

function putBYTES32(out: Buffer[], value: Digest): void {
  out.push(Buffer.from(value, "hex"));
}

function putSTR(out: Buffer[], value: string): void {
  const bytes = Buffer.from(value, "latin1");
  putU32(out, bytes.length);
  out.push(bytes);
}

function putLIST(out: Buffer[], value: readonly string[]): void {
  putU32(out, value.length);
  for (const item of value) putSTR(out, item);
}

function putSTREAMS(out: Buffer[], value: Streams): void {
  for (const stream of value) {
    putU32(out, stream.kind);
    putU32(out, stream.access);
    putU64(out, stream.dev);
    putU64(out, stream.ino);
  }
}

function putCHUNKS(out: Buffer[], value: readonly ChunkPlace[]): void {
  putU32(out, value.length);
  for (const place of value) {
    putU64(out, place.offset);
    putU64(out, place.bytes);
  }
}

/** The whole frame, its length included. */
export function encodeMessage(message: Message): Buffer {
  const out: Buffer[] = [];
  switch (message.kind) {
    case "hello":
      putU32(out, 1);
      putU32(out, message.version);
      putU32(out, message.ledgerVersion);
      putU32(out, message.flags);
      putU32(out, message.verifyPercent);
      putU32(out, message.verifySeed);
      putU32(out, message.pid);
      putSTR(out, message.workspace);
      putSTR(out, message.home);
      putSTR(out, message.temporary);
      putSTR(out, message.cwd);
      putSTR(out, message.store);
      putLIST(out, message.command);
      break;
    case "ask":
      putU32(out, 2);
      putU32(out, message.question);
      putU32(out, message.image);
      putU32(out, message.parent);
      putU32(out, message.pid);
      putU64(out, message.seq);
      putI64(out, message.startedNs);
      putBYTES32(out, message.weakKey);
      putU32(out, message.umask);
      putU32(out, message.flags);
      putSTREAMS(out, message.streams);
      putLIST(out, message.inherited);
      putSTR(out, message.path);
      putSTR(out, message.cwd);
      putLIST(out, message.argv);
      putLIST(out, message.env);
      break;
    case "exec":
      putU32(out, 3);
      putU32(out, message.question);
      putU32(out, message.image);
      putU32(out, message.parent);
      putU32(out, message.pid);
      putU64(out, message.seq);
      putI64(out, message.startedNs);
      putBYTES32(out, message.weakKey);
      putU32(out, message.umask);
      putU32(out, message.flags);
      putSTREAMS(out, message.streams);
      putLIST(out, message.inherited);
      putSTR(out, message.path);
      putSTR(out, message.cwd);
      putLIST(out, message.argv);
      putLIST(out, message.env);
      break;
    case "end":
      putU32(out, 4);
      putU32(out, message.image);
      putU32(out, message.how);
      putI32(out, message.code);
      putU32(out, message.successor);
      putU64(out, message.exitSeq);
      putI64(out, message.endedNs);
      putU64(out, message.cpuNs);
      putU32(out, message.flags);
      putCHUNKS(out, message.chunks);
      break;
    case "preserve":
      putU32(out, 5);
      putU32(out, message.question);
      putU32(out, message.image);
      putI64(out, message.atNs);
      putSTR(out, message.path);
      break;
    case "kept":
      putU32(out, 21);
      putU32(out, message.image);
      putI64(out, message.atNs);
      putBYTES32(out, message.content);
      putSTR(out, message.state);
      putSTR(out, message.path);
      break;
    case "mapped":
      putU32(out, 22);
      putU32(out, message.image);
      putU64(out, message.dev);
      putU64(out, message.ino);
      break;
    case "done":
      putU32(out, 6);
      putU32(out, message.how);
      putI32(out, message.code);
      putU64(out, message.processes);
      putU64(out, message.notifications);
      putI64(out, message.startedNs);
      putI64(out, message.endedNs);
      putU64(out, message.supervisorNs);
      break;
    case "planned":
      putU32(out, 16);
      putU32(out, message.units);
      putU64(out, message.savedNs);
      break;
    case "slight":
      putU32(out, 17);
      putU32(out, message.image);
      putU32(out, message.parent);
      putU32(out, message.flags);
      putI64(out, message.startedNs);
      putI64(out, message.endedNs);
      putBYTES32(out, message.weakKey);
      putSTR(out, message.path);
      putSTR(out, message.cwd);
      putSTR(out, message.task);
      putU32(out, message.argumentsLeftOut);
      putLIST(out, message.argv);
      putLIST(out, message.changed);
      break;
    case "task-planned":
      putU32(out, 19);
      putBYTES32(out, message.weakKey);
      putBYTES32(out, message.strongKey);
      break;
    case "left-out":
      putU32(out, 18);
      putU32(out, 0);
      break;
    case "took":
      putU32(out, 20);
      putU32(out, message.image);
      putU32(out, message.isCounted);
      putU64(out, message.delayNs);
      putU64(out, message.systemNs);
      putU64(out, message.faults);
      putU64(out, message.diskFaults);
      putU64(out, message.readBytes);
      putU64(out, message.writtenBytes);
      putU64(out, message.peakBytes);
      putU64(out, message.childrenNs);
      putU64(out, message.pipeNs);
      putU64(out, message.lockNs);
      putU64(out, message.diskNs);
      putU64(out, message.networkNs);
      putU64(out, message.timerNs);
      putU64(out, message.eventsNs);
      putU64(out, message.tapNs);
      putU32(out, message.countersError);
      putU64(out, message.instructions);
      putU64(out, message.cycles);
      putU64(out, message.cacheMisses);
      break;
    case "answer":
      putU32(out, 64);
      putU32(out, message.question);
      putU32(out, message.verdict);
      putI32(out, message.code);
      putSTR(out, message.streams);
      break;
    case "release":
      putU32(out, 65);
      putCHUNKS(out, message.chunks);
      break;
  }
  const body = Buffer.concat(out);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}
