// Sets of paths, as small as asking needs: 4 bytes for each, by a hash. Two paths
// may share one, so an answer "yes" may be wrong, and "no" never is.

import { parentOf, type AbsPath } from "../base/path.ts";
import type { Footprint } from "../ledger/footprint.ts";

/** FNV-1a, 32 bits. Source: draft-eastlake-fnv. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** What stands for the names in a folder, as distinct from the folder. */
const namesIn = (folder: string): string => `${folder}/`;

export class PathsSeen {
  readonly #hashes: ReadonlySet<number>;

  private constructor(hashes: ReadonlySet<number>) {
    this.#hashes = hashes;
  }

  static of(texts: Iterable<string>): PathsSeen {
    return new PathsSeen(new Set(Array.from(texts, hashOf)));
  }

  /** What a unit looked at: contents, names that were missing, links, and folders that it listed. */
  static lookedAt({ observations }: Pick<Footprint, "observations">): PathsSeen {
    return PathsSeen.of(observations.map(({ kind, path }) => (kind === "listed" ? namesIn(path) : path)));
  }

  static all(sets: readonly PathsSeen[]): PathsSeen {
    return new PathsSeen(new Set(sets.flatMap((each) => [...each.#hashes])));
  }

  static decode(base64: string): PathsSeen {
    const bytes = Buffer.from(base64, "base64url");
    return new PathsSeen(new Set(Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readUInt32LE(at * 4))));
  }

  encode(): string {
    const bytes = Buffer.alloc(this.#hashes.size * 4);
    let at = 0;
    for (const hash of [...this.#hashes].sort((a, b) => a - b)) at = bytes.writeUInt32LE(hash, at);
    return bytes.toString("base64url");
  }

  has(path: AbsPath): boolean {
    return this.#hashes.has(hashOf(path));
  }

  /** Whether a name that appeared or went was looked at, by itself or in its folder. */
  hasName(path: AbsPath): boolean {
    return this.has(path) || this.#hashes.has(hashOf(namesIn(parentOf(path))));
  }
}
