// Where a replay may leave outputs without their bytes, which are fetched when
// somebody opens them: the layer of a view (src/view/laying.ts).

import type { Digest } from "../base/digest.ts";
import type { AbsPath } from "../base/path.ts";
import type { Signature } from "../base/signature.ts";

export interface Outgoing {
  readonly path: AbsPath;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly permissions: number;
  readonly mtimeNs: bigint;
}

export interface Layer {
  /** Before anything is laid under a name where nothing is. False: nothing can be. */
  clear(path: AbsPath): boolean;
  /** Gives back those that are there now, with their states; of the others nothing is. */
  lay(files: readonly Outgoing[]): ReadonlyMap<AbsPath, Signature>;
}
