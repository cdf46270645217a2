// The text of src/tap/messages.ts.

import { kebab, pascal, type Definitions, type Entry, type Field } from "./definitions.ts";
import { isUnused, readerLines, typeOf } from "./fields.ts";

const messageType = (entry: Entry): string =>
  [
    `export interface ${pascal(entry.name)} {`,
    `  readonly kind: "${kebab(entry.name)}";`,
    ...entry.fields.filter((field) => !isUnused(field)).map((field) => `  readonly ${field.name}: ${typeOf(field)};`),
    "}",
  ].join("\n");

const messageCase = (entry: Entry): string =>
  [`    case ${entry.id}: {`, ...readerLines(entry, `kind: "${kebab(entry.name)}"`).map((line) => `      ${line}`), "    }"].join("\n");

const putField = (field: Field): string => `      put${field.type}(out, ${isUnused(field) ? "0" : `message.${field.name}`});`;

const putCase = (entry: Entry): string =>
  [`    case "${kebab(entry.name)}":`, `      putU32(out, ${entry.id});`, ...entry.fields.map(putField), "      break;"].join("\n");

export function messagesText(definitions: Definitions): string {
  const { messages, constants } = definitions;
  return `// Generated from native/protocol.def and native/protocol.h by scripts/generate.ts;
// edit those. One message is one frame on a pipe: u32 length of what follows,
// u32 kind, the fields. Strings are bytes, one character each.

import type { Digest } from "../base/digest.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";

export const PROTOCOL_VERSION = ${definitions.protocolVersion};
${constants.map((constant) => `export const ${constant.name} = ${constant.value};`).join("\n")}

/** One of the descriptors 0, 1 and 2. \`kind\` is one of STREAM_*; \`access\` is O_ACCMODE of its flags. */
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

${messages.map(messageType).join("\n\n")}

export type Message =
${messages.map((entry) => `  | ${pascal(entry.name)}`).join("\n")};

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
${messages.map(messageCase).join("\n")}
    default:
      return null;
  }
}

/** \`frame\`: what follows the length, that is the kind and the fields. */
export function decodeMessage(frame: Buffer): Result<Message, Failure> {
  const kind = frame.length >= 4 ? frame.readUInt32LE(0) : 0;
  const message = readMessage(kind, frame, 4, frame.length);
  if (message !== null) return ok(message);
  const found = \`\${frame.length} bytes of kind \${kind}\`;
  return fail({ code: "message-damaged", message: \`Cannot read a message between Fathom's own processes: found \${found}\` });
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
${messages.map(putCase).join("\n")}
  }
  const body = Buffer.concat(out);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}
`;
}
