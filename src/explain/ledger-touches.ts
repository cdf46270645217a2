// What one image did to paths, and when.

import { parentOf, isAbsPath } from "../base/path.ts";
import { identityOf } from "../base/signature.ts";
import { FLAGS, type LedgerRecord } from "../ledger/layout.ts";
import { plain, type LedgerReading, type LookKind } from "./ledger-reading.ts";
import { CHANGES, DID } from "./touch.ts";

export interface LedgerTouch {
  did: number;
  looked: [number, number] | null;
  changed: [number, number] | null;
}

export interface LedgerTouches {
  readonly paths: ReadonlyMap<string, LedgerTouch>;
  /** Names that files had, by device and inode (`identityOf`), as far as records tell. */
  readonly identities: ReadonlyMap<string, string>;
}

const LOOKED: Readonly<Record<LookKind, number>> = { opened: DID.read, stated: DID.found, typed: DID.found, listed: DID.listed, missing: DID.sought, readlink: DID.found };

export function touchesOf({ looks, changes }: Pick<LedgerReading, "looks" | "changes">): LedgerTouches {
  const gathered = new Gathered();
  for (const { kind, path, seq, isLock, isChannel } of looks) if (!isChannel) gathered.look(path, isLock ? DID.locked : LOOKED[kind], seq);
  for (const record of changes) gathered.change(record);
  return gathered;
}

class Gathered implements LedgerTouches {
  readonly paths = new Map<string, LedgerTouch>();
  readonly identities = new Map<string, string>();

  look(path: string, did: number, seq: number): void {
    const touch = this.#at(path);
    touch.did |= did;
    touch.looked = spanWith(touch.looked, seq);
  }

  change(record: LedgerRecord): void {
    switch (record.kind) {
      case "wrote":
        if (record.before !== null) this.identities.set(identityOf(record.before), plain(record.path));
        return this.#change(record.path, ((record.flags & FLAGS.truncated) !== 0 ? DID.wrote : DID.updated) | (record.before === null ? DID.created : 0), record.seq);
      case "removed": return this.#change(record.path, DID.removed, record.seq);
      case "made-dir": case "made-link": case "made-node": return this.#change(record.path, DID.made | DID.created, record.seq);
      case "linked":
        this.look(plain(record.from), DID.found, record.seq);
        return this.#change(record.to, DID.published | DID.created, record.seq);
      case "renamed":
        if (record.moved !== null) this.identities.set(identityOf(record.moved), plain(record.from));
        this.#change(record.from, DID.removed, record.seq);
        return this.#change(record.to, DID.published | (record.replaced === null ? DID.created : 0), record.seq);
      case "changed": {
        const touch = this.#at(plain(record.path));
        touch.did |= DID.marked;
        return;
      }
      default: return;
    }
  }

  #change(text: string, did: number, seq: number): void {
    const path = plain(text);
    const touch = this.#at(path);
    const isFirst = (touch.did & CHANGES) === 0;
    // Whether something was there counts for the first change only.
    touch.did |= isFirst ? did : did & ~DID.created;
    touch.changed = spanWith(touch.changed, seq);
    if ((did & (DID.created | DID.removed)) === 0 || !isAbsPath(path) || path === "/") return;
    const folder = this.#at(parentOf(path));
    folder.did |= DID.names;
    folder.changed = spanWith(folder.changed, seq);
  }

  #at(path: string): LedgerTouch {
    let touch = this.paths.get(path);
    if (touch === undefined) this.paths.set(path, touch = { did: 0, looked: null, changed: null });
    return touch;
  }
}

const spanWith = (span: [number, number] | null, seq: number): [number, number] => (span === null ? [seq, seq] : [Math.min(span[0], seq), Math.max(span[1], seq)]);
