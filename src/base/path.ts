// Paths are bytes. Inside Fathom a path is a string with one character a byte
// ("latin1"), so that a name that is not UTF-8 is a name like any other and
// comparing strings compares bytes. Only two places convert: what comes from
// Node's own API (fromText) and what a person reads (toText).

/** Absolute, without ".", ".." or doubled slashes, one character a byte. */
export type AbsPath = string & { readonly brand: "AbsPath" };

const NOT_ASCII = /[^\0-\x7f]/;
const UNCLEAN = /\/\/|\/\.{1,2}(\/|$)|\0|[^\0-\xff]/;

export function isAbsPath(bytes: string): bytes is AbsPath {
  return bytes.startsWith("/") && (bytes === "/" || !bytes.endsWith("/")) && !UNCLEAN.test(bytes);
}

/** Refuses and never repairs: cleaning a path as text is wrong across links. */
export function absPath(bytes: string): AbsPath {
  if (isAbsPath(bytes)) return bytes;
  throw new TypeError(`Cannot use "${bytes}" as a path: it must be absolute, without "." or ".."`);
}

export const fromText = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
/** Nearly every name is ASCII: it is its own text. */
export const toText = (bytes: string): string => (NOT_ASCII.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes);
export const toBuffer = (bytes: string): Buffer => Buffer.from(bytes, "latin1");

export function parentOf(path: AbsPath): AbsPath {
  const cut = path.lastIndexOf("/");
  return (cut <= 0 ? "/" : path.slice(0, cut)) as AbsPath;
}

export const nameOf = (path: AbsPath): string => path.slice(path.lastIndexOf("/") + 1);

/** Below a directory whose path is a path; `name` is one component. */
export const join = (directory: AbsPath, name: string): AbsPath => (directory === "/" ? `/${name}` : `${directory}/${name}`) as AbsPath;

export function isWithin(path: string, root: string): boolean {
  return path === root || root === "/" || (path.startsWith(root) && path.charCodeAt(root.length) === 47);
}

/** By bytes; strings of one character a byte compare the same way. */
export const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
