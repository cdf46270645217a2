// The engine that a judged run has instead of the real one: it stores and answers
// nothing, and writes every record as one line of JSON. The supervisor starts it
// because it looks for its engine beside itself (scripts/judge.ts lays out such a
// package), so neither needs an option that only tests use.

import { closeSync, openSync, writeSync } from "node:fs";
import { native } from "../src/base/native.ts";
import { LedgerDecoder } from "../src/ledger/decode.ts";
import { Channel } from "../src/tap/channel.ts";

const UNREADABLE = new Set(["file", "directory", "before", "moved", "replaced", "names"]);

/** Numbers of 64 bits as text, because JSON has no others; no signatures and listings. */
function plain(key: string, value: unknown): unknown {
  if (UNREADABLE.has(key)) return undefined;
  return typeof value === "bigint" ? String(value) : value;
}

function main(out: string): void {
  const addon = native();
  if (!addon.ok) throw new Error(addon.failure.message);
  const channel = new Channel(addon.value);
  const decoder = new LedgerDecoder();
  const file = openSync(out, "w");
  const say = (line: unknown): unknown => writeSync(file, `${JSON.stringify(line, plain)}\n`);
  for (;;) {
    const next = channel.next(true);
    if (!next.ok) throw new Error(next.failure.message);
    const message = next.value;
    if (message === null) break;
    if (message.kind === "ask" || message.kind === "preserve") channel.send({ kind: "answer", question: message.question, verdict: 0, code: 0, streams: "" });
    if (message.kind === "exec") say({ kind: "exec", image: message.image, path: message.path, cwd: message.cwd, argv: message.argv });
    if (message.kind === "end") {
      const decoded = decoder.decode(channel.take(message.chunks));
      if (!decoded.ok) say({ kind: "damaged", image: message.image, message: decoded.failure.message });
      else for (const [at, record] of decoded.value.records.entries()) say({ ...record, seq: decoded.value.seqs[at], image: message.image });
      if (message.flags !== 0 || (decoded.ok && decoded.value.isIncomplete)) say({ kind: "incomplete", image: message.image });
    }
    if (message.kind === "done") break;
  }
  closeSync(file);
}

main(process.argv[2] ?? "/dev/null");
