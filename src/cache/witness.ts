// A witness remembers, for one weak key at one place, in which signatures a set
// of facts was last confirmed. While every signature is equal there is nothing
// to hash and no index to open. It is a shortcut, never the truth: deleting it
// costs time only. It also remembers which entry was last stored or replayed
// here and what is left of all of them, so that another entry's replay can take
// it away, and has the plan by which the supervisor replays it without us.

import { digestOf, type Digest } from "../base/digest.ts";
import type { Disk, StateAt } from "../base/disk.ts";
import type { AbsPath } from "../base/path.ts";
import type { Signature } from "../base/signature.ts";
import type { Environment } from "./environment.ts";
import { kindCode, kindOf, permissionsFrom, stateFromRecord, typeFrom, type Fact } from "./facts.ts";
import { decodeLeft, encodeLeft, NOTHING_LEFT, type Left } from "./left.ts";
import { NAME_BYTES_MAX, STATE_BYTES_MAX, SUBJECTS_MAX, WITNESS_SETS_MAX } from "./limits.ts";
import { valueOf } from "./measure.ts";
import { isSystem, type Roots } from "./roots.ts";
import { modesHold, readModeSeal, readSeal, seal, sealHolds, sealModes, sealOnce, writeModeSeal, writeSeal, type ModeSeal, type Seal, type Sealed, type SealedMode } from "./seal.ts";
import type { SystemMemo } from "./tree.ts";
import { Reader, Writer } from "./wire.ts";

/** The files of an entry, in place. */
export interface Outputs {
  readonly files: Seal;
  readonly directories: ModeSeal;
}

export interface Confirmed {
  readonly set: Digest;
  readonly strongKey: Digest;
  readonly newestInputNs: bigint;
  /** Variables and roots, with their states. */
  readonly variables: readonly Fact[];
  /** Content, names, links and absences, below the roots. */
  readonly here: Seal;
  readonly system: Seal;
  /** Names `system`: what one unit has confirmed, another need not. */
  readonly systemName: Digest;
  readonly types: ModeSeal;
  readonly outputs: Outputs;
  /** The bytes of encodePlan. Null: the supervisor asks us. */
  readonly plan: Buffer | null;
}

export interface Witness {
  /** The entry whose effects are in place here, as far as is known. */
  readonly applied: Digest | null;
  /** Null: not known. */
  readonly left: Left | null;
  /** Most recently confirmed first. */
  readonly sets: readonly Confirmed[];
}

export const NO_WITNESS: Witness = { applied: null, left: NOTHING_LEFT, sets: [] };

/** A fact with what was seen of it. */
export interface Seen {
  readonly fact: Fact;
  /** Where that is on this machine; null: it is about no path. */
  readonly path: AbsPath | null;
  readonly signature: Signature | null;
  /** Whether an equal signature will mean that the fact holds. */
  readonly isProven: boolean;
  /** As Disk.states gave it then, where it was asked for at the very path of the fact. */
  readonly asSeen?: StateAt | null;
}

/** One witness for each place: another checkout has other inodes. */
export function witnessName(weakKey: Digest, roots: Roots): string {
  const place = digestOf(Buffer.from(`fathom witness 1\0${roots.workspace}\0${roots.pathOf("H") ?? ""}\0${roots.pathOf("T") ?? ""}`, "latin1"));
  return `${weakKey}-${place.slice(0, PLACE_DIGITS)}`;
}

/** Enough that two places of one machine do not meet by chance. */
const PLACE_DIGITS = 32;

/** The weak key in a witness's name. */
export const weakKeyOf = (name: string): string => name.slice(0, -PLACE_DIGITS - 1);

const MODE_OF_TYPE = { file: 0o100000, directory: 0o040000, link: 0o120000, fifo: 0o010000, socket: 0o140000, device: 0o020000 } as const;
const TYPE_BITS = 0o170000;
const PERMISSION_BITS = 0o7777;

export function confirm(
  keys: Pick<Confirmed, "set" | "strongKey" | "newestInputNs" | "outputs">, facts: readonly Seen[],
  { disk, memo }: { readonly disk: Disk; readonly memo: SystemMemo },
): Confirmed {
  const here: Sealed[] = [];
  const system: Sealed[] = [];
  const types: SealedMode[] = [];
  const variables: Fact[] = [];
  for (const { fact, path, signature, isProven, asSeen } of facts) {
    const [type, permissions] = [typeFrom(fact.state), fact.subject.kind === "permissions" ? permissionsFrom(fact.state) : null];
    if (path === null) variables.push(fact);
    else if (fact.subject.kind === "type" && type !== null) types.push({ path, mask: TYPE_BITS, mode: MODE_OF_TYPE[type] });
    else if (permissions !== null) types.push({ path, mask: TYPE_BITS | PERMISSION_BITS, mode: MODE_OF_TYPE.directory | permissions });
    else {
      const { kind } = fact.subject;
      const state = kind === "missing" ? null : kind === "denied" ? kind : isProven && signature !== null ? signature : "unproven";
      (isSystem(fact.subject.name) ? system : here).push({ path, state, asSeen: asSeen ?? null });
    }
  }
  const sealed = sealOnce(system, memo.sealed(), disk);
  return { ...keys, variables, here: seal(here, disk), system: sealed, systemName: nameOf(sealed), types: sealModes(types), plan: null };
}

