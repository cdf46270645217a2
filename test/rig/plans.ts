// Plans are kept in witnesses. Tests count them, damage them and take them out,
// in the bytes that are in the store.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { decodeWitness, encodeWitness, type Witness } from "../../src/cache/witness.ts";
import { decodeFrame, encodeFrame } from "../../src/store/frame.ts";

const KIND = "witnesses";

/** Null: damaged. */
function witnessAt(path: string): Witness | null {
  const frame = decodeFrame(KIND, basename(path), readFileSync(path));
  return frame.ok ? decodeWitness(frame.value) : null;
}

const isPlanned = (path: string): boolean => witnessAt(path)?.sets.some(({ plan }) => plan !== null) === true;

/** Paths of the witnesses that have one. */
export function plansIn(store: string): readonly string[] {
  const folder = join(store, KIND);
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)).filter(isPlanned) : [];
}

export function removePlan(path: string): void {
  const witness = witnessAt(path);
  assert.ok(witness !== null);
  writeFileSync(path, encodeFrame(KIND, basename(path), encodeWitness({ ...witness, sets: witness.sets.map((set) => ({ ...set, plan: null })) })));
}

/** What the frame holds, which is made anew around what becomes of it. */
export function forge(path: string, change: (payload: Buffer) => Buffer): void {
  const frame = decodeFrame(KIND, basename(path), readFileSync(path));
  assert.ok(frame.ok);
  writeFileSync(path, encodeFrame(KIND, basename(path), change(Buffer.from(frame.value))));
}
