// A run as one file, for another machine: its trace, and the entries that it names with
// their path sets; no contents. What is read of such a file never gets into a store: it
// answers questions, and nothing is replayed from it. Bytes: docs/reference/trace-format.md.

import process from "node:process";
import { digestOf, isDigest, type Digest } from "../base/digest.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { decodeEntry, encodeEntry, isNamed, type Entry } from "../cache/entry.ts";
import { decodeSet, encodeSet, type PathSet } from "../cache/facts.ts";
import { TraceReader, TraceWriter } from "./bytes.ts";
import { decodeTrace } from "./decode.ts";
import type { Ground } from "./ground.ts";
import { isRunId } from "./runs.ts";
import type { Trace } from "./trace.ts";

const MAGIC = "FRUN";
const VERSION = 1;
/** Magic, version, SHA-256 of what follows. */
const FRONT_BYTES = 37;
/** Of the file, and of what it is unpacked into. */
export const PORTABLE_BYTES_MAX = 256 * 1024 * 1024;

export interface PortableRun {
  readonly id: string;
  readonly trace: Trace;
  readonly records: Ground["records"];
}

function keysIn({ traced }: Trace): readonly Digest[] {
  const keys = new Set<Digest>();
  for (const { fate, miss } of traced) {
    if ("strongKey" in fate) keys.add(fate.strongKey);
    if (miss !== null && "strongKey" in miss) keys.add(miss.strongKey);
  }
  return [...keys].sort();
}

/** Entries that were collected meanwhile are left out. */
export function encodePortable(id: string, traceBytes: Buffer, trace: Trace, records: Ground["records"]): Buffer {
  const entries = new TraceWriter();
  const sets = new Map<Digest, Buffer>();
  let count = 0;
  for (const key of keysIn(trace)) {
    const entry = records.entry(key);
    const set = entry === null ? null : records.set(entry.weakKey, entry.set);
    if (entry === null || set === null) continue;
    const bytes = encodeEntry(entry);
    entries.hex(key).number(bytes.length).raw(bytes);
    sets.set(entry.set, encodeSet(set.subjects));
    count += 1;
  }
  const body = new TraceWriter().text(id).number(traceBytes.length).raw(traceBytes).number(sets.size);
  for (const bytes of sets.values()) body.number(bytes.length).raw(bytes);
  body.number(count).raw(entries.buffer());
  const packed = process.getBuiltinModule("node:zlib").deflateRawSync(body.buffer());
  return Buffer.concat([Buffer.from(`${MAGIC}${String.fromCharCode(VERSION)}`, "latin1"), Buffer.from(digestOf(packed), "hex"), packed]);
}

const damaged = (what: string): { readonly ok: false; readonly failure: Failure } => fail({
  code: "run-file-damaged", message: `Cannot read a run from this file: ${what}`, advice: "Export it again, with \"fathom runs export\" of the same version",
});

/** Any bytes: whatever is not what its name says is damage. */
export function decodePortable(bytes: Buffer): Result<PortableRun, Failure> {
  if (bytes.length < FRONT_BYTES || bytes.toString("latin1", 0, 4) !== MAGIC) return damaged("it is not one that \"fathom runs export\" wrote");
  if (bytes[4] !== VERSION) return damaged(`it has version ${String(bytes[4])}, this Fathom knows ${String(VERSION)}`);
  const packed = bytes.subarray(FRONT_BYTES);
  if (digestOf(packed) !== bytes.toString("hex", 5, FRONT_BYTES)) return damaged("its bytes are not those that were written");
  const body = unpack(packed);
  if (body === null) return damaged("it cannot be unpacked");
  const reader = new TraceReader(body);
  const id = reader.text();
  const traceBytes = reader.raw(reader.count());
  if (!isRunId(id)) return damaged("it names no run");
  const trace = decodeTrace(traceBytes, id);
  if (!trace.ok) return trace;
  const sets = new Map<Digest, PathSet>();
  for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) {
    const set = decodeSet(reader.raw(reader.count()));
    if (!set.ok) return set;
    sets.set(set.value.digest, set.value);
  }
  const entries = new Map<Digest, Entry>();
  for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) {
    const key = reader.hex(32);
    const entry = decodeEntry(reader.raw(reader.count()));
    if (!entry.ok) return entry;
    if (!isDigest(key) || !isNamed(entry.value, key)) return damaged("an entry in it is not the one that its name says");
    entries.set(key, entry.value);
  }
  if (!reader.isFinished()) return damaged("it ends too early, or too late");
  return ok({ id, trace: trace.value, records: { entry: (key) => entries.get(key) ?? null, set: (_weakKey, digest) => sets.get(digest) ?? null } });
}

function unpack(packed: Buffer): Buffer | null {
  try {
    return process.getBuiltinModule("node:zlib").inflateRawSync(packed, { maxOutputLength: PORTABLE_BYTES_MAX });
  } catch {
    return null; // What zlib says of damage helps nobody.
  }
}
