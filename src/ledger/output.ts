// What a unit sent to its streams, and whether it took something from them.
// Streams are known by device and inode: a pipe that the unit made is its own
// business, whatever its number.

import { OUTPUT_BYTES_MAX } from "../base/limits.ts";
import { toBuffer } from "../base/path.ts";
import type { Chunk } from "./footprint.ts";
import type { ImageStart, StreamState } from "./image.ts";
import { STREAM, type LedgerRecord } from "./layout.ts";

export interface StreamUse {
  readonly kind: "wrote" | "read";
  readonly seq: number;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly fd: number;
  /** One character a byte; empty for a read. */
  readonly bytes: string;
}

export function streamUses(records: readonly LedgerRecord[]): StreamUse[] {
  const uses: StreamUse[] = [];
  for (const record of records) {
    if (record.kind === "stream-wrote") uses.push({ ...record, kind: "wrote" });
    else if (record.kind === "stream-read") uses.push({ ...record, kind: "read", bytes: "" });
  }
  return uses;
}

/** A replayed entry wrote its bytes to the descriptors of the process it stood in for. */
export function streamUsesOfReplay(start: ImageStart, output: readonly Chunk[]): StreamUse[] {
  return output.map((chunk) => {
    const { dev, ino } = start.streams[chunk.stream];
    return { kind: "wrote", seq: start.seq, dev, ino, fd: chunk.stream, bytes: chunk.bytes.toString("latin1") };
  });
}

const isAt = (stream: StreamState, use: StreamUse): boolean => stream.kind !== STREAM.closed && stream.ino === use.ino && stream.dev === use.dev;

function streamOf(start: ImageStart, use: StreamUse): 1 | 2 | null {
  const [, first, second] = start.streams;
  const isFirst = isAt(first, use);
  const isSecond = isAt(second, use);
  if (isFirst && isSecond) return use.fd === 2 ? 2 : 1;
  return isFirst ? 1 : isSecond ? 2 : null;
}

/** Reading it gives the same every time. A regular file might be a fact of its own; until it is, reading one is a doubt. */
const isHarmlessToRead = (stream: StreamState): boolean => stream.kind === STREAM.null;

export interface StreamsFolded {
  readonly output: readonly Chunk[];
  readonly hasReadStdin: boolean;
  readonly isTooLarge: boolean;
}

/** `uses`: of the whole unit, in order. */
export function foldStreams(start: ImageStart, uses: readonly StreamUse[]): StreamsFolded {
  const pieces: { readonly stream: 1 | 2; readonly texts: string[] }[] = [];
  let outputBytes = 0;
  let hasReadStdin = false;
  for (const use of uses) {
    if (use.kind === "read") {
      hasReadStdin ||= start.streams.some((stream) => isAt(stream, use) && !isHarmlessToRead(stream));
      continue;
    }
    const stream = streamOf(start, use);
    if (stream === null || use.bytes === "") continue;
    outputBytes += use.bytes.length;
    const last = pieces.at(-1);
    if (last?.stream === stream) last.texts.push(use.bytes);
    else pieces.push({ stream, texts: [use.bytes] });
  }
  const isTooLarge = outputBytes > OUTPUT_BYTES_MAX;
  const output = isTooLarge ? [] : pieces.map(({ stream, texts }) => ({ stream, bytes: toBuffer(texts.join("")) }));
  return { output, hasReadStdin, isTooLarge };
}
