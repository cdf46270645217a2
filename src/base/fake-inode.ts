// What the file system in memory keeps of each file: what Linux keeps.

import { signatureOf, type Signature } from "./signature.ts";

export type Content =
  | { readonly kind: "file"; bytes: Buffer }
  | { readonly kind: "directory"; readonly names: Map<string, Inode> }
  | { readonly kind: "link"; readonly target: string };

export interface Inode {
  readonly number: bigint;
  readonly content: Content;
  permissions: number;
  linkCount: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  readonly bornNs: bigint;
}

const TYPE_BITS = { file: 0o100000, directory: 0o040000, link: 0o120000 } as const;

export function stateOf(inode: Inode): Signature {
  const { content, permissions, linkCount, mtimeNs, ctimeNs } = inode;
  const size = content.kind === "file" ? content.bytes.length : content.kind === "link" ? content.target.length : 4096;
  const directories = content.kind === "directory" ? [...content.names.values()].filter((below) => below.content.kind === "directory") : [];
  const nlink = content.kind === "directory" ? 2 + directories.length : linkCount;
  return signatureOf({ dev: 1n, ino: inode.number, size: BigInt(size), mtimeNs, ctimeNs, mode: TYPE_BITS[content.kind] | permissions, nlink });
}
