// SHA-256 names of content, as 64 lower-case hexadecimal digits.

import process from "node:process";
import { native } from "./native.ts";

export type Digest = string & { readonly brand: "Digest" };

export const isDigest = (text: string): text is Digest => /^[0-9a-f]{64}$/.test(text);

export function digest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new TypeError(`Cannot use "${text}" as a digest: it must be 64 hexadecimal digits`);
}

/** Node's own way; loaded when it is needed, because loading takes 7 ms. */
export const createSha256 = (): ReturnType<typeof import("node:crypto").createHash> => process.getBuiltinModule("node:crypto").createHash("sha256");

/** The 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  const addon = native();
  return addon.ok ? addon.value.sha256(bytes) : createSha256().update(bytes).digest();
}

export const DIGEST_BYTES = 32;
/** What readers of damaged bytes give. */
export const NO_DIGEST = "0".repeat(2 * DIGEST_BYTES) as Digest;

/** Of the 32 bytes from `at` on, all of which must be there. */
export function digestAt(bytes: Buffer, at: number): Digest {
  if (at < 0 || at + DIGEST_BYTES > bytes.length) throw new RangeError(`Cannot take a digest from byte ${String(at)} of ${String(bytes.length)}`);
  return bytes.toString("hex", at, at + DIGEST_BYTES) as Digest;
}

export const digestOf = (bytes: Uint8Array): Digest => sha256(bytes).toString("hex") as Digest;
