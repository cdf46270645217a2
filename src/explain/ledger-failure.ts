// Of a process that failed, what it said last and which paths it looked at, out of the
// bytes of its ledger: nothing is stored of it that could tell later.

import { isAbsPath } from "../base/path.ts";
import { isIgnoredState } from "../cache/programs.ts";
import type { Roots } from "../cache/roots.ts";
import { LedgerDecoder } from "../ledger/decode.ts";
import { plain } from "./ledger-reading.ts";
import { SAID_BYTES_MAX, SOUGHT_MAX, type FailedLook } from "./trace.ts";

const STDERR = 2;

class Tail {
  text = "";

  add(bytes: string): void {
    this.text = (this.text + bytes.slice(-SAID_BYTES_MAX)).slice(-SAID_BYTES_MAX);
  }
}

export function readFailure(chunks: readonly Buffer[], roots: Pick<Roots, "tokenise">): FailedLook {
  const decoded = new LedgerDecoder().decode(chunks);
  const sought = new Map<string, boolean>();
  const [said, complained] = [new Tail(), new Tail()];
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
  return { said: complained.text || said.text, sought: [...sought].map(([at, isThere]) => ({ at, isThere })) };
}
