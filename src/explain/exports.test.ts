// What is written for Perfetto and speedscope is read by the rules of those formats,
// and has every process once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { PARTS } from "./breakdown.ts";
import { ROOTS, traceOf } from "./fake-trace.ts";
import { perfettoOf } from "./perfetto.ts";
import { spansOf } from "./spans.ts";
import { speedscopeOf } from "./speedscope.ts";

const end = (endedUs: number): { endedUs: number; how: number; code: number; successor: number; cpuUs: number } => ({ endedUs, how: 0, code: 0, successor: 0, cpuUs: 10 });
const TRACE = traceOf("1", [
  { image: 1, program: "/usr/bin/make", argv: ["make"], end: end(300) },
  { image: 2, parent: 1, startedUs: 10, end: end(100), argv: ["cc", "-c", "ä.c"].map((word) => Buffer.from(word).toString("latin1")) },
  { image: 3, parent: 1, startedUs: 120, end: end(250), argv: ["cc", "a.o"], used: [2] },
]);

type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const value = type === WireType.LengthDelimited ? reader.bytes() : BigInt(type === WireType.Bit64 ? reader.fixed64() : reader.uint64());
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const message = (fields: Fields, field: number): Fields | null => {
  const [first] = fields.get(field) ?? [];
  return first instanceof Uint8Array ? fieldsOf(first) : null;
};
const text = (fields: Fields, field: number): string => Buffer.from((fields.get(field) ?? []).flatMap((value) => (value instanceof Uint8Array ? [...value] : []))).toString("utf8");

test("Perfetto gets a track for each process, a slice on it, and an arrow from writer to reader", () => {
  const packets = (fieldsOf(perfettoOf(TRACE, spansOf(TRACE), { roots: ROOTS })).get(1) ?? []).map((packet) => (packet instanceof Uint8Array ? fieldsOf(packet) : assert.fail()));
  const tracks = packets.flatMap((packet) => message(packet, 60) ?? []);
  assert.deepEqual(tracks.map((track) => [track.get(1), message(track, 3)?.get(1)]), [[[1n], [1n]], [[2n], [2n]], [[3n], [3n]]]);
  const events = packets.flatMap((packet) => { const event = message(packet, 11); return event === null ? [] : [{ at: packet.get(8)?.[0], event }]; });
  const kinds = events.map(({ event }) => [event.get(9)?.[0], event.get(11)?.[0], event.get(47) ?? []]);
  assert.deepEqual(kinds, [[1n, 1n, []], [2n, 1n, []], [1n, 2n, []], [2n, 2n, [1n]], [1n, 3n, [1n]], [2n, 3n, []]]);
  assert.deepEqual(events.map(({ at }) => Number((typeof at === "bigint" ? at : assert.fail()) - TRACE.startedNs) / 1000), [0, 300, 10, 100, 120, 250]);
  assert.equal(text(events[2]?.event ?? new Map(), 23), "cc -c 'ä.c'");
});

test("speedscope gets each process below who started it, with weights that are all of its time but its children's", () => {
  const { shared, profiles } = speedscopeOf(TRACE, spansOf(TRACE), { roots: ROOTS });
  const [{ samples, weights, endValue } = assert.fail()] = profiles;
  const named = samples.map((stack, index) => [stack.map((frame) => shared.frames[frame]?.name).join(";"), weights[index]]);
  assert.deepEqual(named, [["make;(cpu)", 10], ["make;(unknown)", 70], ["make;cc;(cpu)", 10], ["make;cc;(unknown)", 80], ["make;cc;(cpu)", 10], ["make;cc;(unknown)", 120]]);
  assert.equal(endValue, weights.reduce((sum, weight) => sum + weight, 0));
  assert.ok(PARTS.includes("children") && !named.some(([name]) => String(name).includes("(children)")));
});
