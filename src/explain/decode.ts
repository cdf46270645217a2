// Bytes of a trace -> the trace. The bytes are a file that anybody may have
// damaged: whatever does not fit is a failure, never an exception, and never more
// memory than a few times what the bytes themselves take.

import process from "node:process";
import type { Digest } from "../base/digest.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { TraceReader } from "./bytes.ts";
import { CHANGE_KINDS, changeFrom, COUNTERS, FATE, MISS, passedOf, subjectOf, TAG } from "./codes.ts";
import { FRONT_BYTES, HAS_CHANGED, HAS_LOOKED, LENGTH_AT, SALT_AT, SALT_BYTES, TRACE_MAGIC, UNIT_BYTES, VARIABLE_BYTES, VERSION_AT, WEAK_KEY_BYTES } from "./encode.ts";
import { environmentsIn } from "./decode-environments.ts";
import type { Order, Span, Touch } from "./touch.ts";
import {
  SAID_BYTES_MAX, SOUGHT_MAX, TRACE_VERSION, UNPACKED_BYTES_MAX, UNPLANNED_MAX, USED_MAX, WAITS,
  type FailedLook, type PathChange, type ProcessDifference, type ProcessFate, type ProcessMiss, type RunHead, type Took, type Trace, type TracedProcess, type UnplannedTask, type Wait,
} from "./trace.ts";

const damaged = (id: string): Failure => ({
  code: "trace-damaged", message: `Cannot read the trace of run "${id}": its bytes are not in the form this version writes`, advice: "What it told is lost; later runs are not affected",
});

/** Source: zlib's technical details; nothing is packed closer. */
const DEFLATE_RATIO_MAX = 1032;

/** Shared: nobody puts anything into it. */
const NOTHING: never[] = [];
const NO_ROLES: TracedProcess["roles"] = [0, 0];
const UNKNOWN_FATE: ProcessFate = { kind: "unknown" };

/** A class, and lists only where there is something: of ten thousand, each with five empty lists and a getter of its own, half the time would go into making and moving them. */
class Growing implements TracedProcess {
  image = 0;
  parent = 0;
  startedUs = 0;
  end: TracedProcess["end"] = null;
  program = "";
  cwd = "";
  argv: readonly string[] = NOTHING;
  argumentsLeftOut = 0;
  umask = 0;
  roles: TracedProcess["roles"] = NO_ROLES;
  task: string | null = null;
  weakKey = "";
  isBound = false;
  isUncached = false;
  isSlight = false;
  fate: ProcessFate = UNKNOWN_FATE;
  miss: ProcessMiss | null = null;
  changes: PathChange[] = NOTHING;
  changesLeftOut = 0;
  looked: readonly string[] = NOTHING;
  took: Took | null = null;
  used: readonly number[] = NOTHING;
  replaced: readonly number[] = NOTHING;
  order: Order | null = null;
  touched: Touch[] = NOTHING;
  failed: FailedLook | null = null;
  unplanned: readonly UnplannedTask[] = NOTHING;
  #variables: (() => ReadonlyMap<string, string>) | null = null;

  get variables(): ReadonlyMap<string, string> | null {
    return this.#variables?.() ?? null;
  }

  livesIn(variables: (() => ReadonlyMap<string, string>) | undefined): void {
    this.#variables = variables ?? null;
  }
}

interface Unpacked {
  readonly salt: string;
  readonly body: Buffer;
}

