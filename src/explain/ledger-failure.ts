// Of a process that failed, what it said and which paths it looked at, out of the
// bytes of its ledger: nothing is stored of it that could tell later.

import { isAbsPath } from "../base/path.ts";
import { isIgnoredState } from "../cache/programs.ts";
import type { Roots } from "../cache/roots.ts";
import { LedgerDecoder } from "../ledger/decode.ts";
import { plain } from "./ledger-reading.ts";
import { SAID_BYTES_MAX, SOUGHT_MAX, type FailedLook } from "./trace.ts";

const STDERR = 2;

/** Of what a compiler says the first error tells most, and what comes behind it the least. */
const NAMES_ERROR = /^.*\b(error|fatal|failed)\b/im;
/** Of what is not at the end: where the first error may be. */
const FRONT_BYTES_MAX = 256 * 1024;

class Said {
  #front = "";
  #end = "";

  add(bytes: string): void {
    this.#front += bytes.slice(0, FRONT_BYTES_MAX - this.#front.length);
    this.#end = (this.#end + bytes.slice(-SAID_BYTES_MAX)).slice(-SAID_BYTES_MAX);
  }

  /** The end; of what was longer the first error before it. */
  excerpt(): string {
    const at = this.#front.length <= SAID_BYTES_MAX ? -1 : this.#front.search(NAMES_ERROR);
    if (at < 0) return this.#end;
    const half = SAID_BYTES_MAX / 2;
    return `${this.#front.slice(at, at + half - 1)}\n${this.#end.slice(-half)}`;
  }
}

export function readFailure(chunks: readonly Buffer[], roots: Pick<Roots, "tokenise">): FailedLook {
  const decoded = new LedgerDecoder().decode(chunks);
  const sought = new Map<string, boolean>();
  const [said, complained] = [new Said(), new Said()];
  for (const record of decoded.ok ? decoded.value.records : []) {
    switch (record.kind) {
      case "stream-wrote":
        (record.fd === STDERR ? complained : said).add(record.bytes);
        break;
      case "opened": case "stated": case "typed": case "listed": case "readlink": case "missing": {
        const path = plain(record.path);
        const at = isAbsPath(path) ? roots.tokenise(path) : "";
        if (at.startsWith("\x01W/") && !isIgnoredState(at) && sought.size < SOUGHT_MAX && !sought.has(at)) sought.set(at, record.kind !== "missing");
        break;
      }
      default: break;
    }
  }
  return { said: complained.excerpt() || said.excerpt(), sought: [...sought].map(([at, isThere]) => ({ at, isThere })) };
}
