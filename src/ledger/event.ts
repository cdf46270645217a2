// What a fold walks through: records in the order of the run, with paths either
// raw (this image's own) or real (a descendant's, folded before). A descendant
// hands up only what its own fold found to matter.

import { EACCES } from "../base/disk.ts";
import { signatureOf, type FileType, type Signature } from "../base/signature.ts";
import type { AbsPath } from "../base/path.ts";
import type { Footprint, Observation } from "./footprint.ts";
import type { ImageStart } from "./image.ts";
import { FLAGS, type LedgerRecord } from "./layout.ts";
import { Timeline, type Events } from "./timeline.ts";

type Without<Kind extends LedgerRecord["kind"]> = Exclude<LedgerRecord, { readonly kind: Kind }>;
type Unplaced<Of> = Of extends unknown ? Omit<Of, "seq"> : never;

/** What concerns files. Without its place in the order of the run: equal looks of many programs are one object. */
export type FileRecord = Unplaced<Without<"env" | "env-all" | "stream-wrote" | "stream-read" | "doubt">>;

/** A replayed entry changed this path; the state before is not known here. */
export interface Touched {
  readonly kind: "touched";
  readonly flags: number;
  readonly path: AbsPath;
}

/** An image below this one started here; what its program is comes from the world. */
export interface Executed {
  readonly kind: "executed";
  readonly flags: number;
  readonly start: Pick<ImageStart, "path" | "startedNs">;
}

export interface Event {
  readonly record: FileRecord | Touched | Executed;
  /** Basename of the program that did it. */
  readonly program: string;
  /** "timed": by a program to which times are facts. "executed": started as a program or interpreter. */
  readonly role: "plain" | "timed" | "executed";
}

/** Without what else is known of the start: its environment would be kept for each process. */
export const executedEvent = ({ path, startedNs }: Executed["start"], program: string): Event => ({ record: { kind: "executed", flags: 0, start: { path, startedNs } }, program, role: "executed" });

export const isFileRecord = (record: LedgerRecord): record is Extract<LedgerRecord, { readonly kind: FileRecord["kind"] }> => record.kind !== "env" && record.kind !== "env-all" && record.kind !== "stream-wrote" && record.kind !== "stream-read" && record.kind !== "doubt";

const MODES: Readonly<Record<FileType, number>> = {
  file: 0o100000,
  directory: 0o040000,
  link: 0o120000,
  fifo: 0o010000,
  socket: 0o140000,
  device: 0o020000,
};

/** A state of which only the type is known. */
export const signatureOfType = (type: FileType): Signature => signatureOf({ mode: MODES[type] });

function recordOf(observation: Observation): FileRecord {
  const head = { flags: FLAGS.nofollow, path: observation.path };
  switch (observation.kind) {
    case "content":
      return { ...head, kind: "opened", file: observation.signature };
    case "missing":
      return { ...head, kind: "missing", error: 2 };
    case "denied":
      return { ...head, kind: "missing", error: EACCES };
    case "listed":
      return { ...head, kind: "listed", directory: signatureOfType("directory"), names: observation.names };
    case "link":
      return { ...head, kind: "readlink", error: 0, target: observation.target };
    case "permissions":
      return { ...head, kind: "stated", file: signatureOf({ mode: 0o040000 | observation.permissions }) };
    case "type":
      return { ...head, kind: "typed", file: signatureOfType(observation.type) };
  }
}

/** An entry that stood in for a process, as if it had been done in one moment: first all it relied on, then all it changed. */
export function eventsOfReplay(footprint: Omit<Footprint, "doubts">, seq: number, program: string): Events {
  const events = new Timeline();
  for (const observation of footprint.observations) {
    const record = recordOf(observation);
    const role = observation.kind === "permissions" || (observation.kind === "content" && observation.timed) ? "timed" : "plain";
    events.add({ record, program, role }, seq);
  }
  const moved = signatureOfType("directory");
  for (const move of footprint.moves) {
    events.add({ record: { kind: "renamed", flags: 0, moved, replaced: null, from: move.from, to: move.to }, program, role: "plain" }, seq);
  }
  for (const path of footprint.touched) events.add({ record: { kind: "touched", flags: 0, path }, program, role: "plain" }, seq);
  return events;
}
