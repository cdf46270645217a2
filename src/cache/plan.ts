// A plan: what was confirmed of the whole command, in a form that the supervisor
// can check without us (native/supervisor/plan.c; docs/reference/plan-format.md).
// It holds when every state is the very one that was seen, which is less than we
// would accept and never more: at the first difference the supervisor asks us.

import { sha256 } from "../base/digest.ts";
import { isSettled, STATE_BYTES, type Disk } from "../base/disk.ts";
import type { Clock } from "../base/clock.ts";
import { byteOrder, toBuffer } from "../base/path.ts";
import { SIGNATURE_BYTES, typeOf } from "../base/signature.ts";
import type { Store } from "../store/store.ts";
import { isVolatile, VOLATILE_NAMES, VOLATILE_PREFIXES } from "./environment.ts";
import { seal, writeModeSeal, writeSeal, type Seal } from "./seal.ts";
import type { Hit } from "./verify.ts";
import type { Confirmed } from "./witness.ts";
import { Writer } from "./wire.ts";

const HEAD = "FPLN\x01\0\0\0";
const MODE_AT = 40;

export interface PlanContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly store: Store;
}

/** A state that would not mean the same next time was sealed as zeros: see seal.ts. */
function isProven({ states }: Seal): boolean {
  for (let at = 0; at < states.length; at += STATE_BYTES) {
    if (states.readUInt32LE(at + SIGNATURE_BYTES) === 0 && states.readUInt32LE(at + MODE_AT) === 0) return false;
  }
  return true;
}

/** Values are secrets: only their digest is stored. Nothing of ours or make's is taken out, as a key does: equal bytes mean equal states. */
function environmentDigest(variables: readonly string[]): Buffer {
  const kept = variables.filter((variable) => !isVolatile(variable.split("=", 1)[0] ?? "")).sort(byteOrder);
  return sha256(toBuffer(kept.map((variable) => `${variable}\0`).join("")));
}

/** The blob with the output, in the state in which its content was compared with its name. Null: that cannot be told. */
function outputSeal({ entry }: Hit, { disk, clock, store }: PlanContext): Seal | null {
  if (entry.output === null) return seal([], disk);
  const path = store.blobPath(entry.output);
  const nowNs = clock.realtimeNs();
  const [before] = disk.signatures([path]);
  if (before === undefined || before === null || before === "error" || typeOf(before) !== "file" || !isSettled(before, nowNs)) return null;
  return store.checkedBlob(entry.output).ok ? seal([{ path, state: before }], disk) : null;
}

/** Null: something would not be proof next time, or is more than comparing can settle. */
export function encodePlan(hit: Hit, confirmed: Confirmed, variables: readonly string[], context: PlanContext): Buffer | null {
  const { entry } = hit;
  const { here, system, types, outputs } = confirmed;
  const output = entry.moves.length === 0 ? outputSeal(hit, context) : null;
  if (output === null || ![here, system, outputs.files, output].every(isProven)) return null;
  const list = (words: readonly string[]): Buffer => toBuffer(words.map((word) => `${word}\0`).join(""));
  const writer = new Writer().raw(HEAD).u32(entry.exitCode).u64(entry.cpuNs).raw(environmentDigest(variables).toString("latin1"));
  writer.block(list(VOLATILE_NAMES)).block(list(VOLATILE_PREFIXES));
  writeSeal(writer, output);
  writer.u32(3);
  for (const each of [here, system, outputs.files]) writeSeal(writer, each);
  writer.u32(2);
  for (const each of [types, outputs.directories]) writeModeSeal(writer, each);
  return writer.buffer();
}

/** Whether it was made by this version; the supervisor checks the rest as it reads. */
export const isPlan = (bytes: Buffer): boolean => bytes.toString("latin1", 0, HEAD.length) === HEAD;
