// Writes a trace while the run goes on. What has been told is bytes at once, so
// that a run of many processes takes little memory; strings, environments and
// listings are kept once.

import process from "node:process";
import type { Digest } from "../base/digest.ts";
import { TraceWriter } from "./bytes.ts";
import { CHANGE_CODES, CHANGE_KINDS, COUNTERS, FATE, MISS, PASSED_CODES, SUBJECT_CODES, TAG } from "./codes.ts";
import {
  ARGUMENTS_MAX, CHANGES_MAX, DIFFERENCES_MAX, ENVIRONMENTS_MAX, LISTING_BYTES_MAX, LISTINGS_BYTES_MAX, PROCESSES_MAX, STRINGS_BYTES_MAX, TRACE_VERSION, UNPLANNED_MAX, USED_MAX, WAITS,
  type FailedLook, type PathChange, type ProcessFate, type ProcessMiss, type RunHead, type Took, type TracedProcess, type UnplannedTask,
} from "./trace.ts";
import type { Span } from "./touch.ts";
import type { Touched } from "./touching.ts";

export const TRACE_MAGIC = "FTRC";
/** Magic, version, salt, length of what follows when it is unpacked. */
export const FRONT_BYTES = 28;
export const VERSION_AT = 4;
export const SALT_AT = 8;
export const LENGTH_AT = 24;
/** Of a variable's digest. */
export const VARIABLE_BYTES = 6;
export const SALT_BYTES = 16;
export const WEAK_KEY_BYTES = 8;
/** Beside the bits of what was done (touch.ts). */
export const HAS_LOOKED = 1 << 20;
export const HAS_CHANGED = 1 << 21;

export type Beginning = Pick<TracedProcess, "image" | "parent" | "startedUs" | "program" | "cwd" | "argv" | "umask" | "roles" | "task" | "weakKey" | "isBound" | "isUncached" | "isSlight" | "argumentsLeftOut"> & {
  /** From `environment`. */
  readonly environment: number;
};

/** Source: proc(5) counts what is read and written in blocks of 512 bytes or pages, and memory in kB. */
export const UNIT_BYTES = 512;

/** Less fits into a few blocks of a disk as it is, and zlib takes milliseconds to load. */
const DEFLATED_BYTES_MIN = 8 * 1024;
/** Level 3 takes half the time of level 6 and a tenth more bytes (measured on a trace of 1,000 compiles). */
const DEFLATE_LEVEL = 3;

export class TraceEncoder {
  readonly #events = new TraceWriter();
  readonly #strings = new Map<string, number>();
  readonly #stringBytes = new TraceWriter();
  readonly #pairs = new TraceWriter();
  #pairCount = 0;
  readonly #environments = new TraceWriter();
  #environmentCount = 0;
  #lastPairs: ReadonlySet<number> = new Set();
  readonly #listings = new TraceWriter();
  readonly #listed = new Set<Digest>();
  #processCount = 0;
  #lastStartedUs = 0;
  #isWhole = true;

  constructor() {
    this.#string("");
  }

  /** One variable, once: its number. */
  pair(name: string, digest: string): number {
    this.#pairs.number(this.#string(name)).hex(digest);
    this.#pairCount += 1;
    return this.#pairCount - 1;
  }

