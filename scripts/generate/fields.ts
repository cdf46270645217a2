// What each field type of the .def files is in TypeScript, and the straight-line
// code that reads it. Ledger and protocol share it, so a type means one thing.
//
// Generated readers work on `b` (a Buffer), `at` (where the next field starts),
// `stop` (where a string ends) and `end`; anything that does not fit in `end` returns null.

import type { Entry, Field } from "./definitions.ts";

/** Places kept for alignment or later use; they are on the wire and nowhere else. */
export const isUnused = (field: Field): boolean => field.name === "unused";

const TYPES: Readonly<Record<string, string>> = {
  U32: "number",
  I32: "number",
  U64: "bigint",
  I64: "bigint",
  SIG: "Signature | null",
  STR: "string",
  BYTES32: "Digest",
  LIST: "readonly string[]",
  STREAMS: "Streams",
  CHUNKS: "readonly ChunkPlace[]",
};

/** Counts that stay far below 2^53; the reader refuses larger ones. Times, dev and ino are bigint. */
const COUNTS = new Set(["seq", "exitSeq", "cpuNs", "processes", "notifications"]);
const isCount = (field: Field): boolean => field.type === "U64" && COUNTS.has(field.name);

export function typeOf(field: Field): string {
  if (isCount(field)) return "number";
  const type = TYPES[field.type];
  if (type === undefined) throw new Error(`Cannot generate: there is no type for the field "${field.type}(${field.name})"`);
  return type;
}

const WIDTHS: Readonly<Record<string, number>> = { U32: 4, I32: 4, U64: 8, I64: 8, SIG: 48, BYTES32: 32 };

const FIXED: Readonly<Record<string, (at: string) => string>> = {
  U32: (at) => `b.readUInt32LE(${at})`,
  I32: (at) => `b.readInt32LE(${at})`,
  U64: (at) => `b.readBigUInt64LE(${at})`,
  I64: (at) => `b.readBigInt64LE(${at})`,
  SIG: (at) => `signatureAt(b, ${at})`,
  BYTES32: (at) => `b.toString("hex", ${at}, ${at} + 32) as Digest`,
};

const VARIABLE: Readonly<Record<string, string>> = { LIST: "readList", STREAMS: "readStreams", CHUNKS: "readChunks" };

/** What a field of changing size takes on the wire, in bytes. */
const SIZES: Readonly<Record<string, (name: string) => string>> = {
  LIST: (name) => `4 + ${name}.reduce((sum, item) => sum + 4 + item.length, 0)`,
  STREAMS: () => "72",
  CHUNKS: (name) => `4 + 16 * ${name}.length`,
};

/** Of the fields of one size up to the first that has none. */
function fixedBytes(fields: readonly Field[]): number {
  const end = fields.findIndex(({ type }) => WIDTHS[type] === undefined || FIXED[type] === undefined);
  return fields.slice(0, end < 0 ? fields.length : end).reduce((sum, { type }) => sum + (WIDTHS[type] ?? 0), 0);
}

/** Statements that read the fields of an entry, and return the object that `result` describes. */
export function readerLines(entry: Entry, result: string): string[] {
  const lines: string[] = [];
  let offset = 0;
  const place = (): string => (offset === 0 ? "at" : `at + ${offset}`);
  const settle = (): void => {
    if (offset > 0) lines.push(`at += ${offset};`);
    offset = 0;
  };
  for (const [index, field] of entry.fields.entries()) {
    const width = WIDTHS[field.type];
    const fixed = FIXED[field.type];
    if (width !== undefined && fixed !== undefined) {
      if (offset === 0) lines.push(`if (at + ${fixedBytes(entry.fields.slice(index))} > end) return null;`);
      if (!isUnused(field)) lines.push(`const ${field.name} = ${isCount(field) ? `countAt(b, ${place()})` : fixed(place())};`);
      if (isCount(field)) lines.push(`if (${field.name} < 0) return null;`);
      offset += width;
    } else if (field.type === "STR") {
      settle();
      lines.push(
        "if (at + 4 > end || (stop = at + 4 + b.readUInt32LE(at)) > end) return null;",
        `const ${field.name} = b.toString("latin1", at + 4, stop);`,
        "at = stop;",
      );
    } else {
      settle();
      lines.push(
        `const ${field.name} = ${VARIABLE[field.type]}(b, at, end);`,
        `if (${field.name} === null) return null;`,
        `at += ${SIZES[field.type]?.(field.name)};`,
      );
    }
  }
  if (lines.at(-1)?.startsWith("at ") === true) lines.pop(); // Nobody reads on.
  const names = entry.fields.filter((field) => !isUnused(field)).map((field) => field.name);
  lines.push(`return { ${[result, ...names].join(", ")} };`);
  return lines;
}
