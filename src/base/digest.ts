// SHA-256 names of content, as 64 lower-case hexadecimal digits.

import { createHash } from "node:crypto";

export type Digest = string & { readonly brand: "Digest" };

export const isDigest = (text: string): text is Digest => /^[0-9a-f]{64}$/.test(text);

export function digest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new TypeError(`Cannot use "${text}" as a digest: it must be 64 hexadecimal digits`);
}

export const digestOf = (bytes: Uint8Array): Digest => createHash("sha256").update(bytes).digest("hex") as Digest;
