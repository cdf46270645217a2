// Bytes of a trace -> the trace. The bytes are a file that anybody may have
// damaged: whatever does not fit is a failure, never an exception, and never more
// memory than a few times what the bytes themselves take.

import process from "node:process";
import { digest, type Digest } from "../base/digest.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { TraceReader } from "./bytes.ts";
import { CHANGE_KINDS, changeFrom, COUNTERS, FATE, MISS, passedOf, subjectOf, TAG } from "./codes.ts";
import { DIGEST_BYTES, FRONT_BYTES, HAS_CHANGED, HAS_LOOKED, LENGTH_AT, SALT_AT, SALT_BYTES, TRACE_MAGIC, UNIT_BYTES, VARIABLE_BYTES, VERSION_AT, WEAK_KEY_BYTES } from "./encode.ts";
import type { Order, Span, Touch } from "./touch.ts";
import {
  ENVIRONMENTS_MAX, SAID_BYTES_MAX, SOUGHT_MAX, TRACE_VERSION, UNPACKED_BYTES_MAX, USED_MAX, WAITS,
  type FailedLook, type PathChange, type ProcessDifference, type ProcessFate, type ProcessMiss, type RunHead, type Took, type Trace, type TracedProcess, type Wait,
} from "./trace.ts";

const damaged = (id: string): Failure => ({
  code: "trace-damaged", message: `Cannot read the trace of run "${id}": its bytes are not in the form this version writes`, advice: "What it told is lost; later runs are not affected",
});

/** Source: zlib's technical details; nothing is packed closer. */
const DEFLATE_RATIO_MAX = 1032;

/** Environments between two that are kept whole. */
const ENVIRONMENT_STEPS = 64;
/** Put together and not forgotten yet: a build has few that many processes share. */
const ENVIRONMENTS_KEPT = 64;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Growing = Writable<Omit<TracedProcess, "changes" | "touched">> & { changes: PathChange[]; touched: Touch[] };

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
  readonly #strings: readonly string[];
  readonly #environments: (() => ReadonlyMap<string, string>)[] = [];
  readonly #processes = new Map<number, Growing>();

  constructor(reader: TraceReader, strings: readonly string[]) {
    this.#reader = reader;
    this.#strings = strings;
    const pairs: (readonly [string, string])[] = [];
    for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) pairs.push([this.#string(), reader.hex(VARIABLE_BYTES)]);
    this.#readEnvironments(pairs);
  }

  /** As lists of changes; each is put together when somebody asks for it. */
  #readEnvironments(pairs: readonly (readonly [string, string])[]): void {
    const reader = this.#reader;
    const steps: { readonly removed: readonly number[]; readonly added: readonly number[] }[] = [];
    const list = (): number[] => {
      const numbers: number[] = [];
      for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) {
        const pair = reader.number();
        if (pair >= pairs.length) reader.isDamaged = true;
        numbers.push(pair);
      }
      return numbers;
    };
    const count = reader.count();
    if (count > ENVIRONMENTS_MAX) reader.isDamaged = true;
    for (let left = count; left > 0 && !reader.isDamaged; left--) steps.push({ removed: list(), added: list() });
    const apply = (held: Set<number>, from: number, to: number): Set<number> => {
      for (const { removed, added } of steps.slice(from, to)) {
        for (const pair of removed) held.delete(pair);
        for (const pair of added) held.add(pair);
      }
      return held;
    };
    // Who asks for all of them would walk all steps each time.
    const marks: ReadonlySet<number>[] = [new Set()];
    const heldAt = (last: number): ReadonlySet<number> => {
      const mark = Math.floor(last / ENVIRONMENT_STEPS);
      for (let next = marks.length; next <= mark; next++) marks.push(apply(new Set(marks[next - 1]), (next - 1) * ENVIRONMENT_STEPS, next * ENVIRONMENT_STEPS));
      return apply(new Set(marks[mark]), mark * ENVIRONMENT_STEPS, last);
    };
    const put = (last: number): ReadonlyMap<string, string> => {
      const variables = new Map<string, string>();
      for (const pair of heldAt(last)) {
        const known = pairs[pair];
        if (known !== undefined) variables.set(known[0], known[1]);
      }
      return variables;
    };
    const kept = new Map<number, ReadonlyMap<string, string>>();
    for (let last = 1; last <= steps.length; last++) {
      this.#environments.push(() => {
        const variables = kept.get(last) ?? put(last);
        // Asked for last stands last.
        kept.delete(last);
        kept.set(last, variables);
        const [oldest] = kept.keys();
        if (kept.size > ENVIRONMENTS_KEPT && oldest !== undefined) kept.delete(oldest);
        return variables;
      });
    }
  }

  listings(): ReadonlyMap<Digest, string> {
    const listings = new Map<Digest, string>();
    for (let left = this.#reader.count(); left > 0 && !this.#reader.isDamaged; left--) {
      const digest = this.#digest();
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
    const parent = reader.number();
    const startedUs = lastStartedUs + reader.number() - reader.number();
    const [program, cwd, task] = [this.#string(), this.#string(), this.#string()];
    const environment = reader.number();
    if (environment > this.#environments.length || startedUs < 0) reader.isDamaged = true;
    const umask = reader.number();
    const roles = [reader.number(), reader.number()] as const;
    const bits = reader.number();
    const weakKey = reader.hex(WEAK_KEY_BYTES);
    const argumentsLeftOut = reader.number();
    const argv: string[] = [];
    for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) argv.push(this.#string());
    const variablesOf = this.#environments[environment - 1];
    return {
      image, parent, startedUs, end: null, program, cwd, argv, argumentsLeftOut, umask, roles, task: task === "" ? null : task,
      get variables() { return variablesOf?.() ?? null; },
      weakKey, isBound: (bits & 1) !== 0, isUncached: (bits & 2) !== 0, isSlight: (bits & 4) !== 0, fate: { kind: "unknown" }, miss: null, changes: [], changesLeftOut: 0, looked: [], took: null, used: [], replaced: [],
      order: null, touched: [], failed: null,
    };
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
        for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) {
          const how = CHANGE_KINDS[reader.number()];
          const at = this.#string();
          if (how === undefined) reader.isDamaged = true;
          else process.changes.push({ how, at });
        }
        return;
      }
      case TAG.looked: {
        const looked: string[] = [];
        for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) looked.push(this.#string());
        process.looked = looked;
        return;
      }
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
    for (let left = reader.count(); left > 0 && !reader.isDamaged; left--) {
      const at = this.#string();
      const bits = reader.number();
      const looked = (bits & HAS_LOOKED) === 0 ? null : this.#span(began);
      const changed = (bits & HAS_CHANGED) === 0 ? null : this.#span(began);
      process.touched.push({ at, did: bits & (HAS_LOOKED - 1), looked, changed });
    }
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

  #fate(): ProcessFate {
    switch (this.#reader.number()) {
      case FATE.planned: return { kind: "planned" };
      case FATE.replayed: return { kind: "replayed", strongKey: this.#digest() };
      case FATE.stored: return { kind: "stored", strongKey: this.#digest() };
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
    const strongKey = this.#digest();
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
    const listings = hasListings ? { was: this.#digest(), now: this.#digest() } : null;
    if (kind === undefined || what === undefined) this.#reader.isDamaged = true;
    else into.push({ kind, name, what, listings });
  }

  #digest(): Digest {
    return digest(this.#reader.hex(DIGEST_BYTES));
  }

  #string(): string {
    const known = this.#strings[this.#reader.number()];
    if (known === undefined) this.#reader.isDamaged = true;
    return known ?? "";
  }
}
