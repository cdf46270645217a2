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

export const digestOf = (bytes: Uint8Array): Digest => sha256(bytes).toString("hex") as Digest;
