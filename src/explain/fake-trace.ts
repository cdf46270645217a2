// For tests: traces in few words.

import { digestOf, type Digest } from "../base/digest.ts";
import { absPath } from "../base/path.ts";
import { Roots } from "../cache/roots.ts";
import { decodeTrace } from "./decode.ts";
import { TraceEncoder, type Beginning } from "./encode.ts";
import type { Ground } from "./ground.ts";
import type { Trace, TracedProcess } from "./trace.ts";

export const ROOTS = new Roots(absPath("/w"), absPath("/h"), absPath("/tmp"));
export const keyOf = (text: string): Digest => digestOf(Buffer.from(text));
export const SALT = "00112233445566778899aabbccddeeff";

export const BEGINNING: Beginning = {
  image: 1, parent: 0, startedUs: 0, program: "/usr/bin/cc", cwd: "\x01W", argv: ["cc", "-c", "a.c"], argumentsLeftOut: 0, umask: 0o22, roles: [3, 3], task: null, environment: 0,
  weakKey: "0123456789abcdef", isBound: false, isUncached: false, isSlight: false,
};

export const HEAD = {
  startedNs: 1_700_000_000_123_456_789n, wallUs: 1500, command: ["make", "-j2"], cwd: "/w", flags: 0, exit: { how: 0, code: 0 }, processes: 1, replayed: 0, ran: 1, notStored: 0, savedUs: 0, salt: SALT,
};

/** As it comes out of the bytes. */
export function traceOf(id: string, processes: readonly Partial<TracedProcess>[], head: Partial<typeof HEAD> = {}): Trace {
  const encoder = new TraceEncoder();
  for (const [index, process] of processes.entries()) {
    const image = process.image ?? index + 1;
    const startedUs = process.startedUs ?? index * 100;
    encoder.began({ ...BEGINNING, ...process, image, startedUs, environment: environmentIn(encoder, process.variables) });
    encoder.ended(image, process.end ?? { endedUs: startedUs + 50, how: 0, code: 0, successor: 0, cpuUs: 20 });
    if (process.fate !== undefined) encoder.came(image, process.fate);
    if (process.miss !== undefined && process.miss !== null) encoder.missed(image, process.miss);
    encoder.changed(image, process.changes ?? []);
    if (process.took !== undefined && process.took !== null) encoder.took(image, process.took);
    encoder.used(image, process.used ?? [], process.replaced ?? []);
    encoder.looked(image, process.looked ?? []);
    encoder.touched({ image, order: process.order ?? null, touches: process.touched ?? [] });
    if (process.failed !== undefined && process.failed !== null) encoder.failed(image, process.failed);
    if (process.unplanned !== undefined) encoder.unplanned(image, process.unplanned);
  }
  const decoded = decodeTrace(encoder.finish({ ...HEAD, ...head }), id);
  if (!decoded.ok) throw new Error(decoded.failure.message);
  return decoded.value;
}

function environmentIn(encoder: TraceEncoder, variables: TracedProcess["variables"] | undefined): number {
  if (variables === undefined || variables === null) return 0;
  return encoder.environment(new Set([...variables].map(([name, digest]) => encoder.pair(name, digest))));
}

/** Newest first. */
export const groundOf = (...traces: readonly Trace[]): Ground => ({
  before: (id) => traces.filter((trace) => id === null || trace.id < id), records: { entry: () => null, set: () => null }, roots: ROOTS, newest: traces[0]?.id ?? null, isSamePlace: (one, other) => one === other, contentNow: (tokens) => tokens.map(() => null),
});
