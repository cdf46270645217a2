// A file's state as lstat(2) shows it, in the 48 bytes of the ledger's
// `struct ledger_sig`, one character a byte: dev, ino, size, mtimeNs, ctimeNs
// (64 bits each), mode, nlink (32 bits each), little-endian. Equal strings mean
// the same state, so comparing states is comparing strings.

export type Signature = string & { readonly brand: "Signature" };

export const SIGNATURE_BYTES = 48;

/** Something is there, and could be looked at: of an answer of Disk.signatures. */
export const isSignature = (found: Signature | null | "error" | undefined): found is Signature => found !== undefined && found !== null && found !== "error";

/** What is at a path, as far as Fathom cares. */
export type FileType = "file" | "directory" | "link" | "fifo" | "socket" | "device";

const byte = (signature: Signature, at: number): number => signature.charCodeAt(at);

const u32 = (signature: Signature, at: number): number =>
  (byte(signature, at) | (byte(signature, at + 1) << 8) | (byte(signature, at + 2) << 16)) + byte(signature, at + 3) * 0x1000000;

const u64 = (signature: Signature, at: number): bigint =>
  BigInt(u32(signature, at)) | (BigInt(u32(signature, at + 4)) << 32n);

/** The whole st_mode: type and permission bits. 0: nothing is there. */
export const modeOf = (signature: Signature): number => u32(signature, 40);
export const permissionsOf = (signature: Signature): number => modeOf(signature) & 0o7777;
export const linkCountOf = (signature: Signature): number => u32(signature, 44);
export const sizeBytesOf = (signature: Signature): number => u32(signature, 16) + u32(signature, 20) * 0x100000000;
export const mtimeNsOf = (signature: Signature): bigint => BigInt.asIntN(64, u64(signature, 24));
/** For comparing: equal where the modification times are. */
export const mtimeBytesOf = (signature: Signature): string => signature.slice(24, 32);
export const ctimeNsOf = (signature: Signature): bigint => BigInt.asIntN(64, u64(signature, 32));
/** dev and ino: two paths with the same identity are one file. */
export const identityOf = (signature: Signature): string => signature.slice(0, 16);

export function typeOf(signature: Signature): FileType {
  switch (modeOf(signature) & 0o170000) {
    case 0o100000: return "file";
    case 0o040000: return "directory";
    case 0o120000: return "link";
    case 0o010000: return "fifo";
    case 0o140000: return "socket";
    default: return "device";
  }
}

/** The parts of a signature, for those who make one (tests, fakes, entries that know only the type). */
export interface SignatureParts {
  readonly dev?: bigint;
  readonly ino?: bigint;
  readonly size?: bigint;
  readonly mtimeNs?: bigint;
  readonly ctimeNs?: bigint;
  readonly mode: number;
  readonly nlink?: number;
}

export function signatureOf(parts: SignatureParts): Signature {
  const bytes = Buffer.alloc(SIGNATURE_BYTES);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, parts.dev ?? 0n), 0);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, parts.ino ?? 0n), 8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, parts.size ?? 0n), 16);
  bytes.writeBigInt64LE(parts.mtimeNs ?? 0n, 24);
  bytes.writeBigInt64LE(parts.ctimeNs ?? 0n, 32);
  bytes.writeUInt32LE(parts.mode, 40);
  bytes.writeUInt32LE(parts.nlink ?? 1, 44);
  return bytes.toString("latin1") as Signature;
}