  /** Numbers of pairs; what differs from the environment before is written. 0: not kept. */
  environment(pairs: ReadonlySet<number>): number {
    if (this.#environmentCount === ENVIRONMENTS_MAX) return 0;
    const added = [...pairs].filter((pair) => !this.#lastPairs.has(pair));
    const removed = [...this.#lastPairs].filter((pair) => !pairs.has(pair));
    for (const list of [removed, added]) {
      this.#environments.number(list.length);
      for (const pair of list) this.#environments.number(pair);
    }
    this.#lastPairs = pairs;
    this.#environmentCount += 1;
    return this.#environmentCount;
  }

  /** False: the process is beyond the limit, and nothing more need be said of it. */
  began(start: Beginning): boolean {
    if (this.#processCount === PROCESSES_MAX) {
      this.#isWhole = false;
      return false;
    }
    this.#processCount += 1;
    const kept = start.argv.slice(0, ARGUMENTS_MAX);
    // Execs are told in the order in which they succeeded, not in which they were begun.
    const later = Math.max(0, start.startedUs - this.#lastStartedUs);
    const earlier = Math.max(0, this.#lastStartedUs - start.startedUs);
    this.#lastStartedUs = start.startedUs;
    this.#events.number(TAG.began).number(start.image).number(start.parent).number(later).number(earlier)
      .number(this.#string(start.program)).number(this.#string(start.cwd)).number(this.#string(start.task ?? "")).number(start.environment)
      .number(start.umask).number(start.roles[0]).number(start.roles[1]).number((start.isBound ? 1 : 0) | (start.isUncached ? 2 : 0) | (start.isSlight ? 4 : 0)).hex(start.weakKey)
      .number(start.argumentsLeftOut + start.argv.length - kept.length).number(kept.length);
    for (const argument of kept) this.#events.number(this.#string(argument));
    return true;
  }

  ended(image: number, end: NonNullable<TracedProcess["end"]>): void {
    this.#events.number(TAG.ended).number(image).number(end.endedUs).number(end.how).number(end.code).number(end.successor).number(end.cpuUs);
  }

  came(image: number, fate: ProcessFate): void {
    if (fate.kind === "unknown") return;
    this.#events.number(TAG.came).number(image).number(FATE[fate.kind]);
    switch (fate.kind) {
      case "planned": return;
      case "replayed": case "stored":
        this.#events.hex(fate.strongKey);
        return;
      case "refused":
        this.#events.number(this.#string(fate.code)).number(this.#string(fate.program)).number(this.#string(fate.detail));
        return;
      case "passed":
        this.#events.number(PASSED_CODES.get(fate.reason) ?? 0);
        return;
    }
  }

  missed(image: number, miss: ProcessMiss): void {
    this.#events.number(TAG.missed).number(image).number(MISS[miss.kind]);
    if (miss.kind === "gone") return;
    this.#events.hex(miss.strongKey);
    if (miss.kind === "not-replayed") this.#events.number(this.#string(miss.code));
    if (miss.kind !== "differs") return;
    const kept = miss.differences.slice(0, DIFFERENCES_MAX);
    this.#events.number(miss.total).number(kept.length);
    for (const { kind, name, what, listings } of kept) {
      this.#events.number(SUBJECT_CODES.get(kind) ?? 0).number(this.#string(name)).number(CHANGE_CODES.get(what) ?? 0).number(listings === null ? 0 : 1);
      if (listings !== null) this.#events.hex(listings.was).hex(listings.now);
    }
  }

  changed(image: number, changes: readonly PathChange[]): void {
    if (changes.length === 0) return;
    const kept = changes.slice(0, CHANGES_MAX);
    this.#events.number(TAG.changed).number(image).number(changes.length - kept.length).number(kept.length);
    for (const { how, at } of kept) this.#events.number(CHANGE_KINDS.indexOf(how)).number(this.#string(at));
  }

  looked(image: number, at: readonly string[]): void {
    if (at.length === 0) return;
    this.#events.number(TAG.looked).number(image).number(at.length);
    for (const each of at) this.#events.number(this.#string(each));
  }

  took(image: number, { counted, counters, waitedUs }: Took): void {
    this.#events.number(TAG.took).number(image).number(counted === null ? 0 : 1);
    if (counted !== null) {
      const { delayUs, systemUs, faults, diskFaults, readBytes, writtenBytes, peakBytes } = counted;
      this.#events.number(delayUs).number(systemUs).number(faults).number(diskFaults).number(Math.ceil(readBytes / UNIT_BYTES)).number(Math.ceil(writtenBytes / UNIT_BYTES)).number(Math.ceil(peakBytes / UNIT_BYTES));
    }
    const waits = WAITS.flatMap((wait, code) => ((waitedUs[wait] ?? 0) > 0 ? [{ code, us: waitedUs[wait] ?? 0 }] : []));
    this.#events.number(waits.length);
    for (const { code, us } of waits) this.#events.number(code).number(us);
    if (counters === null) this.#events.number(COUNTERS.unread);
    else if (typeof counters === "number") this.#events.number(COUNTERS.error).number(counters);
    else this.#events.number(COUNTERS.read).number(counters.instructions).number(counters.cycles).number(counters.cacheMisses);
  }

  used(image: number, used: readonly number[], replaced: readonly number[]): void {
    if (used.length === 0 && replaced.length === 0) return;
    this.#events.number(TAG.used).number(image);
    for (const list of [used, replaced]) {
      const kept = list.slice(0, USED_MAX);
      if (kept.length < list.length) this.#isWhole = false;
      this.#events.number(kept.length);
      for (const each of kept) this.#events.number(each);
    }
  }

  touched({ image, order, touches }: Touched): void {
    if (order === null && touches.length === 0) return;
    const events = this.#events.number(TAG.touched).number(image).number(order === null ? 0 : order.began + 1);
    if (order !== null) {
      const { began, ended, links } = order;
      const channels = [links.input, links.output, links.error];
      const hasChannels = channels.some((channel) => channel !== 0);
      events.number(ended < began ? 0 : ended - began).number((links.hears ? 1 : 0) | (links.isLinked ? 2 : 0) | (hasChannels ? 4 : 0));
      if (hasChannels) for (const channel of channels) events.number(channel);
    }
    events.number(touches.length);
    for (const { at, did, looked, changed } of touches) {
      events.number(this.#string(at)).number(did | (looked === null ? 0 : HAS_LOOKED) | (changed === null ? 0 : HAS_CHANGED));
      for (const span of [looked, changed]) if (span !== null) this.#span(span, order?.began ?? 0);
    }
  }

  /** Most are later than the beginning, and short. */
  #span([first, last]: Span, began: number): void {
    this.#events.number(first >= began ? (first - began) * 2 : (began - first) * 2 - 1).number(last - first);
  }

  failed(image: number, { said, sought }: FailedLook): void {
    this.#events.number(TAG.failed).number(image).text(said).number(sought.length);
    for (const { at, isThere } of sought) this.#events.number(isThere ? 1 : 0).number(this.#string(at));
  }

  unplanned(image: number, reasons: readonly UnplannedTask[]): void {
    const kept = reasons.slice(0, UNPLANNED_MAX);
    this.#events.number(TAG.unplanned).number(image).number(kept.length);
    for (const { code, detail, task } of kept) this.#events.number(this.#string(code)).number(this.#string(detail)).number(this.#string(task ?? ""));
  }

  /** Names in a directory. What is too much is left out: then it is said that they are not known. */
  listing(digest: Digest, names: string): void {
    if (this.#listed.has(digest) || names.length > LISTING_BYTES_MAX || this.#listings.sizeBytes + names.length > LISTINGS_BYTES_MAX) return;
    this.#listed.add(digest);
    this.#listings.hex(digest).text(names);
  }

  /** Something is not in the trace. */
  leftOut(): void {
    this.#isWhole = false;
  }

  hasListing(digest: Digest): boolean {
    return this.#listed.has(digest);
  }

  finish(head: Omit<RunHead, "isWhole" | "id">): Buffer {
    const { exit, startedNs } = head;
    const body = new TraceWriter();
    body.number(Number(startedNs / 1_000_000_000n)).number(Number(startedNs % 1_000_000_000n)).number(head.wallUs).text(head.cwd).number(head.flags)
      .number(exit.how).number(exit.code).number(head.processes).number(head.replayed).number(head.ran).number(head.notStored).number(head.savedUs)
      .number(this.#isWhole ? 1 : 0).number(head.command.length);
    for (const word of head.command) body.text(word);
    body.number(this.#strings.size).raw(this.#stringBytes.buffer());
    body.number(this.#pairCount).raw(this.#pairs.buffer());
    body.number(this.#environmentCount).raw(this.#environments.buffer());
    body.number(this.#listed.size).raw(this.#listings.buffer());
    body.raw(this.#events.buffer());
    const bytes = body.buffer();
    const front = Buffer.alloc(FRONT_BYTES);
    front.write(TRACE_MAGIC, "latin1");
    front.writeUInt32LE(TRACE_VERSION, VERSION_AT);
    front.write(head.salt, SALT_AT, "hex");
    front.writeUInt32LE(bytes.length, LENGTH_AT);
    if (bytes.length < DEFLATED_BYTES_MIN) return Buffer.concat([front, bytes]);
    const packed = process.getBuiltinModule("node:zlib").deflateRawSync(bytes, { level: DEFLATE_LEVEL });
    return Buffer.concat([front, packed.length < bytes.length ? packed : bytes]);
  }

  /** "" where there is no more room. */
  #string(value: string): number {
    const known = this.#strings.get(value);
    if (known !== undefined) return known;
    if (this.#stringBytes.sizeBytes + value.length > STRINGS_BYTES_MAX) {
      this.#isWhole = false;
      return 0;
    }
    const number = this.#strings.size;
    this.#strings.set(value, number);
    this.#stringBytes.text(value);
    return number;
  }
}
