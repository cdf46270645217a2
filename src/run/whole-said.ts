// What a run of `fathom run` would print in which nothing changes: pieces for the two
// streams, as a unit's output is kept, and places where it says how long it took,
// which only who replays it knows (native/supervisor/whole.c). Before them the program
// says how many others it started, so that none is overlooked. Or it says
// why it would not be the same.

import { absPath, type AbsPath } from "../base/path.ts";

/** Behind the name of the file of outcomes (outcomes.ts). */
const SUFFIX = ".said";
const COUNT_BYTES = 4;
const HEAD_BYTES = 8;
const STREAM_TIME = 3;
/** One reason each. native/supervisor/tasks.c knows it too. */
const STREAM_UNPLANNED = 4;

export type Piece = { readonly kind: "text"; readonly stream: 1 | 2; readonly text: string } | { readonly kind: "time" };

export const saidFile = (outcomes: AbsPath): AbsPath => absPath(`${outcomes}${SUFFIX}`);

function block(stream: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(stream, 0);
  head.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
}

export function encodeSaid(started: number, pieces: readonly Piece[]): Buffer {
  const count = Buffer.alloc(COUNT_BYTES);
  count.writeUInt32LE(started);
  const blocks: Buffer[] = [count];
  for (let at = 0; at < pieces.length;) {
    const first = pieces[at];
    if (first?.kind !== "text") {
      blocks.push(block(STREAM_TIME, Buffer.alloc(0)));
      at += 1;
      continue;
    }
    let text = "";
    for (let next = pieces[at]; next?.kind === "text" && next.stream === first.stream; next = pieces[at]) {
      text += next.text;
      at += 1;
    }
    blocks.push(block(first.stream, Buffer.from(text, "utf8")));
  }
  return Buffer.concat(blocks);
}

/** Why the run would not be the same once more; `task`: whose fault it is, "" where it is none's. */
export interface Reason {
  readonly code: string;
  readonly task: string;
  readonly detail: string;
}

export function encodeUnplanned(reasons: readonly Reason[]): Buffer {
  const blocks = reasons.map(({ code, task, detail }) => block(STREAM_UNPLANNED, Buffer.from([code, task, detail].join("\0"), "utf8")));
  return Buffer.concat([Buffer.alloc(COUNT_BYTES), ...blocks]);
}

export interface Said {
  readonly started: number;
  /** As the supervisor reads it. */
  readonly output: Buffer;
  /** Where there are any, there is no output. */
  readonly reasons: readonly Reason[];
}

/** Null: it is not what was written, and others may have written that file. */
export function decodeSaid(bytes: Buffer): Said | null {
  let at = COUNT_BYTES;
  const reasons: Reason[] = [];
  while (at + HEAD_BYTES <= bytes.length) {
    const stream = bytes.readUInt32LE(at);
    const length = bytes.readUInt32LE(at + 4);
    if (stream < 1 || stream > STREAM_UNPLANNED || (stream === STREAM_TIME && length > 0)) return null;
    at += HEAD_BYTES + length;
    if (stream !== STREAM_UNPLANNED) continue;
    const [code = "", task = "", detail = ""] = bytes.toString("utf8", at - length, at).split("\0");
    reasons.push({ code, task, detail });
  }
  return at === bytes.length ? { started: bytes.readUInt32LE(0), output: bytes.subarray(COUNT_BYTES), reasons } : null;
}