export const nameOf = ({ paths, states }: Seal): Digest => digestOf(Buffer.concat([paths, states]));

/** True when every state is as it was confirmed. */
export function stillHolds(confirmed: Confirmed, ground: { readonly environment: Environment; readonly roots: Roots; readonly disk: Disk; readonly memo: SystemMemo }): boolean {
  const { disk, memo } = ground;
  if (!confirmed.variables.every(({ subject, state }) => valueOf(subject, ground) === state)) return false;
  const system = memo.confirmed();
  if (!system.has(confirmed.systemName)) {
    if (!sealHolds(confirmed.system, disk)) return false;
    system.add(confirmed.systemName);
  }
  return sealHolds(confirmed.here, disk) && modesHold(confirmed.types, disk);
}

const HEAD = "FWIT\x03\0\0\0";

const NO_PLAN = Buffer.alloc(0);

export function encodeWitness(witness: Witness): Buffer {
  const writer = new Writer().raw(HEAD).u8(witness.applied === null ? 0 : 1);
  if (witness.applied !== null) writer.digest(witness.applied);
  const sets = witness.sets.slice(0, WITNESS_SETS_MAX);
  writer.u8(sets.length);
  for (const confirmed of sets) {
    writer.digest(confirmed.set).digest(confirmed.strongKey).u64(confirmed.newestInputNs).u32(confirmed.variables.length);
    for (const { subject, state } of confirmed.variables) writer.u8(kindCode(subject.kind)).text(subject.name).text(state);
    writeSeal(writer, confirmed.here);
    writeSeal(writer.digest(confirmed.systemName), confirmed.system);
    writeModeSeal(writer, confirmed.types);
    writeSeal(writer, confirmed.outputs.files);
    writeModeSeal(writer, confirmed.outputs.directories);
    writer.block(confirmed.plan ?? NO_PLAN);
  }
  encodeLeft(writer, witness.left); // The supervisor reads no further than the sets.
  return writer.buffer();
}

/** Damage is as good as no witness. */
export function decodeWitness(bytes: Buffer): Witness {
  const reader = new Reader(bytes).expect(HEAD);
  const applied = reader.u8() === 1 ? reader.digest() : null;
  const sets: Confirmed[] = [];
  for (let left = Math.min(reader.u8(), WITNESS_SETS_MAX); left > 0 && !reader.isDamaged; left--) sets.push(decodeConfirmed(reader));
  const left = decodeLeft(reader);
  return reader.isFinished() ? { applied, left, sets } : NO_WITNESS;
}

function decodeConfirmed(reader: Reader): Confirmed {
  const set = reader.digest();
  const strongKey = reader.digest();
  const newestInputNs = reader.u64();
  const variables: Fact[] = [];
  for (let left = reader.count(SUBJECTS_MAX, 5); left > 0 && !reader.isDamaged; left--) {
    const kind = kindOf(reader.u8());
    if (kind === undefined) reader.isDamaged = true;
    else variables.push({ subject: { kind, name: reader.text(NAME_BYTES_MAX) }, state: stateFromRecord(reader.text(STATE_BYTES_MAX)) });
  }
  const here = readSeal(reader);
  const systemName = reader.digest();
  const system = readSeal(reader);
  const types = readModeSeal(reader);
  const outputs = { files: readSeal(reader), directories: readModeSeal(reader) };
  const plan = reader.block();
  return { set, strongKey, newestInputNs, variables, here, systemName, system, types, outputs, plan: plan.length === 0 ? null : plan };
}

/** What a replay has found in place, or put there. */
export function sealOutputs(files: readonly Sealed[], directories: readonly { readonly path: AbsPath; readonly permissions: number }[], disk: Disk): Outputs {
  return {
    files: seal(files, disk),
    directories: sealModes(directories.map(({ path, permissions }) => ({ path, mask: 0o177777, mode: MODE_OF_TYPE.directory | permissions }))),
  };
}

export const outputsHold = ({ files, directories }: Outputs, disk: Disk): boolean => sealHolds(files, disk) && modesHold(directories, disk);
