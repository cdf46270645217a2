// Reads everything that a store holds and compares it with what its name says.
// What is unsound is taken out, so that it is a miss from then on, and named.

import { isDigest } from "../base/digest.ts";
import type { Store } from "../store/store.ts";
import { decodeEntry, isNamed } from "./entry.ts";
import { decodeKey, KIND, lackingBlob, pathSetOf } from "./records.ts";
import { decodeWitness, NO_WITNESS } from "./witness.ts";

export interface Finding {
  /** Kind and name: "blobs/<digest>", "entries/<strong key>", ... */
  readonly what: string;
  readonly found: string;
}

export interface Audit {
  readonly blobs: number;
  readonly records: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
}

const SET_ASIDE = "its content is not what was stored; set aside";
const UNREADABLE = "it is not in the form that this version writes; removed";

/** Null: sound. */
function unsoundness(store: Store, kind: string, name: string, payload: Buffer): string | null {
  switch (kind) {
    case KIND.keys: {
      const sets = decodeKey(payload);
      return sets.length > 0 && sets.every((set) => pathSetOf(set) !== null) ? null : UNREADABLE;
    }
    case KIND.entries: {
      const entry = decodeEntry(payload);
      if (!entry.ok || !isDigest(name) || !isNamed(entry.value, name)) return UNREADABLE;
      const lacking = lackingBlob(store, entry.value);
      return lacking === null || !store.hasRecord(kind, name) ? null : `it needs blobs/${lacking}, which is not there; removed`;
    }
    default:
      return decodeWitness(payload) === NO_WITNESS ? UNREADABLE : null;
  }
}

export function audit(store: Store, onRead: (files: number) => void): Audit {
  const blobs = store.files("blobs");
  const findings: Finding[] = store.auditBlobs(onRead).map((name) => ({ what: `blobs/${name}`, found: SET_ASIDE }));
  let [records, bytes] = [0, blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)];
  for (const kind of Object.values(KIND)) {
    for (const { name, sizeBytes } of store.files(kind)) {
      const read = store.getRecord(kind, name);
      records++;
      bytes += sizeBytes;
      if (!read.ok && read.failure.code === "record-missing") continue; // Somebody removed it meanwhile.
      if (!read.ok) {
        findings.push({ what: `${kind}/${name}`, found: read.failure.code === "record-newer" ? "a newer Fathom made it; left alone" : SET_ASIDE });
        continue;
      }
      const found = unsoundness(store, kind, name, read.value);
      if (found === null) continue;
      store.removeRecord(kind, name);
      findings.push({ what: `${kind}/${name}`, found });
    }
    onRead(blobs.length + records);
  }
  return { blobs: blobs.length, records, bytes, findings };
}