function unpack(bytes: Buffer, id: string): Result<Unpacked, Failure> {
  if (bytes.length < FRONT_BYTES || bytes.toString("latin1", 0, VERSION_AT) !== TRACE_MAGIC) return fail(damaged(id));
  const version = bytes.readUInt32LE(VERSION_AT);
  if (version !== TRACE_VERSION) {
    const message = `Cannot read the trace of run "${id}": it has version ${String(version)}, this Fathom knows ${String(TRACE_VERSION)}`;
    return fail({ code: "trace-version", message, advice: "Runs from now on can be asked about" });
  }
  const salt = bytes.toString("hex", SALT_AT, SALT_AT + SALT_BYTES);
  const length = bytes.readUInt32LE(LENGTH_AT);
  if (length > UNPACKED_BYTES_MAX) return fail(damaged(id));
  const packed = bytes.subarray(FRONT_BYTES);
  if (length > packed.length * DEFLATE_RATIO_MAX) return fail(damaged(id));
  if (packed.length === length) return ok({ salt, body: packed });
  try {
    const body = process.getBuiltinModule("node:zlib").inflateRawSync(packed, { maxOutputLength: Math.max(1, length) });
    return body.length === length ? ok({ salt, body }) : fail(damaged(id));
  } catch {
    return fail(damaged(id)); // What zlib says of damage helps nobody.
  }
}

/** What a list of runs shows. */
export function decodeHead(bytes: Buffer, id: string): Result<RunHead, Failure> {
  const unpacked = unpack(bytes, id);
  if (!unpacked.ok) return unpacked;
  const reader = new TraceReader(unpacked.value.body);
  const head = { ...readHead(reader, id), salt: unpacked.value.salt };
  return reader.isDamaged ? fail(damaged(id)) : ok(head);
}

export function decodeTrace(bytes: Buffer, id: string): Result<Trace, Failure> {
  const unpacked = unpack(bytes, id);
  if (!unpacked.ok) return unpacked;
  const reader = new TraceReader(unpacked.value.body);
  const head = { ...readHead(reader, id), salt: unpacked.value.salt };
  const strings: string[] = [];
  for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) strings.push(reader.text());
  const body = new Body(reader, strings);
  const listings = body.listings();
  const traced = body.processes();
  return reader.isFinished() ? ok({ ...head, traced, listings }) : fail(damaged(id));
}

function readHead(reader: TraceReader, id: string): Omit<RunHead, "salt"> {
  const startedNs = BigInt(reader.number()) * 1_000_000_000n + BigInt(reader.number());
  const wallUs = reader.number();
  const cwd = reader.text();
  const flags = reader.number();
  const exit = { how: reader.number(), code: reader.number() };
  const [processes, replayed, ran, notStored, savedUs] = [reader.number(), reader.number(), reader.number(), reader.number(), reader.number()];
  const isWhole = reader.number() === 1;
  const command: string[] = [];
  for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) command.push(reader.text());
  return { id, startedNs, wallUs, cwd, flags, exit, processes, replayed, ran, notStored, savedUs, isWhole, command };
}

class Body {
  readonly #reader: TraceReader;
  readonly #known: readonly string[];
  readonly #environments: readonly (() => ReadonlyMap<string, string>)[];
  readonly #processes = new Map<number, Growing>();

