// Node's end of the pipes to the supervisor, and the memory that holds the
// ledgers. Reading blocks on purpose: the engine has nothing else to wait for,
// and an event loop would add its own latency to every answer.

import type { Native } from "../base/native.ts";
import type { Signature } from "../base/signature.ts";
import { changedAt, SLOT_BYTES } from "./arena.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { decodeMessage, encodeMessage, type ChunkPlace, type Message } from "./messages.ts";

/** The supervisor gives these numbers (native/supervisor/node.c). */
export const DOWN_FD = 3;
export const UP_FD = 4;
export const ARENA_FD = 5;

/** No message is longer: an exec's strings end at 4 MiB, everything else is small. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** Source: `struct arena_head` in native/arena.h: the second word. */
const OUTSIDE_WRITES_AT = 8;

export class Channel {
  readonly #native: Native;
  #buffer = Buffer.alloc(1 << 18);
  #start = 0;
  #end = 0;
  readonly #word = Buffer.alloc(8);
  #isOpen = true;

  constructor(native: Native) {
    this.#native = native;
  }

  /** False: the supervisor is gone. */
  isOpen(): boolean {
    return this.#isOpen;
  }

  /** The next message; null when there is none yet (`waits` false) or the supervisor is gone (then `isOpen()` is false). */
  next(waits: boolean): Result<Message | null, Failure> {
    for (;;) {
      const frame = this.#frame();
      if (frame !== null) return decodeMessage(frame);
      if (!waits && this.#native.poll(DOWN_FD, 0) !== 1) return ok(null);
      const room = this.#makeRoom();
      if (!room.ok) return room;
      const got = this.#native.readInto(DOWN_FD, this.#buffer, this.#end, this.#buffer.length - this.#end);
      if (got <= 0) {
        this.#isOpen = false;
        return ok(null);
      }
      this.#end += got;
    }
  }

  /** Waits for a message, at most so long. */
  wait(timeoutMs: number): void {
    if (this.#end - this.#start < 4) this.#native.poll(DOWN_FD, timeoutMs);
  }

  send(message: Message): void {
    const frame = encodeMessage(message);
    if (this.#native.writeAll(UP_FD, frame, 0, frame.length) < 0) this.#isOpen = false;
  }

  /** The bytes of a ledger, copied: the supervisor may use their place again. */
  take(places: readonly ChunkPlace[]): Buffer[] {
    const chunks = places.map(({ offset, bytes }) => {
      const chunk = Buffer.allocUnsafe(bytes);
      const got = this.#native.preadInto(ARENA_FD, chunk, 0, bytes, offset);
      return got === bytes ? chunk : chunk.subarray(0, Math.max(0, got));
    });
    if (places.length > 0) this.send({ kind: "release", chunks: places });
    return chunks;
  }

  /** How often a process changed something outside the workspace, the home and the temporary folder. */
  outsideWrites(): number {
    this.#native.preadInto(ARENA_FD, this.#word, 0, 8, OUTSIDE_WRITES_AT);
    return Number(this.#word.readBigUInt64LE(0));
  }

  /** Whether a program may have begun to change that path, or the file that is there, behind this place in the order of the run. `signature` null: nothing is there. */
  isChangedAfter(path: string, signature: Signature | null, seq: number): boolean {
    return changedAt(path, signature).some((places) => places.every((at) => {
      this.#native.preadInto(ARENA_FD, this.#word, 0, SLOT_BYTES, at);
      return this.#word.readBigUInt64LE(0) > BigInt(seq);
    }));
  }

  /** Good until the next is read: what is decoded of it is copies. */
  #frame(): Buffer | null {
    if (this.#end - this.#start < 4) return null;
    const length = this.#buffer.readUInt32LE(this.#start);
    if (this.#end - this.#start - 4 < length) return null;
    const frame = this.#buffer.subarray(this.#start + 4, this.#start + 4 + length);
    this.#start += 4 + length;
    return frame;
  }

  #makeRoom(): Result<void, Failure> {
    const have = this.#end - this.#start;
    const length = have >= 4 ? this.#buffer.readUInt32LE(this.#start) : 0;
    if (length > FRAME_BYTES_MAX) return fail({ code: "protocol-broken", message: `Cannot read the supervisor: found a message of ${String(length)} bytes` });
    const buffer = length + 4 > this.#buffer.length ? Buffer.alloc(length + 4) : this.#buffer;
    this.#buffer.copy(buffer, 0, this.#start, this.#end);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = have;
    return ok(undefined);
  }
}
