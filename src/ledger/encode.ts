// Records -> bytes, as the guest library and the supervisor write them. Fathom
// itself only reads ledgers; this is for tests and for who writes another tap.
// Driven by the field table, so that it checks the generated reader.

import { ALIGN_BYTES, FIELDS, HEAD_BYTES, type LedgerRecord } from "./layout.ts";

type Field = string | number | bigint | null | undefined;

const number = (bytes: number, write: (buffer: Buffer) => void): Buffer => {
  const buffer = Buffer.alloc(bytes);
  write(buffer);
  return buffer;
};

function fieldBytes(type: string, value: Field): Buffer {
  if (type === "STR") {
    const text = Buffer.from(String(value), "latin1");
    return Buffer.concat([number(4, (b) => b.writeUInt32LE(text.length)), text]);
  }
  if (type === "SIG") return value === null ? Buffer.alloc(48) : Buffer.from(String(value), "latin1");
  if (type === "U32") return number(4, (b) => b.writeUInt32LE(Number(value ?? 0)));
  if (type === "I32") return number(4, (b) => b.writeInt32LE(Number(value ?? 0)));
  return number(8, (b) => b.writeBigUInt64LE(BigInt(String(value ?? 0))));
}

export function encodeRecord(record: LedgerRecord): Buffer {
  const { id, fields } = FIELDS[record.kind];
  const values = new Map<string, Field>(Object.entries(record));
  const body = Buffer.concat(fields.map(([type, name]) => fieldBytes(type, values.get(name))));
  const bytes = Buffer.alloc(Math.ceil((HEAD_BYTES + body.length) / ALIGN_BYTES) * ALIGN_BYTES);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(id, 4);
  bytes.writeUInt16LE(record.flags, 6);
  bytes.writeBigUInt64LE(BigInt(record.seq), 8);
  body.copy(bytes, HEAD_BYTES);
  return bytes;
}
