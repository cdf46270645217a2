// Looks for absolute roots in what a unit wrote. What names a root is right in
// that place only: another checkout must not use it. Compressed output hides
// its paths from this; docs/reference/cache-key.md says so.

import { SCANNED_ROOT_BYTES_MIN } from "./limits.ts";
import { ROOT_LETTERS, type RootLetter, type Roots } from "./roots.ts";

export interface Needle {
  readonly letter: RootLetter;
  readonly bytes: Buffer;
}

/** The workspace always; other roots when they are long enough not to be met by chance. */
export function needlesOf(roots: Roots): readonly Needle[] {
  const needles: Needle[] = [];
  for (const letter of ROOT_LETTERS) {
    const path = roots.pathOf(letter);
    if (path !== null && (letter === "W" || path.length >= SCANNED_ROOT_BYTES_MIN)) needles.push({ letter, bytes: Buffer.from(path, "latin1") });
  }
  return needles;
}

export function scan(bytes: Buffer, needles: readonly Needle[], found: Set<RootLetter>): void {
  for (const { letter, bytes: needle } of needles) {
    if (!found.has(letter) && holds(bytes, needle)) found.add(letter);
  }
}

/** "/w" is not in "/work": the name must end there. */
function holds(bytes: Buffer, needle: Buffer): boolean {
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) {
    if (!isNameByte(bytes[at + needle.length])) return true;
  }
  return false;
}

const isNameByte = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 95 || byte === 45);
