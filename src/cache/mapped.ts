// Files that a process of the run may be changing through a mapping. What is
// written so changes a file's times at most once a page, so that while it lasts
// equal states do not mean equal content (native/supervisor/mapped.c).

import { identityOf, signatureOf, type Signature } from "../base/signature.ts";

export class Mapped {
  /** By dev and ino: the images that have it, 0 for what nobody ever gives back. */
  readonly #images = new Map<string, Set<number>>();

  begins(image: number, dev: bigint, ino: bigint): void {
    const identity = identityOf(signatureOf({ dev, ino, mode: 0 }));
    const images = this.#images.get(identity);
    if (images === undefined) this.#images.set(identity, new Set([image]));
    else images.add(image);
  }

  /** No process of that image is left. */
  ends(image: number): void {
    for (const [identity, images] of this.#images) if (images.delete(image) && images.size === 0) this.#images.delete(identity);
  }

  has(signature: Signature): boolean {
    return this.#images.size > 0 && this.#images.has(identityOf(signature));
  }
}