  constructor(reader: TraceReader, strings: readonly string[]) {
    this.#reader = reader;
    this.#known = strings;
    const pairs: (readonly [string, string])[] = [];
    for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) pairs.push([this.#string(), reader.hex(VARIABLE_BYTES)]);
    this.#environments = environmentsIn(reader, pairs);
  }

  listings(): ReadonlyMap<Digest, string> {
    const listings = new Map<Digest, string>();
    for (let left = this.#reader.count(); left > 0 && !this.#reader.isDamaged; left--) {
      const digest = this.#reader.digest();
      listings.set(digest, this.#reader.text());
    }
    return listings;
  }

  processes(): readonly TracedProcess[] {
    const reader = this.#reader;
    let lastStartedUs = 0;
    while (!reader.isAtEnd()) {
      const tag = reader.number();
      const image = reader.number();
      if (tag === TAG.began) {
        if (this.#processes.has(image)) reader.isDamaged = true;
        const process = this.#began(image, lastStartedUs);
        lastStartedUs = process.startedUs;
        this.#processes.set(image, process);
        continue;
      }
      const process = this.#processes.get(image);
      if (process === undefined) reader.isDamaged = true;
      else this.#told(tag, process);
    }
    return [...this.#processes.values()];
  }

  #began(image: number, lastStartedUs: number): Growing {
    const reader = this.#reader;
    const process = new Growing();
    process.image = image;
    process.parent = reader.number();
    process.startedUs = lastStartedUs + reader.number() - reader.number();
    process.program = this.#string();
    process.cwd = this.#string();
    process.task = this.#string() || null;
    const environment = reader.number();
    process.livesIn(this.#environments[environment - 1]);
    if (environment > this.#environments.length || process.startedUs < 0) reader.isDamaged = true;
    process.umask = reader.number();
    process.roles = [reader.number(), reader.number()];
    const bits = reader.number();
    process.isBound = (bits & 1) !== 0;
    process.isUncached = (bits & 2) !== 0;
    process.isSlight = (bits & 4) !== 0;
    process.weakKey = reader.hex(WEAK_KEY_BYTES);
    process.argumentsLeftOut = reader.number();
    process.argv = this.#strings();
    return process;
  }

  #told(tag: number, process: Growing): void {
    const reader = this.#reader;
    switch (tag) {
      case TAG.ended:
        process.end = { endedUs: reader.number(), how: reader.number(), code: reader.number(), successor: reader.number(), cpuUs: reader.number() };
        return;
      case TAG.came:
        process.fate = this.#fate();
        return;
      case TAG.missed:
        process.miss = this.#miss();
        return;
      case TAG.changed: {
        process.changesLeftOut += reader.number();
        const changes = process.changes.length === 0 ? [] : process.changes;
        for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) {
          const how = CHANGE_KINDS[reader.number()];
          const at = this.#string();
          if (how === undefined) reader.isDamaged = true;
          else changes.push({ how, at });
        }
        process.changes = changes;
        return;
      }
      case TAG.looked:
        process.looked = this.#strings();
        return;
      case TAG.touched:
        this.#touched(process);
        return;
      case TAG.took:
        process.took = this.#took();
        return;
      case TAG.used:
        process.used = this.#images();
        process.replaced = this.#images();
        return;
      case TAG.failed:
        process.failed = this.#failed();
        return;
      case TAG.unplanned:
        process.unplanned = this.#unplanned();
        return;
      default:
        reader.isDamaged = true;
    }
  }

  #took(): Took {
    const reader = this.#reader;
    const isCounted = reader.number() === 1;
    const counted = !isCounted ? null : {
      delayUs: reader.number(), systemUs: reader.number(), faults: reader.number(), diskFaults: reader.number(),
      readBytes: reader.number() * UNIT_BYTES, writtenBytes: reader.number() * UNIT_BYTES, peakBytes: reader.number() * UNIT_BYTES,
    };
    const waitedUs: Partial<Record<Wait, number>> = {};
    for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) {
      const wait = WAITS[reader.number()];
      const us = reader.number();
      if (wait === undefined) reader.isDamaged = true;
      else waitedUs[wait] = us;
    }
    return { counted, waitedUs, counters: this.#counters() };
  }

  #counters(): Took["counters"] {
    const reader = this.#reader;
    switch (reader.number()) {
      case COUNTERS.unread: return null;
      case COUNTERS.error: return reader.number();
      case COUNTERS.read: return { instructions: reader.number(), cycles: reader.number(), cacheMisses: reader.number() };
    }
    reader.isDamaged = true;
    return null;
  }

  #images(): readonly number[] {
    const images: number[] = [];
    const count = this.#reader.count();
    if (count > USED_MAX) this.#reader.isDamaged = true;
    for (let left = count; left > 0 && !this.#reader.isDamaged; left--) images.push(this.#reader.number());
    return images;
  }

  #touched(process: Growing): void {
    const reader = this.#reader;
    const began = reader.number() - 1;
    if (began >= 0) process.order = this.#order(began);
    const touched = process.touched.length === 0 ? [] : process.touched;
    for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) {
      const at = this.#string();
      const bits = reader.number();
      const looked = (bits & HAS_LOOKED) === 0 ? null : this.#span(began);
      const changed = (bits & HAS_CHANGED) === 0 ? null : this.#span(began);
      touched.push({ at, did: bits & (HAS_LOOKED - 1), looked, changed });
    }
    process.touched = touched;
  }

  #order(began: number): Order {
    const reader = this.#reader;
    const lasted = reader.number();
    const bits = reader.number();
    const [input, output, error] = (bits & 4) === 0 ? [0, 0, 0] : [reader.number(), reader.number(), reader.number()];
    return { began, ended: lasted === 0 ? 0 : began + lasted, links: { input, output, error, isLinked: (bits & 2) !== 0, hears: (bits & 1) !== 0 } };
  }

  #span(began: number): Span {
    const from = this.#reader.number();
    const first = Math.max(0, began) + (from % 2 === 0 ? from / 2 : -(from + 1) / 2);
    return [first, first + this.#reader.number()];
  }

  #failed(): FailedLook {
    const reader = this.#reader;
    const said = reader.text();
    const count = reader.count();
    if (said.length > SAID_BYTES_MAX || count > SOUGHT_MAX) reader.isDamaged = true;
    const sought: { at: string; isThere: boolean }[] = [];
    for (let left = count; left > 0 && !reader.isDamaged; left--) sought.push({ isThere: reader.number() === 1, at: this.#string() });
    return { said, sought };
  }

  #unplanned(): readonly UnplannedTask[] {
    const count = this.#reader.count();
    if (count > UNPLANNED_MAX) this.#reader.isDamaged = true;
    const reasons: UnplannedTask[] = [];
    for (let left = count; left > 0 && !this.#reader.isDamaged; left--) reasons.push({ code: this.#string(), detail: this.#string(), task: this.#string() || null });
    return reasons;
  }

  #fate(): ProcessFate {
    switch (this.#reader.number()) {
      case FATE.planned: return { kind: "planned" };
      case FATE.replayed: return { kind: "replayed", strongKey: this.#reader.digest() };
      case FATE.stored: return { kind: "stored", strongKey: this.#reader.digest() };
      case FATE.refused: return { kind: "refused", code: this.#string(), program: this.#string(), detail: this.#string() };
      case FATE.passed: {
        const reason = passedOf(this.#reader.number());
        if (reason !== undefined) return { kind: "passed", reason };
      }
    }
    this.#reader.isDamaged = true;
    return { kind: "unknown" };
  }

  #miss(): ProcessMiss {
    const kind = this.#reader.number();
    if (kind === MISS.gone) return { kind: "gone" };
    const strongKey = this.#reader.digest();
    switch (kind) {
      case MISS.verified: return { kind: "verified", strongKey };
      case MISS["not-replayed"]: return { kind: "not-replayed", strongKey, code: this.#string() };
      case MISS.differs: {
        const total = this.#reader.number();
        const differences: ProcessDifference[] = [];
        for (let left = this.#reader.count(); left > 0 && !this.#reader.isDamaged; left--) this.#difference(differences);
        return { kind: "differs", strongKey, differences, total };
      }
    }
    this.#reader.isDamaged = true;
    return { kind: "gone" };
  }

  #difference(into: ProcessDifference[]): void {
    const kind = subjectOf(this.#reader.number());
    const name = this.#string();
    const what = changeFrom(this.#reader.number());
    const hasListings = this.#reader.number() === 1;
    const listings = hasListings ? { was: this.#reader.digest(), now: this.#reader.digest() } : null;
    if (kind === undefined || what === undefined) this.#reader.isDamaged = true;
    else into.push({ kind, name, what, listings });
  }

  #strings(): readonly string[] {
    const strings: string[] = [];
    for (let left = this.#reader.count(); left > 0 && !this.#reader.isDamaged; left--) strings.push(this.#string());
    return strings;
  }

  #string(): string {
    const known = this.#known[this.#reader.number()];
    if (known === undefined) this.#reader.isDamaged = true;
    return known ?? "";
  }
}
