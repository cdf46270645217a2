// The text of src/ledger/layout.ts.

import { kebab, pascal, type Definitions, type Entry } from "./definitions.ts";
import { isUnused, readerLines, typeOf } from "./fields.ts";

const recordType = (entry: Entry): string =>
  [
    ...(entry.comment === "" ? [] : [`/** ${entry.comment} */`]),
    `export interface ${pascal(entry.name)}Record extends RecordHead {`,
    `  readonly kind: "${kebab(entry.name)}";`,
    ...entry.fields.filter((field) => !isUnused(field)).map((field) => `  readonly ${field.name}: ${typeOf(field)};`),
    "}",
  ].join("\n");

const recordCase = (entry: Entry): string =>
  [
    `    case ${entry.id}: {`,
    ...readerLines(entry, `kind: "${kebab(entry.name)}", seq, flags`).map((line) => `      ${line}`),
    "    }",
  ].join("\n");

const fieldList = (entry: Entry): string =>
  `  "${kebab(entry.name)}": { id: ${entry.id}, fields: [${entry.fields.map((field) => `["${field.type}", "${field.name}"]`).join(", ")}] },`;

export function layoutText(definitions: Definitions): string {
  const { records, flags, reasons, constants } = definitions;
  const streams = constants.filter((constant) => constant.name.startsWith("STREAM_"));
  const others = constants.filter((constant) => /^(EXEC|END)_/.test(constant.name));
  return `// Generated from native/ledger.def, native/ledger.h and native/protocol.h by
// scripts/generate.ts; edit those. What each record means: native/ledger.def and
// docs/reference/ledger-format.md. The reader is straight-line code because a
// run may bring a million records.

import type { Signature } from "../base/signature.ts";

export const LEDGER_VERSION = ${definitions.ledgerVersion};
export const HEAD_BYTES = 16;
export const ALIGN_BYTES = 8;

/** Bits of a record's \`flags\`. */
export const FLAGS = {
${flags.map((flag) => `  ${kebab(flag.name).replaceAll("-", "")}: ${flag.value},`).join("\n")}
} as const;

/** Why a process cannot be trusted to have been seen whole, by number. */
export const REASONS: ReadonlyMap<number, { readonly code: string; readonly text: string }> = new Map([
${reasons.map((reason) => `  [${reason.value}, { code: "${kebab(reason.name)}", text: "${reason.text}" }],`).join("\n")}
]);

/** Kinds of the three standard streams. */
export const STREAM = {
${streams.map((stream) => `  ${kebab(stream.name.slice(7))}: ${stream.value},`).join("\n")}
} as const;

${others.map((constant) => `export const ${constant.name} = ${constant.value};`).join("\n")}

interface RecordHead {
  /** Position in the total order of the run's records. */
  readonly seq: number;
  readonly flags: number;
}

${records.map(recordType).join("\n\n")}

export type LedgerRecord =
${records.map((entry) => `  | ${pascal(entry.name)}Record`).join("\n")};

/** Numbers and fields in wire order, for writers and for tests. */
export const FIELDS: Readonly<Record<LedgerRecord["kind"], { readonly id: number; readonly fields: readonly (readonly [string, string])[] }>> = {
${records.map(fieldList).join("\n")}
};

/** Null where nothing was there (mode 0). */
function signatureAt(b: Buffer, at: number): Signature | null {
  return b.readUInt32LE(at + 40) === 0 ? null : (b.toString("latin1", at, at + 48) as Signature);
}

/** The record of this kind whose fields lie in [at, end); null when they do not fit, or the kind is not known. */
export function readRecord(kind: number, flags: number, seq: number, b: Buffer, at: number, end: number): LedgerRecord | null {
  let stop = 0;
  switch (kind) {
${records.map(recordCase).join("\n")}
    default:
      return null;
  }
}
`;
}
